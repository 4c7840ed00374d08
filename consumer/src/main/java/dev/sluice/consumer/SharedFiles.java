// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer;

import dev.sluice.ring.ControlFileDescriptor;
import dev.sluice.ring.RegionDescriptor;
import dev.sluice.usdt.NativeCalls;
import dev.sluice.usdt.NativeException;
import java.io.IOException;
import java.nio.channels.FileChannel;
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
 * replaced or forged between any two steps, so each file is opened first and judged by what was opened: its name, its
 * seals and its size, which the seals then keep. Stateless: any thread.
 */
final class SharedFiles {
    private static final int O_NONBLOCK = 0x800;
    private static final int EACCES = 13;
    private static final int EPERM = 1;
    private static final int REQUIRED_SEALS =
        NativeCalls.F_SEAL_SEAL | NativeCalls.F_SEAL_SHRINK | NativeCalls.F_SEAL_GROW;

    private SharedFiles() {
    }

    /** Opens every control file of a process, each once; the caller closes them. */
    static List<SharedMapping> openControlFiles(final TargetProcess process) {
        final String name = memfdLink(ControlFileDescriptor.MEMFD_NAME);
        final List<SharedMapping> files = new ArrayList<>();
        final Set<Object> inodes = new HashSet<>();
        final Path directory = process.path("fd");
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(directory)) {
            for (final Path descriptor : descriptors) {
                if (name.equals(linkOf(descriptor))) {
                    open(descriptor, name, inodes, files);
                }
            }
        } catch (final IOException e) {
            files.forEach(SharedMapping::close);
            throw TargetProcess.unreadable(directory, e);
        } catch (final RuntimeException e) {
            files.forEach(SharedMapping::close);
            throw e;
        }
        return files;
    }

    /** Whether a process has a control file open, by its descriptors' names; false if we may not look. */
    static boolean hasControlFile(final Path process) {
        final String name = memfdLink(ControlFileDescriptor.MEMFD_NAME);
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(process.resolve("fd"))) {
            for (final Path descriptor : descriptors) {
                if (name.equals(linkOf(descriptor))) {
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
        open(process.path("fd/" + descriptor), memfdLink(RegionDescriptor.MEMFD_NAME), new HashSet<>(), files);
        if (files.isEmpty()) {
            throw AttachException.damaged("descriptor " + descriptor + " of " + process + " is not its region");
        }
        return files.get(0);
    }

    /**
     * Opens the region at a descriptor of the target, where that is a file that others can change the size of.
     *
     * @param length bytes that it should have
     */
    static RegionBytes openRegionFile(final TargetProcess process, final int descriptor, final long length) {
        final Path path = process.path("fd/" + descriptor);
        final int fd = openDescriptor(path, NativeCalls.O_RDONLY);
        try {
            final Path own = Path.of("/proc/self/fd/" + fd);
            if (!Files.isRegularFile(own) || Files.size(own) != length) {
                throw AttachException.damaged("descriptor " + descriptor + " of " + process + " is not its region, or"
                    + " was truncated");
            }
            return new RegionFileBytes(FileChannel.open(own, StandardOpenOption.READ), length);
        } catch (final IOException e) {
            throw TargetProcess.unreadable(path, e);
        } finally {
            NativeCalls.get().close(fd);
        }
    }

    private static int openDescriptor(final Path descriptor, final int access) {
        try {
            // Non-blocking: a descriptor that became a pipe meanwhile must not hold us up.
            return NativeCalls.get().open(
                descriptor.toString(), access | NativeCalls.O_CLOEXEC | O_NONBLOCK, 0);
        } catch (final NativeException e) {
            throw e.errno() == EACCES || e.errno() == EPERM
                ? new AttachException(AttachException.Reason.PERMISSION, e.call() + " failed: permission denied; run"
                    + " sluice as the user that runs the process, or as root", e)
                : new AttachException(AttachException.Reason.NO_SUCH_PROCESS, e.getMessage(), e);
        }
    }

    private static String memfdLink(final String name) {
        return "/memfd:" + name + " (deleted)";
    }

    /** The link's text, or an empty one if the descriptor was closed meanwhile. */
    private static String linkOf(final Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (final IOException e) {
            return "";
        }
    }

    private static void open(
        final Path descriptor, final String name, final Set<Object> inodes, final List<SharedMapping> files) {
        final NativeCalls calls = NativeCalls.get();
        final int fd = openDescriptor(descriptor, NativeCalls.O_RDWR);
        boolean isKept = false;
        try {
            final Path own = Path.of("/proc/self/fd/" + fd);
            if (name.equals(linkOf(own)) && inodes.add(Files.getAttribute(own, "unix:ino"))) {
                checkSeals(descriptor, calls, fd);
                final FileChannel channel =
                    FileChannel.open(own, StandardOpenOption.READ, StandardOpenOption.WRITE);
                files.add(new SharedMapping(channel, channel.size(), fd));
                isKept = true;
            }
        } catch (final IOException e) {
            throw TargetProcess.unreadable(descriptor, e);
        } finally {
            if (!isKept) {
                calls.close(fd);
            }
        }
    }

    private static void checkSeals(final Path descriptor, final NativeCalls calls, final int fd) {
        int seals;
        try {
            seals = calls.seals(fd);
        } catch (final NativeException e) {
            // No memfd at all: it cannot be sealed.
            seals = 0;
        }
        if ((seals & REQUIRED_SEALS) != REQUIRED_SEALS || (seals & NativeCalls.F_SEAL_WRITE) != 0) {
            throw AttachException.damaged("refused " + descriptor + ": it is not sealed against resizing (seals="
                + seals + "), and a truncated mapping would kill this process");
        }
    }
}
