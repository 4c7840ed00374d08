// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import static dev.sluice.trace.Field.int64;

import dev.sluice.bench.measure.RecordedJvm;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetFinder;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The traced side of {@link Sustained}: threads fire two longs, 24 bytes with the header, as fast as they can, and then
 * the program waits until a consumer in another process has received everything. It does what the lines of its standard
 * input say, one burst each, and answers each with one line.
 */
final class SustainedProgram {
    static final String PATTERN = "bench_sustained:*";
    private static final Duration ENABLED_TIMEOUT = Duration.ofSeconds(60);
    private static final long RECEIVED_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long POLL_NS = 200_000;
    /** Between looks at the time. */
    private static final int TURN = 4096;
    private static final Provider PROVIDER = Provider.named("bench_sustained");
    private static final Tracepoint TWO = PROVIDER.tracepoint("two", int64("a"), int64("b"));

    private SustainedProgram() {
    }

    /**
     * What a burst was: calls that were fired, the sum of what they had in {@code a}, how long the threads fired and
     * until all of it was received, and the processor time of this process for it.
     */
    record Burst(long fired, long sum, long firingNs, long receivedNs, long processorNs) {
        static Burst parse(final String line) {
            final String[] words = line.split(" ");
            if (words.length != 5) {
                throw new IllegalStateException("the traced program has answered: " + line);
            }
            return new Burst(Long.parseLong(words[0]), Long.parseLong(words[1]), Long.parseLong(words[2]),
                Long.parseLong(words[3]), Long.parseLong(words[4]));
        }

        String line() {
            return fired + " " + sum + " " + firingNs + " " + receivedNs + " " + processorNs;
        }
    }

    /**
     * No arguments. Lines of the standard input: threads, events of each at most, milliseconds at most, and what the
     * second field is xored with, by which a reader tells one burst from another.
     */
    public static void main(final String[] arguments) throws IOException, InterruptedException {
        PROVIDER.load();
        System.out.println(RecordedJvm.READY + ProcessHandle.current().pid());
        final BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (Target target = TargetFinder.open(ProcessHandle.current().pid()).get(0)) {
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                final String[] words = line.split(" ");
                if (!PROVIDER.awaitEnabled(ENABLED_TIMEOUT)) {
                    throw new IllegalStateException("no consumer has come");
                }
                System.out.println(fire(target, Integer.parseInt(words[0]), Long.parseLong(words[1]),
                    TimeUnit.MILLISECONDS.toNanos(Long.parseLong(words[2])), Long.parseLong(words[3])).line());
            }
        }
    }

    private static Burst fire(final Target target, final int count, final long events, final long durationNs,
                              final long mark) throws InterruptedException {
        final long[] fired = new long[count];
        final long[] sums = new long[count];
        final CountDownLatch begin = new CountDownLatch(1);
        final List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            final int index = i;
            final Thread thread = new Thread(() -> {
                awaitBegin(begin);
                fire(index, events, System.nanoTime() + durationNs, mark, fired, sums);
            }, "producer-" + i);
            thread.start();
            threads.add(thread);
        }
        final long processorBefore = processorNs();
        final long beginNs = System.nanoTime();
        begin.countDown();
        for (final Thread thread : threads) {
            thread.join();
        }
        final long firingNs = System.nanoTime() - beginNs;
        final long deadline = System.nanoTime() + RECEIVED_TIMEOUT_NS;
        while (!isReceived(target)) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("the consumer has not received everything");
            }
            LockSupport.parkNanos(POLL_NS);
        }
        final long receivedNs = System.nanoTime() - beginNs;
        return new Burst(Arrays.stream(fired).sum(), Arrays.stream(sums).sum(), firingNs,
            receivedNs, processorNs() - processorBefore);
    }

    private static void awaitBegin(final CountDownLatch begin) {
        try {
            begin.await();
        } catch (final InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void fire(final int index, final long events, final long endNs, final long mark,
                             final long[] fired, final long[] sums) {
        long count = 0;
        long sum = 0;
        for (long next = 0; next < events && System.nanoTime() - endNs < 0; next += TURN) {
            final long end = Math.min(events, next + TURN);
            for (long i = next; i < end; i++) {
                if (TWO.fire(i, i ^ mark)) {
                    count++;
                    sum += i;
                }
            }
        }
        fired[index] = count;
        sums[index] = sum;
    }

    /** Whether every ring is empty, and what was drained of it has been received. */
    private static boolean isReceived(final Target target) {
        for (int i = 0; i < target.region().slotLimit(); i++) {
            final Slot slot = target.region().slot(i);
            final long tail = slot.tailAcquire();
            if (slot.headVolatile(tail) < tail || target.region().drainedSequence(i)
                > TaggedWord.value(target.control().words().receivedVolatile(i))) {
                return false;
            }
        }
        return true;
    }

    private static long processorNs() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getProcessCpuTime();
    }
}
