// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import dev.sluice.consumer.live.LatencyReading;
import dev.sluice.consumer.live.RingReading;
import dev.sluice.consumer.live.TargetReading;
import dev.sluice.ring.region.RefusalCause;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What is made of two readings, and how it is shown. */
class LiveRatesTest {
    private static final long SECOND_NS = 1_000_000_000L;

    private static RingReading ring(final int number, final long written, final long discarded) {
        return new RingReading(number, 4000 + number, "worker-" + number, true, written, discarded, 0, 0,
            discarded * 1_000, 7, 512, 1024, 1024);
    }

    private static TargetReading reading(final long atNs, final Map<String, Long> seen, final RingReading... rings) {
        return new TargetReading(atNs, List.of(rings), Map.of(RefusalCause.NO_MEMORY, atNs / SECOND_NS), seen,
            List.of(new LatencyReading("a:b_begin", "a:b_end", 40, 1_000, 2_500_000, 3_000_000, 4_000_000_000L)), 4800,
            false, true);
    }

    @Test
    void shouldBeExactWhenEveryEventWasSeen() {
        final LiveRates rates = new LiveRates(reading(0, Map.of("a:b", 10L), ring(0, 100, 0)),
            reading(2 * SECOND_NS, Map.of("a:b", 310L, "a:c", 100L), ring(0, 300, 50), ring(1, 200, 0)));
        assertThat(rates.events()).containsExactly(new LiveRates.Event("a:b", 150, true),
            new LiveRates.Event("a:c", 50, true));
        assertThat(rates.rings()).extracting(one -> one.ring().ring(), LiveRates.Ring::perSecond,
            LiveRates.Ring::lostPerSecond).containsExactly(tuple(0, 100.0, 25.0),
            tuple(1, 100.0, 0.0));
        assertThat(rates.now().fired()).isEqualTo(300 + 200 + 50 + 2);
    }

    @Test
    void shouldShareWhatWasNotSeenAndSaySoWhenRingsWereOverwritten() {
        final LiveRates rates = new LiveRates(reading(0, Map.of("a:b", 0L, "a:c", 0L), ring(0, 0, 0)),
            reading(SECOND_NS, Map.of("a:b", 30L, "a:c", 10L), ring(0, 4000, 0)));
        assertThat(rates.events()).containsExactly(new LiveRates.Event("a:b", 3000, false),
            new LiveRates.Event("a:c", 1000, false));
        final StringWriter text = new StringWriter();
        StatLines.print(new PrintWriter(text, true), "", rates);
        assertThat(text.toString()).contains("4,000 events/s, discarded 0/s", "full 50 % (peak 100 %)", "~3,000  a:b",
            "recorded by process 4800", "40  a:b_begin -> a:b_end: p50 1 us, p90 2.500 ms, p99 3 ms, max 4.000 s",
            "1 refused: no memory for a ring");
    }

    @Test
    void shouldSayThatTheKindIsUnknownWhenNothingWasSeen() {
        final LiveRates rates = new LiveRates(reading(0, Map.of("a:b", 5L), ring(0, 0, 0)),
            reading(SECOND_NS, Map.of("a:b", 5L), ring(0, 4000, 0)));
        assertThat(rates.isBlind()).isTrue();
        assertThat(rates.events()).containsExactly(new LiveRates.Event("a:b", 0, false));
    }

    @Test
    void shouldFitAnyTerminalWhenThereAreManyTracepointsAndThreads() {
        final List<RingReading> rings = new ArrayList<>();
        final Map<String, Long> seen = new TreeMap<>();
        for (int i = 0; i < 200; i++) {
            rings.add(ring(i, 1_000_000_000L * i, i));
            seen.put("provider-with-a-long-name:tracepoint-" + "x".repeat(i), (long) i);
        }
        final LiveRates rates = new LiveRates(reading(0, Map.of()),
            reading(SECOND_NS, seen, rings.toArray(RingReading[]::new)));
        for (final int[] size : new int[][] {{80, 24}, {1, 1}, {20, 5}, {200, 60}, {80, 12}}) {
            final List<String> page =
                TopPage.lines("process 1 (\u001b[31mRed)", "tsc", List.of(rates), TopSort.LOSSES, size[0], size[1]);
            assertThat(page).hasSize(size[1]).allSatisfy(
                line -> assertThat(line.length()).isLessThanOrEqualTo(size[0]).as(line));
            assertThat(String.join("", page)).doesNotContain("\u001b");
        }
        assertThat(TopPage.lines("process 1", "tsc", List.of(rates), TopSort.LOSSES, 80, 24))
            .anySatisfy(line -> assertThat(line).endsWith("worker-199"));
    }
}
