// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.memory;

import dev.sluice.os.NativeCalls;
import dev.sluice.os.NativeException;
import dev.sluice.os.PrivateDirectory;
import dev.sluice.target.jvm.ProcessIdentity;
import dev.sluice.target.session.Settings;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;

/**
 * A region that is a file, so that what its rings hold outlives the process: {@code region-PID-START-N} with mode 0600
 * in the directory that {@code sluice.region.dir} names. It is kept when the process dies, for {@code sluice salvage};
 * files of dead processes are evidence, and nothing here ever deletes one. A process that ends in order removes its own
 * if every event in it was received.
 */
final class RegionFile {
    private static final int MAX_ATTEMPTS = 64;

    private RegionFile() {
    }

    /**
     * Makes an empty file for this target.
     *
     * @param directory must exist, belong to this user, and be writable for nobody else
     * @throws IOException if the file cannot be made
     * @throws NativeException if the directory is not safe
     */
    static Path create(final Path directory) throws IOException {
        PrivateDirectory.check(directory, Settings.REGION_DIRECTORY);
        final String prefix = "region-" + ProcessHandle.current().pid() + "-" + ProcessIdentity.startTime() + "-";
        // The number tells apart the copies of the library in this process, and processes of containers that share the
        // directory, which may have the same pid and start time.
        for (int i = 0; i < MAX_ATTEMPTS; i++) {
            final Path path = directory.resolve(prefix + i).toAbsolutePath();
            try {
                Files.newByteChannel(path, EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))).close();
                return path;
            } catch (final FileAlreadyExistsException e) {
                // The next number.
                continue;
            } catch (final IOException e) {
                throw new IOException("open(" + path + ") failed: " + e.getMessage() + "; set "
                    + Settings.REGION_DIRECTORY + " to a directory that can be written", e);
            }
        }
        throw new IOException(directory + " is full of files " + prefix + "*; remove them");
    }

    /** Opens a region's file; the caller owns the descriptor. */
    static int open(final Path path) {
        final NativeCalls calls = NativeCalls.get();
        return calls.open(path.toString(), NativeCalls.O_RDWR | calls.noFollow() | NativeCalls.O_CLOEXEC, 0);
    }

    /** Removes a file that is no longer needed; a file that cannot be removed stays. */
    static void remove(final Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (final IOException e) {
            // The file costs only disk space, and the directory's owner sees it.
            return;
        }
    }
}
