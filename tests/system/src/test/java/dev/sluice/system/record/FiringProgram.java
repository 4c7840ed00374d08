// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.record;

import static dev.sluice.trace.Field.int64;

import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A traced program for tests, and the handle of one that runs in a child JVM. Each of its threads fires
 * {@code work:step(thread, id)} with ids from 0 up, one more for each event that was fired, and puts the count of those
 * whose fire has returned into a file mapping of its own, where it outlives the process.
 */
public final class FiringProgram implements AutoCloseable {
    private static final int COUNT_STRIDE = 128;
    private static final int WAIT_SECONDS = 60;
    private static final int SETTLE_SECONDS = 5;

    private final Process process;
    private final Path countFile;
    private final int threads;

    private FiringProgram(final Process process, final Path countFile, final int threads) {
        this.process = process;
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

    /** The same with a command in front that becomes the program, such as setpriv. */
    public static FiringProgram startBy(final List<String> launcher, final Path directory, final int threads,
                                 final long events, final String... flags) throws IOException {
        final Path counts = Files.createTempFile(directory, "counts", "");
        Files.write(counts, new byte[threads * COUNT_STRIDE]);
        final List<String> command = new ArrayList<>(launcher);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("@" + Path.of(System.getProperty("sluice.root"), "config",
            Runtime.version().feature() >= 24 ? "jvm-24.args" : "jvm-17.args"));
        command.addAll(List.of(flags));
        command.addAll(List.of("-Xmx128m", "-cp", System.getProperty("java.class.path"), FiringProgram.class.getName(),
            counts.toString(), Integer.toString(threads), Long.toString(events)));
        final Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        final BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        if (!"ready".equals(out.readLine())) {
            process.destroyForcibly();
            throw new IOException("the program did not start");
        }
        return new FiringProgram(process, counts, threads);
    }

    public long pid() {
        return process.pid();
    }

    /** Sends a signal by name. */
    void signal(final String name) throws IOException, InterruptedException {
        if (new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start().waitFor() != 0) {
            throw new IOException("kill -" + name + " " + pid() + " failed");
        }
    }

    void kill() throws InterruptedException {
        process.destroyForcibly();
        awaitExit();
    }

    int awaitExit() throws InterruptedException {
        if (!process.waitFor(WAIT_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the program did not end");
        }
        return process.exitValue();
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
        process.destroyForcibly();
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
        for (long i = 0; events == 0 || i < events; i++) {
            // A trap alone does not count as fired, but is one: ids then run with the calls.
            final boolean isTrap = step.isEnabled();
            if (step.fire(number, fired) || isTrap && events != 0) {
                fired++;
                counts.putLong(number * COUNT_STRIDE, fired);
            }
        }
    }
}
