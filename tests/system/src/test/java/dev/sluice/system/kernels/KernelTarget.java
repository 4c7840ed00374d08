// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.kernels;

import static dev.sluice.trace.Field.int64;
import static dev.sluice.trace.Field.string;

import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/**
 * The traced program of {@link KernelCases}: more threads than processors, whose events name themselves. Each command
 * line waits until a tracer is there, fires, and answers {@code fired N}.
 * <pre>
 *  batches THREADS EVENTS   each thread fires so many numbers, and a text after every tenth, each until it is taken
 *  events THREADS EVENTS    the same, each once: one trap an event, which no ring can refuse
 *  probes THREADS ROUNDS    each thread fires all PROBES tracepoints, the first round in order, the others at random
 * </pre>
 */
final class KernelTarget {
    static final String PROVIDER = "kernels";
    static final int PROBES = 60;
    static final int TEXT_EVERY = 10;
    private static final long TIMEOUT_NS = 300_000_000_000L;
    private static final int POLL_MS = 5;
    private static final int MAX_TEXT = 100;

    private final Provider provider = Provider.named(PROVIDER);
    private final Tracepoint number =
        provider.tracepoint("number", int64("thread"), int64("index"), int64("check"));
    private final Tracepoint text = provider.tracepoint("text", string("label"), int64("thread"), int64("index"));
    private final List<Tracepoint> probes = new ArrayList<>();
    private final AtomicLong fired = new AtomicLong();
    private volatile boolean isBatched;

    private KernelTarget() {
        for (int i = 0; i < PROBES; i++) {
            probes.add(provider.tracepoint("p" + i, int64("thread"), int64("index"), int64("probe")));
        }
        provider.load();
    }

    /** What the third number of an event is. */
    static long check(final long thread, final long index) {
        return (thread << 40 ^ index) * 0x9E3779B97F4A7C15L;
    }

    /** The text of an event: all lengths that the programs treat differently. */
    static String label(final long thread, final long index) {
        return ("t" + thread + "i" + index + "-").repeat(MAX_TEXT).substring(0, (int) (index / TEXT_EVERY % MAX_TEXT));
    }

    /** Which of the probes a thread fires as its so-manieth event. */
    static int[] probesOf(final int thread, final int rounds) {
        final Random random = new Random(thread);
        final int[] order = new int[rounds * PROBES];
        for (int i = 0; i < order.length; i++) {
            order[i] = i < PROBES ? i : random.nextInt(PROBES);
        }
        return order;
    }

    /** Obeys lines until there are no more. */
    public static void main(final String[] arguments) throws IOException, InterruptedException {
        final KernelTarget target = new KernelTarget();
        System.out.println("pid " + ProcessHandle.current().pid());
        final BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            final String[] words = line.split(" ");
            target.obey(words[0], Integer.parseInt(words[1]), Integer.parseInt(words[2]));
        }
    }

    private void obey(final String command, final int threads, final int times) throws InterruptedException {
        fired.set(0);
        if (!command.equals("probes")) {
            isBatched = command.equals("batches");
            awaitEnabled(List.of(number, text));
            inThreads(threads, thread -> fireEvents(thread, times));
        } else {
            awaitEnabled(probes);
            inThreads(threads, thread -> fireProbes(thread, times));
        }
        System.out.println("fired " + fired);
    }

    private static void awaitEnabled(final List<Tracepoint> tracepoints) throws InterruptedException {
        final long begin = System.nanoTime();
        while (!tracepoints.stream().allMatch(Tracepoint::isEnabled)) {
            if (System.nanoTime() - begin > TIMEOUT_NS) {
                throw new IllegalStateException("no tracer came");
            }
            Thread.sleep(POLL_MS);
        }
    }

    private static void inThreads(final int threads, final IntConsumer task) throws InterruptedException {
        final List<Thread> all = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            final int thread = i;
            all.add(new Thread(() -> task.accept(thread), "firing-" + i));
        }
        all.forEach(Thread::start);
        for (final Thread thread : all) {
            thread.join();
        }
    }

    private void fireEvents(final int thread, final int events) {
        for (long i = 0; i < events; i++) {
            final long index = i;
            fire(() -> number.fire(thread, index, check(thread, index)));
            if (index % TEXT_EVERY == 0) {
                fire(() -> text.fire(label(thread, index), thread, index));
            }
        }
    }

    /** On a machine that is busy the tracer may be late for longer than BLOCK waits: then an event is fired again. */
    private void fire(final BooleanSupplier event) {
        final long begin = System.nanoTime();
        while (!event.getAsBoolean() && isBatched && System.nanoTime() - begin < TIMEOUT_NS) {
            Thread.yield();
        }
        fired.incrementAndGet();
    }

    private void fireProbes(final int thread, final int rounds) {
        final int[] order = probesOf(thread, rounds);
        for (int index = 0; index < order.length; index++) {
            probes.get(order[index]).fire(thread, index, order[index]);
        }
        fired.addAndGet(order.length);
    }
}
