// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import dev.sluice.os.Errno;
import dev.sluice.os.NativeCalls;
import dev.sluice.os.NativeException;
import dev.sluice.os.OwnedDescriptor;
import dev.sluice.os.PrivateDirectory;
import dev.sluice.os.Remedy;
import dev.sluice.os.jvm.Leftovers;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where stub objects live on disk: private files in a private directory. The process that made a file holds a lock on
 * it for as long as the process lives, and removes the file when it ends in order; the next process removes the files
 * that a killed process has left. Only unlocked files are removed. Pids do not show whether a file is in use, because
 * containers may share a directory.
 */
public final class StubFiles {
    /** System property with the directory's path. Default: {@code sluice-UID} in {@code java.io.tmpdir}. */
    static final String DIRECTORY_PROPERTY = "sluice.usdt.dir";

    /**
     * The files are executable, though nobody runs them: bcc, and therefore bpftrace, attaches by path only to
     * executable files.
     */
    private static final int FILE_MODE = 0700;
    private static final int MAX_ATTEMPTS = 16;
    private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9_.-]+-\\d+-\\d+-\\d+\\.so");
    /**
     * The numbers in file names begin at a random value. The linker knows a loaded object by its file's name: it would
     * take a new file for the loaded one if the names were equal, even if that file was removed. Another copy of the
     * library in this process counts separately and could make the same name.
     */
    private static final AtomicInteger SEQUENCE = new AtomicInteger(ThreadLocalRandom.current().nextInt(1 << 30));
    private static final Set<Path> SWEPT = ConcurrentHashMap.newKeySet();

    private final NativeCalls calls;
    private final Path directory;

    /** Stub files in a directory. Nothing is read or changed yet. */
    StubFiles(final NativeCalls calls, final Path directory) {
        this.calls = calls;
        this.directory = directory;
    }

    /** The configured directory. */
    static StubFiles configured(final NativeCalls calls) {
        final String configured = System.getProperty(DIRECTORY_PROPERTY);
        return new StubFiles(calls, configured != null ? Path.of(configured)
            : Path.of(System.getProperty("java.io.tmpdir"), "sluice-" + calls.geteuid()));
    }

    /** Whether a file's name is one that stub objects get. */
    public static boolean isStub(final String name) {
        return FILE_NAME.matcher(name).matches();
    }

    /**
     * What is in a directory of stub files.
     *
     * @param directory the directory, which may not exist
     * @param living    files that a living process holds
     * @param dead      files whose process has ended, and that are still there
     * @param removed   files whose process has ended, and that were removed
     * @param problem   why nothing was looked at; empty if it was
     */
    public record Contents(Path directory, int living, int dead, int removed, String problem) {
    }

    /**
     * Counts the stub files of this user, of all processes.
     *
     * @param isSwept whether files whose process has ended are removed
     */
    public static Contents look(final boolean isSwept) {
        return configured(NativeCalls.get()).contents(isSwept);
    }

    /** As {@link #look} for this directory. */
    Contents contents(final boolean isSwept) {
        if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            return new Contents(directory, 0, 0, 0, "");
        }
        int living = 0;
        int dead = 0;
        int removed = 0;
        try {
            // The directory is checked before any file in it is used: if other users may write to it, they choose what
            // is there.
            PrivateDirectory.check(directory, DIRECTORY_PROPERTY);
            for (final Path file : stubs()) {
                if (isSwept && removeIfUnlocked(file)) {
                    removed++;
                } else if (isUnlocked(file)) {
                    dead++;
                } else if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
                    living++;
                }
            }
            return new Contents(directory, living, dead, removed, "");
        } catch (final IOException | NativeException e) {
            return new Contents(directory, living, dead, removed, String.valueOf(e.getMessage()));
        }
    }

    private List<Path> stubs() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> isStub(file.getFileName().toString())).toList();
        } catch (final UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /**
     * A file of this process: its path, and the descriptor that holds the file's lock for as long as the file is
     * needed.
     */
    record Held(Path path, Closeable descriptor) {
    }

    /**
     * Writes a new file, locked and the user's own.
     *
     * @param label   begins the file's name
     * @param content the file's content
     * @throws NativeException if the directory is unsafe or cannot be used
     */
    Held create(final String label, final byte[] content) {
        ensureDirectory();
        final String prefix = label + "-" + ProcessHandle.current().pid() + "-" + startTime() + "-";
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            final Path path = directory.resolve(prefix + SEQUENCE.incrementAndGet() + ".so").toAbsolutePath();
            final Held held = tryCreate(path, content);
            if (held != null) {
                return held;
            }
        }
        throw new NativeException("open(" + directory + "/" + prefix + "*.so)", Errno.EEXIST,
            calls.errorText(Errno.EEXIST), "remove what keeps creating files there");
    }

    /**
     * Sweeps as {@link #sweep()} does, but only once in a process: it would take long to look at every file again for
     * each of 1,000 providers.
     */
    void sweepOnce() {
        if (SWEPT.add(directory.toAbsolutePath())) {
            sweep();
        }
    }

    /** Removes files whose lock nobody holds; files that cannot be removed stay. Returns how many were removed. */
    int sweep() {
        // Sweeping only saves disk space, so it does not matter if a file has vanished or this process may not remove
        // it.
        return contents(true).removed();
    }

    private Held tryCreate(final Path path, final byte[] content) {
        final int flags = NativeCalls.O_RDWR | NativeCalls.O_CREAT | NativeCalls.O_EXCL | NativeCalls.O_CLOEXEC;
        final int fd = calls.openOrErrno(path.toString(), flags, FILE_MODE);
        if (fd == -Errno.EEXIST) {
            return null;
        }
        if (fd < 0) {
            throw new NativeException("open(" + path + ")", -fd, calls.errorText(-fd),
                "set " + DIRECTORY_PROPERTY + " to a directory that can be written");
        }
        boolean held = false;
        try {
            // Between open and lock another process's sweep may have removed the file as that of a dead process.
            if (calls.tryLock(fd) && isStillLinked(path, fd)) {
                writeAll(fd, content);
                final Closeable descriptor = OwnedDescriptor.of(fd);
                Leftovers.removeAtEnd(path, descriptor);
                held = true;
                return new Held(path, descriptor);
            }
            return null;
        } catch (final IOException e) {
            throw new NativeException("write(" + path + ")", 0, String.valueOf(e.getMessage()),
                Remedy.of(e).isEmpty() ? "make room there" : Remedy.of(e));
        } finally {
            if (!held) {
                remove(path);
                calls.close(fd);
            }
        }
    }

    /** Fills an open file of any kind through its entry in /proc. */
    static void writeAll(final int fd, final byte[] content) throws IOException {
        try (FileChannel channel = FileChannel.open(Path.of("/proc/self/fd/" + fd), StandardOpenOption.WRITE)) {
            final ByteBuffer source = ByteBuffer.wrap(content);
            while (source.hasRemaining()) {
                channel.write(source);
            }
        }
    }

    private boolean removeIfUnlocked(final Path file) throws IOException {
        return isUnlocked(file, () -> Files.deleteIfExists(file));
    }

    private boolean isUnlocked(final Path file) throws IOException {
        return isUnlocked(file, () -> true);
    }

    /** What is done while nobody else can take the file's lock. */
    private interface Locked {
        boolean run() throws IOException;
    }

    /** Returns false if a living process holds the file, or it cannot be told; else what the action returns. */
    private boolean isUnlocked(final Path file, final Locked action) throws IOException {
        // The file is opened before its kind is checked: before the open, another file could still take its name. The
        // open does not wait, even if the file is a pipe.
        final int fd = calls.openOrErrno(file.toString(), NativeCalls.O_RDONLY | NativeCalls.O_NONBLOCK
            | calls.noFollow() | NativeCalls.O_CLOEXEC, 0);
        if (fd < 0) {
            return false;
        }
        try {
            return Files.isRegularFile(Path.of("/proc/self/fd/" + fd)) && calls.tryLock(fd)
                && isStillLinked(file, fd) && action.run();
        } finally {
            calls.close(fd);
        }
    }

    private static boolean isStillLinked(final Path path, final int fd) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        final Object named = Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS);
        return named.equals(Files.getAttribute(Path.of("/proc/self/fd/" + fd), "unix:ino"));
    }

    private void ensureDirectory() {
        try {
            Files.createDirectory(directory,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (final FileAlreadyExistsException e) {
            PrivateDirectory.check(directory, DIRECTORY_PROPERTY);
        } catch (final IOException | UnsupportedOperationException e) {
            throw new NativeException("mkdir(" + directory + ")", 0, String.valueOf(e.getMessage()),
                "set " + DIRECTORY_PROPERTY + " to a directory that can be created");
        }
    }

    /** This process's start time in clock ticks since boot. Start time and pid together identify the process. */
    private static String startTime() {
        try {
            final String stat =
                new String(Files.readAllBytes(Path.of("/proc/self/stat")), StandardCharsets.ISO_8859_1);
            return stat.substring(stat.lastIndexOf(')') + 2).split(" ")[19];
        } catch (final IOException e) {
            // Without /proc the name says less, but O_EXCL still makes it unique.
            return "0";
        }
    }

    /** Removes a file of this process that turned out not to be needed. */
    static void discard(final String path) {
        remove(Path.of(path));
    }

    private static void remove(final Path path) {
        Leftovers.forget(path);
        try {
            Files.deleteIfExists(path);
        } catch (final IOException e) {
            // The next process's sweep removes the file.
            return;
        }
    }
}
