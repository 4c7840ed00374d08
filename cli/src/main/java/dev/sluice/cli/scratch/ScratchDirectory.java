// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.scratch;

import dev.sluice.cli.output.CommandException;
import dev.sluice.store.os.FileCallException;
import dev.sluice.store.os.FileCalls;
import dev.sluice.store.text.FileText;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * A directory of this user's alone, among the temporary files. It goes when it is closed, and when the JVM ends; a JVM
 * that is killed leaves it. Its lock is held meanwhile, and goes with the JVM however that ends: so {@link
 * ScratchFiles} knows what was left from what is used. Any thread.
 */
public final class ScratchDirectory implements AutoCloseable {
    /** Somebody who looks whether the directory was left has its lock for a moment, or removes it before it has one. */
    private static final int MOST_ATTEMPTS = 20;

    private final Path path;
    /** Holds the lock; negative if the directory cannot be opened, and is no worse for it. */
    private final int descriptor;
    private final Thread hook = new Thread(this::remove, "sluice-scratch");
    private boolean isClosed;

    private ScratchDirectory(final Path path, final int descriptor) {
        this.path = path;
        this.descriptor = descriptor;
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Makes one. */
    public static ScratchDirectory make(final ScratchPurpose purpose) {
        try {
            for (int attempt = 1;; attempt++) {
                final Path path = Files.createTempDirectory(purpose.prefix() + ProcessHandle.current().pid() + "-");
                final int descriptor = open(path);
                if (descriptor < 0 || attempt == MOST_ATTEMPTS
                    || FileCalls.tryLock(descriptor) && Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
                    return new ScratchDirectory(path, descriptor);
                }
                FileCalls.closeDescriptor(descriptor);
                Files.deleteIfExists(path);
            }
        } catch (final IOException e) {
            throw new CommandException("cannot make a directory for temporary files in "
                + System.getProperty("java.io.tmpdir") + ": " + FileText.of(e)
                + "; make room there, or name another one: JDK_JAVA_OPTIONS=-Djava.io.tmpdir=DIR", e);
        }
    }

    /** A descriptor of a directory, by which it is locked; negative if it is none or cannot be opened. */
    static int open(final Path path) {
        try {
            return FileCalls.open(FileCalls.NO_DIRECTORY, path.toString(),
                FileCalls.O_RDONLY | FileCalls.O_DIRECTORY | FileCalls.O_NOFOLLOW);
        } catch (final FileCallException e) {
            return -1;
        }
    }

    /** Where it is. */
    public Path path() {
        return path;
    }

    /** Bytes that files here may take: half of what the disk has left. */
    public long roomBytes() {
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

    private synchronized void remove() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        removeAll(path);
        if (descriptor >= 0) {
            FileCalls.closeDescriptor(descriptor);
        }
    }

    /** Removes a directory with all in it; follows no link. Returns whether it is gone. */
    static boolean removeAll(final Path directory) {
        try {
            Files.walkFileTree(directory, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(final Path file, final BasicFileAttributes attributes)
                    throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(final Path visited, final IOException failure)
                    throws IOException {
                    Files.deleteIfExists(visited);
                    return FileVisitResult.CONTINUE;
                }
            });
            return true;
        } catch (final IOException e) {
            // Nobody needs it to be gone, and it is nobody else's to read.
            return !Files.exists(directory, LinkOption.NOFOLLOW_LINKS);
        }
    }
}
