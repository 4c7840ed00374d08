// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export.file;

import dev.sluice.store.os.MadeDirectories;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Makes the directories and files of an export: a directory that nobody else can write to, and files that nobody else
 * can read, because what is exported is as secret as the trace. This uses the JDK's own calls, which do not hold a
 * directory open. Another user who owns a directory could replace it by a link meanwhile, so such a directory is
 * refused. Stateless; any thread.
 */
public final class ExportFiles {
    private static final FileAttribute<Set<PosixFilePermission>> DIRECTORY = mode("rwx------");
    private static final FileAttribute<Set<PosixFilePermission>> FILE = mode("rw-------");
    /** This path belongs to the user of the process that looks at it. */
    private static final Path SELF = Path.of("/proc/self");

    private ExportFiles() {
    }

    private static FileAttribute<Set<PosixFilePermission>> mode(final String permissions) {
        return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
    }

    /**
     * Makes a directory and those missing above it, or takes a directory that is empty and belongs to this user.
     *
     * @return the directories that were made, each before those above it
     * @throws IOException if the directory cannot be made, is not empty, or others own it or can write to it; nothing
     *                     that was made is left then
     */
    public static List<Path> makeEmpty(final Path directory) throws IOException {
        final List<Path> made = new ArrayList<>(MadeDirectories.makeAbove(directory));
        boolean isEmpty = false;
        try {
            try {
                makeNew(directory);
                made.add(0, directory);
            } catch (final FileAlreadyExistsException e) {
                requireOurs(directory);
            }
            try (Stream<Path> entries = Files.list(directory)) {
                if (entries.findAny().isPresent()) {
                    throw new FileAlreadyExistsException(directory.toString(), null, "not empty");
                }
            }
            isEmpty = true;
            return made;
        } finally {
            if (!isEmpty) {
                MadeDirectories.remove(made);
            }
        }
    }

    /**
     * Removes what a directory holds that was empty before, as far as that is possible.
     *
     * @param made directories that were made for it, which go too, each before those above it
     */
    public static void clear(final Path directory, final List<Path> made) {
        try (Stream<Path> all = Files.walk(directory)) {
            for (final Path path : all.filter(one -> !one.equals(directory)).sorted(Comparator.reverseOrder())
                .toList()) {
                Files.deleteIfExists(path);
            }
        } catch (final IOException | UncheckedIOException e) {
            // The error that ended the export is the one to tell; without metadata nobody takes the rest for a trace.
            return;
        }
        MadeDirectories.remove(made);
    }

    /** Makes a directory inside a directory that belongs to this user. */
    public static Path makeNew(final Path directory) throws IOException {
        return Files.createDirectory(directory, DIRECTORY);
    }

    private static void requireOurs(final Path directory) throws IOException {
        final Set<PosixFilePermission> permissions =
            Files.getPosixFilePermissions(directory, LinkOption.NOFOLLOW_LINKS);
        final boolean isOurs = !Files.exists(SELF)
            || uid(directory, LinkOption.NOFOLLOW_LINKS) == uid(SELF);
        if (!isOurs || !Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
            || permissions.contains(PosixFilePermission.GROUP_WRITE)
            || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
            throw new IOException(directory + " is no directory that belongs to this user alone");
        }
    }

    private static int uid(final Path path, final LinkOption... options) throws IOException {
        return (Integer) Files.getAttribute(path, "unix:uid", options);
    }

    /** Makes a new file. If the file exists already, this fails. */
    public static FileChannel create(final Path file) throws IOException {
        return FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), FILE);
    }
}
