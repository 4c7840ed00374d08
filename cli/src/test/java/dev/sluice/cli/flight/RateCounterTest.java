// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.flight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testsupport.Seed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a rate says, compared with all times of all events. */
class RateCounterTest {
    private static final long SECOND_NS = 1_000_000_000L;
    private static final long BEGIN_NS = 86_400 * SECOND_NS + 12_345;

    @RepeatedTest(200)
    void shouldSaySoOnceForEachTimeWithTooManyWhenEventsComeInAnyOrder() {
        final long seed = Seed.draw("RateCounterTest");
        final Random random = new Random(seed);
        final long periodNs = List.of(10_000_000L, 100_000_000L, SECOND_NS, 7 * SECOND_NS).get(random.nextInt(4));
        final int most = 1 + random.nextInt(30);
        final RateCounter counter = new RateCounter(new EventRate(most, periodNs));
        // Bursts of a few events more or less than the number, with rests between that are longer than the time.
        final List<Long> said = new ArrayList<>();
        int bursts = 0;
        long at = BEGIN_NS;
        for (int burst = 0; burst < 20; burst++) {
            final long[] times = burst(random, at, periodNs, most);
            for (final long time : shuffled(random, times)) {
                add(counter, time);
                if (random.nextInt(3) == 0) {
                    counter.poll().map(Moment::ticks).ifPresent(said::add);
                }
            }
            counter.poll().map(Moment::ticks).ifPresent(said::add);
            Arrays.sort(times);
            final boolean must = most(times, periodNs - periodNs / 100) > most;
            final boolean may = most(times, periodNs) > most;
            assertThat(said.size() - bursts).as("seed %d burst %d", seed, burst).isBetween(must ? 1 : 0, may ? 1 : 0);
            if (said.size() > bursts) {
                assertThat(said.get(bursts)).as("seed %d", seed).isBetween(times[most], times[times.length - 1]);
            }
            bursts = said.size();
            at = times[times.length - 1] + 3 * periodNs + 2 * SECOND_NS;
        }
    }

    private static void add(final RateCounter counter, final long atNs) {
        counter.add(null, atNs, atNs);
    }

    private static long[] burst(final Random random, final long at, final long periodNs, final int most) {
        final int count = Math.max(1, most - 2 + random.nextInt(6));
        // In a longer one there may be a time with few, and too many again.
        final long length = random.nextBoolean() ? periodNs / 2 : periodNs;
        return random.longs(count, at, at + length).toArray();
    }

    /** As threads deliver them: each of its own in order. */
    private static long[] shuffled(final Random random, final long[] times) {
        final long[] sorted = times.clone();
        Arrays.sort(sorted);
        final List<List<Long>> threads = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (final long time : sorted) {
            threads.get(random.nextInt(threads.size())).add(time);
        }
        return threads.stream().flatMap(List::stream).mapToLong(Long::longValue).toArray();
    }

    /** The most events in so long a time. */
    private static int most(final long[] sorted, final long periodNs) {
        int most = 0;
        for (int i = 0; i < sorted.length; i++) {
            int end = i;
            while (end < sorted.length && sorted[end] < sorted[i] + periodNs) {
                end++;
            }
            most = Math.max(most, end - i);
        }
        return most;
    }

    /** A thread that is two seconds behind another one, to the hundredth; of the longest times, a whole time. */
    @ParameterizedTest
    @ValueSource(longs = {SECOND_NS / 10, SECOND_NS, 7 * SECOND_NS})
    void shouldCountWhatIsAsLateAsItMayBe(final long periodNs) {
        final RateCounter counter = new RateCounter(new EventRate(2, periodNs));
        final long first = periodNs * (BEGIN_NS / periodNs);
        final long lateNs = Math.max(periodNs, 2 * SECOND_NS);
        add(counter, first + lateNs);
        assertThat(counter.poll()).isEmpty();
        add(counter, first);
        add(counter, first + 1);
        add(counter, first + 2);
        assertThat(counter.poll()).map(Moment::ticks).contains(first + 2);
    }

    @Test
    void shouldSaySoOnceWhenThereAreAlwaysTooMany() {
        final RateCounter counter = new RateCounter(new EventRate(100, SECOND_NS));
        int said = 0;
        for (int i = 0; i < 10_000; i++) {
            add(counter, BEGIN_NS + i * SECOND_NS / 200);
            said += counter.poll().isPresent() ? 1 : 0;
        }
        assertThat(said).isEqualTo(1);
        // Fewer for a while, and more again.
        for (int i = 0; i < 100; i++) {
            add(counter, BEGIN_NS + 50 * SECOND_NS + i * SECOND_NS / 50);
            assertThat(counter.poll()).isEmpty();
        }
        Optional<Moment> again = Optional.empty();
        for (int i = 0; i < 200 && again.isEmpty(); i++) {
            add(counter, BEGIN_NS + 52 * SECOND_NS + i * SECOND_NS / 200);
            again = counter.poll();
        }
        assertThat(again).isPresent();
    }
}
