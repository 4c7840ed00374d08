// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.os;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Directories that are made above an output, and go again with it if it fails: only those that were made here, and not
 * by somebody else in the same moment. Stateless; any thread.
 */
public final class MadeDirectories {
    private MadeDirectories() {
    }

    /** Removes directories that are empty, each before those above it. The first one that is not ends it. */
    public static void remove(final List<Path> made) {
        try {
            for (final Path directory : made) {
                Files.deleteIfExists(directory);
            }
        } catch (final IOException e) {
            // Somebody else has put something there meanwhile, whose it is from now on.
            return;
        }
    }

    /**
     * Makes the missing directories above a file or directory.
     *
     * @return those that were made, each before those above it. One that somebody else makes meanwhile is not among
     *         them
     * @throws IOException if one cannot be made, or is no directory; nothing that was made is left then
     */
    public static List<Path> makeAbove(final Path path) throws IOException {
        final Path above = path.toAbsolutePath().getParent();
        final Deque<Path> missing = new ArrayDeque<>();
        for (Path one = above; one != null && !Files.exists(one); one = one.getParent()) {
            missing.push(one);
        }
        return makeAll(missing, above);
    }

    /**
     * Makes directories, each inside the one before it, as far as they are still missing.
     *
     * @param last what must be a directory then; null for nothing
     */
    static List<Path> makeAll(final Iterable<Path> missing, final Path last) throws IOException {
        final List<Path> made = new ArrayList<>();
        boolean isThere = false;
        try {
            for (final Path one : missing) {
                try {
                    made.add(0, Files.createDirectory(one));
                } catch (final FileAlreadyExistsException e) {
                    requireDirectory(one);
                }
            }
            if (last != null) {
                requireDirectory(last);
            }
            isThere = true;
            return made;
        } finally {
            if (!isThere) {
                remove(made);
            }
        }
    }

    private static void requireDirectory(final Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            throw new FileAlreadyExistsException(path.toString());
        }
    }
}
