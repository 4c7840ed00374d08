// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import dev.sluice.os.NativeCalls;
import dev.sluice.ring.control.ControlFileDescriptor;
import dev.sluice.ring.region.RegionDescriptor;
import dev.sluice.store.os.FileCalls;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds and opens the files that a target shares, through its descriptors in /proc. A descriptor may be closed,
 * replaced or forged between any two steps. So each file is first held, as a path only, and then the held file is
 * judged: its kind, its name, the target's own right to it, its seals, and its size, which the seals then keep.
 * Stateless: any thread.
 */
final class SharedFiles {
    private static final int REQUIRED_SEALS =
        NativeCalls.F_SEAL_SEAL | NativeCalls.F_SEAL_SHRINK | NativeCalls.F_SEAL_GROW;

    private SharedFiles() {
    }

    /**
     * Opens every control file of a process, each once. The caller closes them.
     *
     * @throws AttachException if there are more than {@link TargetFinder#MAX_TARGETS}
     */
    static List<SharedMapping> openControlFiles(final TargetProcess process) {
        final String name = memfdLink(ControlFileDescriptor.MEMFD_NAME);
        final List<SharedMapping> files = new ArrayList<>();
        final Set<Object> inodes = new HashSet<>();
        final Path directory = process.path("fd");
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(directory)) {
            for (final Path descriptor : descriptors) {
                if (name.equals(linkOf(process, descriptor))) {
                    open(process, descriptor, name, inodes, files);
                }
                if (files.size() > TargetFinder.MAX_TARGETS) {
                    throw AttachException.damaged(
                        process + " has more than " + TargetFinder.MAX_TARGETS
                            + " control files, one for each copy of the library");
                }
            }
        } catch (final IOException e) {
            files.forEach(SharedMapping::close);
            throw TargetProcess.unreadable(directory, e);
        } catch (final DirectoryIteratorException e) {
            // An error of the system: that the process ends meanwhile only ends the list.
            files.forEach(SharedMapping::close);
            throw TargetProcess.unreadable(directory, e.getCause());
        } catch (final RuntimeException e) {
            files.forEach(SharedMapping::close);
            throw e;
        }
        return files;
    }

    /**
     * Whether a process has a control file open, by the names of its descriptors. Returns false if this user may not
     * look.
     */
    static boolean hasControlFile(final Path process) {
        final String name = memfdLink(ControlFileDescriptor.MEMFD_NAME);
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (final Path descriptor : descriptors) {
                if (name.equals(Files.readSymbolicLink(descriptor).toString())) {
                    return true;
                }
            }
            return false;
        } catch (final IOException | DirectoryIteratorException e) {
            return false;
        }
    }

    /** Opens the region at a descriptor of the target. */
    static SharedMapping openRegion(final TargetProcess process, final int descriptor) {
        final List<SharedMapping> files = new ArrayList<>();
        open(process, process.path("fd/" + descriptor), memfdLink(RegionDescriptor.MEMFD_NAME), new HashSet<>(),
            files);
        if (files.isEmpty()) {
            throw AttachException.damaged("descriptor " + descriptor + " of " + process + " is not its region");
        }
        return files.get(0);
    }

    /**
     * Opens the region at a descriptor of the target for being read without a mapping: where that is a file that others
     * can change the size of, or where nothing else is wanted.
     *
     * @param least  bytes that the file has at least
     * @param length bytes that the file may grow to
     */
    static RegionBytes openUnmapped(final TargetProcess process, final int descriptor, final long least,
                                    final long length) {
        try (HeldDescriptor held = HeldDescriptor.of(process.path("fd/" + descriptor))) {
            if (!held.status().isRegular() || held.status().uid() != process.uid()
                || held.status().size() < least || held.status().size() > length) {
                throw AttachException.damaged("descriptor " + descriptor + " of " + process + " is not its region, or"
                    + " was truncated");
            }
            held.requireWritableByTarget(process);
            return new RegionFileBytes(held.open(StandardOpenOption.READ), length);
        }
    }

    private static String memfdLink(final String name) {
        return "/memfd:" + name + " (deleted)";
    }

    /** The text of a descriptor's link, or an empty text if the descriptor was closed meanwhile. */
    private static String linkOf(final TargetProcess process, final Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (final AccessDeniedException e) {
            throw process.notInspectable("readlink(" + descriptor + ")", e);
        } catch (final IOException e) {
            return "";
        }
    }

    private static void open(final TargetProcess process, final Path descriptor, final String name,
                             final Set<Object> inodes, final List<SharedMapping> files) {
        try (HeldDescriptor held = HeldDescriptor.of(descriptor)) {
            if (held.isMemfd(name) && inodes.add(held.status().inode())) {
                held.requireWritableByTarget(process);
                files.add(map(descriptor, held));
            }
        }
    }

    private static SharedMapping map(final Path descriptor, final HeldDescriptor held) {
        final int fd = held.openDescriptor(FileCalls.O_RDWR);
        boolean isKept = false;
        try {
            requireSeals(descriptor, NativeCalls.get().seals(fd));
            final SharedMapping mapping = new SharedMapping(
                held.open(StandardOpenOption.READ, StandardOpenOption.WRITE), held.status().size(), fd);
            isKept = true;
            return mapping;
        } finally {
            if (!isKept) {
                FileCalls.closeDescriptor(fd);
            }
        }
    }

    private static void requireSeals(final Path descriptor, final int seals) {
        if ((seals & REQUIRED_SEALS) != REQUIRED_SEALS || (seals & NativeCalls.F_SEAL_WRITE) != 0) {
            throw AttachException.damaged("refused " + descriptor + ": it is not sealed against resizing (seals="
                + seals + "), and a truncated mapping would kill this process");
        }
    }
}
