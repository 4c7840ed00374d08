// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.scratch;

import dev.sluice.store.os.FileCalls;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The directories of this user's commands among the temporary files, of those that run and of those that were killed.
 * Their locks tell which is which: process ids mean nothing across containers that share the directory. Stateless: any
 * thread.
 */
public final class ScratchFiles {
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rwx------");

    private ScratchFiles() {
    }

    /**
     * What is there.
     *
     * @param directory the directory for temporary files
     * @param living    directories of commands that run
     * @param dead      directories that killed commands have left, and that are still there
     * @param removed   directories that killed commands had left, and that were removed
     */
    public record Contents(Path directory, int living, int dead, int removed) {
    }

    /**
     * Looks at all.
     *
     * @param isSwept whether those of killed commands are removed
     */
    public static Contents look(final boolean isSwept) {
        int living = 0;
        int dead = 0;
        int removed = 0;
        for (final ScratchPurpose purpose : ScratchPurpose.values()) {
            for (final Path path : all(purpose)) {
                final int descriptor = ScratchDirectory.open(path);
                if (descriptor < 0) {
                    continue;
                }
                try {
                    // The lock is kept until all is gone: nobody takes the directory for one that is used.
                    if (isSwept ? !FileCalls.tryLock(descriptor) : FileCalls.isLockedElsewhere(descriptor)) {
                        living++;
                    } else if (isSwept && ScratchDirectory.removeAll(path)) {
                        removed++;
                    } else {
                        dead++;
                    }
                } finally {
                    FileCalls.closeDescriptor(descriptor);
                }
            }
        }
        return new Contents(temporary(), living, dead, removed);
    }

    /** Those of a purpose whose commands run. */
    public static List<Path> living(final ScratchPurpose purpose) {
        final List<Path> living = new ArrayList<>();
        for (final Path path : all(purpose)) {
            final int descriptor = ScratchDirectory.open(path);
            if (descriptor >= 0) {
                if (FileCalls.isLockedElsewhere(descriptor)) {
                    living.add(path);
                }
                FileCalls.closeDescriptor(descriptor);
            }
        }
        return living;
    }

    private static Path temporary() {
        return Path.of(System.getProperty("java.io.tmpdir"));
    }

    /** Directories of that name that are this user's alone: what others could write to they could have put there. */
    private static List<Path> all(final ScratchPurpose purpose) {
        final List<Path> all = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(temporary(), purpose.prefix() + "*")) {
            for (final Path path : entries) {
                if (isOurs(path)) {
                    all.add(path);
                }
            }
        } catch (final IOException e) {
            // There is no such directory, or it may not be listed: whatever else needs it says so.
            return List.of();
        }
        return all;
    }

    private static boolean isOurs(final Path path) {
        try {
            return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)
                && Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS).equals(FileCalls.user())
                && Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS).equals(PRIVATE);
        } catch (final IOException e) {
            // It has gone.
            return false;
        }
    }
}
