// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.filter;

import dev.sluice.trace.Field;
import dev.sluice.trace.Provider;
import dev.sluice.trace.Sluice;
import dev.sluice.trace.TraceProvider;
import dev.sluice.trace.Tracepoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Fires pairs of random durations, nested ones and some that overlap, some without an end, for each line {@code fire}
 * that it reads; writes down each event with the moments before and after its fire, by itself: one file per round.
 * Arguments: a seed, and where the files go.
 */
public final class HeldProgram {
    static final String QUERY_BEGIN = "held:queryBegin";
    static final String QUERY_END = "held:queryEnd";
    static final String TAKE = "jobs:take";
    static final String GIVE = "jobs:give";
    static final String OTHER = "held:other";
    private static final int THREADS = 2;
    private static final int VIRTUAL_THREADS = 20;
    private static final int STEPS = 300;
    private static final int KEYS = 12;

    /** Nested pairs, and an event that belongs to none. */
    @TraceProvider("held")
    public interface Held {
        boolean queryBegin(long id);

        boolean queryEnd(long id, String result);

        boolean other(long id);
    }

    private static final Held HELD = Sluice.provider(Held.class);
    private static final Provider JOBS = Provider.named("jobs");
    private static final Tracepoint TAKEN = JOBS.tracepoint("take", Field.int64("id"), Field.int32("job"));
    private static final Tracepoint GIVEN = JOBS.tracepoint("give", Field.int64("id"), Field.int64("job"));
    private static final AtomicLong IDS = new AtomicLong();

    private final Random random;
    private final int thread;
    private final boolean isVirtual;
    private final List<String> lines = new ArrayList<>();

    private HeldProgram(final long seed, final int thread, final boolean isVirtual) {
        this.random = new Random(seed + thread);
        this.thread = thread;
        this.isVirtual = isVirtual;
    }

    public static void main(final String[] arguments) throws Exception {
        JOBS.load();
        System.out.println("ready");
        final BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        int round = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (!line.equals("fire")) {
                throw new IOException(line);
            }
            fire(Long.parseLong(arguments[0]) + round, Path.of(arguments[1]).resolve("round" + round));
            round++;
            System.out.println("fired " + round);
        }
    }

    private static void fire(final long seed, final Path file) throws Exception {
        final List<HeldProgram> parts = new ArrayList<>();
        final List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS + VIRTUAL_THREADS; i++) {
            final HeldProgram part = new HeldProgram(seed, i, i >= THREADS);
            parts.add(part);
            threads.add(part.isVirtual ? FilteredProgram.virtual(part::run) : new Thread(part::run, "held-" + i));
            if (!part.isVirtual) {
                threads.get(i).start();
            }
        }
        for (final Thread thread : threads) {
            thread.join();
        }
        for (final HeldProgram part : parts) {
            Files.write(file, part.lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
    }

    private interface Fire {
        boolean fire(long id);
    }

    private void fire(final String name, final long key, final Fire event) {
        final long id = IDS.incrementAndGet();
        final long before = System.nanoTime();
        final boolean isFired = event.fire(id);
        final long after = System.nanoTime();
        lines.add(name + ' ' + id + ' ' + key + ' ' + thread + ' ' + before + ' ' + after + ' '
            + isFired);
    }

    private void run() {
        try {
            if (isVirtual) {
                // Virtual threads begin on one carrier and end on another.
                for (int i = 0; i < 5; i++) {
                    query(3);
                }
            } else {
                for (int i = 0; i < STEPS; i++) {
                    step();
                }
            }
            // All that has no end has lasted for long when the recording ends.
            Thread.sleep(50);
        } catch (final InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void step() throws InterruptedException {
        final int what = random.nextInt(8);
        if (what == 0) {
            fire(OTHER, 0, HELD::other);
        } else if (what < 4) {
            query(random.nextInt(4));
        } else {
            final int job = random.nextInt(KEYS);
            if (random.nextBoolean()) {
                fire(TAKE, job, id -> TAKEN.fire(id, job));
            } else {
                fire(GIVE, job, id -> GIVEN.fire(id, job));
            }
        }
        pause();
    }

    private void query(final int depth) throws InterruptedException {
        fire(QUERY_BEGIN, 0, HELD::queryBegin);
        pause();
        if (depth > 0) {
            query(depth - 1);
        }
        if (random.nextInt(30) == 0) {
            // Something has thrown: there is no end.
            return;
        }
        fire(QUERY_END, 0, id -> HELD.queryEnd(id, "ok"));
    }

    private void pause() throws InterruptedException {
        final int chance = random.nextInt(40);
        if (chance == 0) {
            Thread.sleep(12);
        } else if (chance == 1) {
            Thread.sleep(3);
        }
    }
}
