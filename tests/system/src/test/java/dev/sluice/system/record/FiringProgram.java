// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.record;

import static dev.sluice.trace.Field.int64;

import dev.sluice.testsupport.ChildProgram;
import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A traced program for tests, and the handle of one that runs in a child JVM. Each of its threads fires
 * {@code work:step(thread, id)} with ids from 0 up, one more for each event that was fired, and puts the count of those
 * whose fire has returned into a file mapping of its own, where it outlives the process. With the flag
 * {@code -Dwork.restUs=N} a thread rests for so many microseconds after each event, or after so many as
 * {@code -Dwork.burst=N} says. With {@code -Dwork.rate=N} it rests after each burst for as long as it is ahead of N
 * events a second since its first one, so that it makes up for what others have taken of its time.
 */
public final class FiringProgram implements AutoCloseable {
    private static final List<String> PARENTS = List.of("unshare", "nsenter");
    private static final int COUNT_STRIDE = 128;
    private static final int WAIT_SECONDS = 180;
    private static final int SETTLE_SECONDS = 5;

    private final ChildProgram child;
    private final Path countFile;
    private final int threads;
    private final long pid;

    private FiringProgram(final ChildProgram child, final Path countFile, final int threads, final long pid) {
        this.child = child;
        this.pid = pid;
        this.countFile = countFile;
        this.threads = threads;
    }

    /**
     * Starts one, which waits until it is traced.
     *
     * @param events events of each thread; 0 for no end
     */
    public static FiringProgram start(final Path directory, final int threads, final long events, final String... flags)
        throws IOException {
        return startBy(List.of(), directory, threads, events, flags);
    }

    /** The same with a command in front that becomes the program, such as setpriv, or its parent: unshare, nsenter. */
    public static FiringProgram startBy(final List<String> launcher, final Path directory, final int threads,
                                 final long events, final String... flags) throws IOException {
        return startBy(launcher, System.getProperty("java.class.path"), directory, threads, events, flags);
    }

    /** The same with a class path of its own: a command in front may make it a user's who cannot read this one's. */
    static FiringProgram startBy(final List<String> launcher, final String classPath, final Path directory,
                                 final int threads, final long events, final String... flags) throws IOException {
        final Path counts = Files.createTempFile(directory, "counts", "");
        Files.write(counts, new byte[threads * COUNT_STRIDE]);
        // The command in front may make the program another user's.
        Files.setPosixFilePermissions(counts, PosixFilePermissions.fromString("rw-rw-rw-"));
        final List<String> all = new ArrayList<>(ChildProgram.launcherFlags());
        all.addAll(List.of(flags));
        all.add("-Xmx128m");
        final ChildProgram child = ChildProgram.start(directory, ChildProgram.javaCommand(launcher, all,
            classPath, List.of(FiringProgram.class.getName(), counts.toString(),
                Integer.toString(threads), Long.toString(events))));
        boolean isReady = false;
        try {
            child.awaitLine("ready", 1);
            final boolean isOfOther = !launcher.isEmpty() && PARENTS.contains(launcher.get(0));
            final FiringProgram program =
                new FiringProgram(child, counts, threads, isOfOther ? child.childPid() : child.pid());
            isReady = true;
            return program;
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the program started");
        } finally {
            if (!isReady) {
                child.close();
            }
        }
    }

    /** The program's process id, as seen from here. */
    public long pid() {
        return pid;
    }

    /** Sends a signal by name. */
    void signal(final String name) throws IOException, InterruptedException {
        child.signal(name);
    }

    /** Kills the program and not a command that it is the child of, which ends by itself. */
    void killJvm() throws InterruptedException {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        awaitExit();
    }

    void kill() throws InterruptedException {
        child.kill();
        awaitExit();
    }

    int awaitExit() throws InterruptedException {
        return child.awaitExit();
    }

    /** Events of each thread whose fire has returned true. */
    public long[] counts() throws IOException {
        final MappedByteBuffer map = map(countFile);
        final long[] counts = new long[threads];
        for (int i = 0; i < threads; i++) {
            counts[i] = map.getLong(i * COUNT_STRIDE);
        }
        return counts;
    }

    /**
     * Sum of the counts of a program that fires no more, after waiting for threads that have fired and not counted yet:
     * until the sum is what is expected, some seconds at most.
     */
    public long settledSum(final long expected) throws IOException {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SETTLE_SECONDS);
        long sum = Arrays.stream(counts()).sum();
        while (sum < expected && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(1_000_000);
            sum = Arrays.stream(counts()).sum();
        }
        return sum;
    }

    private static MappedByteBuffer map(final Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final MappedByteBuffer map = channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size());
            map.order(ByteOrder.nativeOrder());
            return map;
        }
    }

    @Override
    public void close() {
        // A command in front of it may end without it.
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        child.close();
    }

    /** The program. */
    public static void main(final String[] arguments) throws IOException, InterruptedException {
        final MappedByteBuffer counts = map(Path.of(arguments[0]));
        final long events = Long.parseLong(arguments[2]);
        final Provider provider = Provider.named("work");
        final Tracepoint step = provider.tracepoint("step", int64("thread"), int64("id"));
        provider.load();
        System.out.println("ready");
        if (!provider.awaitEnabled(Duration.ofSeconds(WAIT_SECONDS))) {
            System.exit(1);
        }
        final List<Thread> running = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
            final int number = i;
            final Thread thread = new Thread(() -> fire(step, counts, number, events), "work-" + i);
            running.add(thread);
            thread.start();
        }
        for (final Thread thread : running) {
            thread.join();
        }
    }

    private static void fire(
        final Tracepoint step, final MappedByteBuffer counts, final int number, final long events) {
        long fired = 0;
        final long burst = Long.getLong("work.burst", 1);
        final long restNs = TimeUnit.MICROSECONDS.toNanos(Long.getLong("work.restUs", 0));
        final long rate = Long.getLong("work.rate", 0);
        final long eachNs = rate == 0 ? 0 : TimeUnit.SECONDS.toNanos(1) / rate;
        // One that never rests must not even divide for that, as often as it fires.
        final boolean isPaced = burst > 1 || restNs > 0 || rate > 0;
        long beginNs = System.nanoTime();
        for (long i = 0; events == 0 || i < events; i++) {
            // A trap alone does not count as fired, but is one: ids then run with the calls.
            final boolean isTrap = step.isEnabled();
            if (step.fire(number, fired) || isTrap && events != 0) {
                fired++;
                counts.putLong(number * COUNT_STRIDE, fired);
            }
            if (isPaced && i % burst == 0) {
                beginNs = fired == 0 ? System.nanoTime() : beginNs;
                final long aheadNs = rate == 0 ? restNs : beginNs + fired * eachNs - System.nanoTime();
                if (aheadNs > 0) {
                    LockSupport.parkNanos(aheadNs);
                }
            }
        }
    }
}
