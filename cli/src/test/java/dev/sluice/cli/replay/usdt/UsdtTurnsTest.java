// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay.usdt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testsupport.Seed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Threads that take turns. */
class UsdtTurnsTest {
    private static final int THREADS = 8;
    private static final int RUNS = 4_000;
    private static final long JOIN_MS = TimeUnit.SECONDS.toMillis(60);

    private static String allowedProcessors() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/thread-self/status"))) {
            return lines.filter(line -> line.startsWith("Cpus_allowed_list:")).findFirst().orElseThrow();
        } catch (final IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void join(final List<Thread> threads) throws InterruptedException {
        for (final Thread thread : threads) {
            thread.join(JOIN_MS);
            assertThat(thread.isAlive()).isFalse();
        }
    }

    /** Looking by itself comes far too seldom for this test, so no thread may miss that it was woken. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void shouldFollowTheNumbersWhenManyThreadsTakeTurns() throws Exception {
        final long seed = Seed.draw("UsdtTurnsTest");
        final Random random = new Random(seed);
        final UsdtTurns turns = new UsdtTurns();
        final List<Long> seen = new ArrayList<>();
        final List<BlockingQueue<Long>> given = new ArrayList<>();
        final List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            final BlockingQueue<Long> mine = new LinkedBlockingQueue<>();
            given.add(mine);
            threads.add(new Thread(() -> {
                turns.join();
                for (long run = take(mine); run >= 0; run = take(mine)) {
                    turns.await(run);
                    seen.add(run);
                    turns.pass(run);
                }
            }));
        }
        threads.forEach(Thread::start);
        for (long run = 0; run < RUNS; run++) {
            final int owner = random.nextInt(THREADS);
            turns.awaitRoom(run, UsdtTurns.MOST_RUNS);
            turns.announce(run, threads.get(owner));
            given.get(owner).add(run);
        }
        given.forEach(mine -> mine.add(-1L));
        join(threads);
        assertThat(seen).isEqualTo(IntStream.range(0, RUNS).mapToObj(run -> (long) run).toList());
    }

    private static long take(final BlockingQueue<Long> queue) {
        try {
            return queue.take();
        } catch (final InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A thread that waits on another processor would have to be woken there. */
    @Test
    void shouldShareOneProcessorWhenThreadsTakeTurns() throws Exception {
        final String before = allowedProcessors();
        final UsdtTurns turns = new UsdtTurns();
        final ConcurrentLinkedQueue<String> allowed = new ConcurrentLinkedQueue<>();
        final List<Thread> threads = IntStream.range(0, THREADS).mapToObj(i -> new Thread(() -> {
            turns.join();
            allowed.add(allowedProcessors());
        })).toList();
        threads.forEach(Thread::start);
        join(threads);
        assertThat(allowed).hasSize(THREADS);
        assertThat(allowed.stream().distinct()).hasSize(1).first().asString()
            .matches("Cpus_allowed_list:\\s+[0-9]+");
        assertThat(allowedProcessors()).isEqualTo(before);
    }
}
