// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * A directory of this user's alone, among the temporary files, for what does not fit into memory. It goes when it is
 * closed, and when the JVM ends; a JVM that is killed leaves it. Any thread.
 */
final class ScratchDirectory implements AutoCloseable {
    private final Path path;
    private final Thread hook = new Thread(this::remove, "sluice-scratch");

    ScratchDirectory() {
        try {
            path = Files.createTempDirectory("sluice-sql-" + ProcessHandle.current().pid() + "-");
        } catch (final IOException e) {
            throw new UncheckedIOException("cannot make a directory for temporary files in "
                + System.getProperty("java.io.tmpdir") + ": " + e, e);
        }
        Runtime.getRuntime().addShutdownHook(hook);
    }

    Path path() {
        return path;
    }

    /** Bytes that files here may take: half of what the disk has left. */
    long roomBytes() {
        return path.toFile().getUsableSpace() / 2;
    }

    @Override
    public void close() {
        remove();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (final IllegalStateException e) {
            // The JVM is ending, and the hook runs or has run.
            return;
        }
    }

    private void remove() {
        try {
            Files.walkFileTree(path, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(final Path file, final BasicFileAttributes attributes)
                    throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(final Path directory, final IOException failure)
                    throws IOException {
                    Files.deleteIfExists(directory);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (final IOException e) {
            // Nobody needs it to be gone, and it is nobody else's to read.
            return;
        }
    }
}
