// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.measure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What this JVM has made for a while and does not leave behind when a signal ends it: processes, directories, files,
 * and what else says how it is undone. Whoever makes something undoes it in order; this is for the end that comes
 * before that. A JVM that was killed cannot, so the next one removes its directories. Any thread.
 */
public final class Leftovers {
    private static final long PATIENT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final int TRIES = 3;
    private static final Path NAMESPACE = Path.of("/proc/self/ns/pid");
    private static final Pattern NAME = Pattern.compile("sluice-bench-(\\d+)-(\\d+)-.*");

    private static final Set<Path> PATHS = new LinkedHashSet<>();
    private static final Deque<Runnable> UNDOINGS = new ArrayDeque<>();
    private static boolean isEnding;

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(Leftovers::undoAll, "bench-leftovers"));
        removeOfTheDead(Path.of(System.getProperty("java.io.tmpdir")));
    }

    private Leftovers() {
    }

    /** Makes a directory for temporary files, to be removed by {@link #remove}. */
    public static Path directory() throws IOException {
        synchronized (PATHS) {
            requireNoEnd();
            final Path directory = Files.createTempDirectory(prefix());
            PATHS.add(directory);
            return directory;
        }
    }

    /** Makes a file for what a program prints, to be removed by {@link #remove}. */
    public static Path file() throws IOException {
        synchronized (PATHS) {
            requireNoEnd();
            final Path file = Files.createTempFile(prefix(), ".out");
            PATHS.add(file);
            return file;
        }
    }

    /** A file or directory that may come to be, of whoever removes it. Returns it. */
    public static Path watch(final Path path) {
        synchronized (PATHS) {
            PATHS.add(path);
            return path;
        }
    }

    /** Removes a file or directory, with all that is in it, if it is there. */
    public static void remove(final Path path) throws IOException {
        RecordedJvm.remove(path);
        synchronized (PATHS) {
            PATHS.remove(path);
        }
    }

    /**
     * Says how something is undone if this JVM is ended first. Returns what takes that back.
     *
     * @param undoing does not throw, and takes no longer than seconds
     */
    public static Runnable undo(final Runnable undoing) {
        synchronized (PATHS) {
            requireNoEnd();
            UNDOINGS.push(undoing);
        }
        return () -> {
            synchronized (PATHS) {
                UNDOINGS.remove(undoing);
            }
        };
    }

    /** Whether this JVM is being ended, so that nothing new begins. */
    public static boolean isEnding() {
        synchronized (PATHS) {
            return isEnding;
        }
    }

    private static void requireNoEnd() {
        if (isEnding) {
            throw new IllegalStateException("the run is being ended");
        }
    }

    /** With the process id, and the namespace in which it is one. */
    private static String prefix() {
        return "sluice-bench-" + ProcessHandle.current().pid() + "-" + namespace() + "-";
    }

    private static String namespace() {
        try {
            return Files.readSymbolicLink(NAMESPACE).toString().replaceAll("\\D", "");
        } catch (final IOException e) {
            return "0";
        }
    }

    private static void undoAll() {
        final List<Runnable> undoings;
        synchronized (PATHS) {
            isEnding = true;
            undoings = List.copyOf(UNDOINGS);
        }
        undoings.forEach(Runnable::run);
        endChildren();
        final List<Path> paths;
        synchronized (PATHS) {
            paths = List.copyOf(PATHS);
        }
        paths.forEach(Leftovers::removeAnyhow);
    }

    /** Ends what this process has started, and what that has. */
    private static void endChildren() {
        final long begin = System.nanoTime();
        List<ProcessHandle> left = children();
        left.forEach(ProcessHandle::destroy);
        while (!left.isEmpty() && System.nanoTime() - begin < PATIENT_NS) {
            LockSupport.parkNanos(POLL_NS);
            // What has no parent any more is not among them: whoever was seen once is waited for.
            left = Stream.concat(left.stream(), children().stream()).distinct().filter(ProcessHandle::isAlive).toList();
        }
        left.forEach(ProcessHandle::destroyForcibly);
    }

    private static List<ProcessHandle> children() {
        return ProcessHandle.current().descendants().toList();
    }

    private static void removeAnyhow(final Path path) {
        for (int i = 0; i < TRIES && Files.exists(path); i++) {
            try (Stream<Path> files = Files.walk(path)) {
                files.sorted(Comparator.reverseOrder()).forEach(file -> {
                    try {
                        Files.deleteIfExists(file);
                    } catch (final IOException e) {
                        // Something was made in it meanwhile: the next try.
                        LockSupport.parkNanos(POLL_NS);
                    }
                });
            } catch (final IOException | RuntimeException e) {
                // Somebody else removes it as well: the next try.
                LockSupport.parkNanos(POLL_NS);
            }
        }
    }

    /** Removes what this user's runs have left in a directory that were killed. */
    static void removeOfTheDead(final Path directory) {
        final String namespace = namespace();
        try (Stream<Path> entries = Files.list(directory)) {
            entries.filter(entry -> isOfTheDead(entry, namespace)).toList().forEach(Leftovers::removeAnyhow);
        } catch (final IOException | RuntimeException e) {
            // Then they stay: this run does not need the room.
            return;
        }
    }

    private static boolean isOfTheDead(final Path entry, final String namespace) {
        final Matcher matcher = NAME.matcher(entry.getFileName().toString());
        try {
            return matcher.matches() && matcher.group(2).equals(namespace)
                && ProcessHandle.of(Long.parseLong(matcher.group(1))).isEmpty()
                && Files.getOwner(entry).getName().equals(System.getProperty("user.name"));
        } catch (final IOException | NumberFormatException e) {
            return false;
        }
    }
}
