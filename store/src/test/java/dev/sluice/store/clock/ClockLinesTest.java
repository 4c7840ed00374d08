// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.clock;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.testsupport.Seed;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Times of events of a counter that breaks at random, up to three times in some seconds: forward, back, to another rate
 * and to a stop, one of them often before the counter has come to where it was before the last. They are read as a
 * target reads its own (a look each 5 ms, a reading each second, two around a break that it sees), and compared with
 * the times that they had.
 */
class ClockLinesTest {
    private static final int RUNS = Integer.getInteger("sluice.runs", 1000);
    private static final long MS = 1_000_000;
    private static final long SECOND = 1_000_000_000L;
    private static final long BEGIN = 5 * SECOND;
    private static final long REALTIME = 1_700_000_000_000_000_000L;
    private static final int KINDS = 4;
    /** Between breaks: of two within the same or neighbouring looks nobody can tell which was what. */
    private static final long APART_NS = 25 * MS;
    /** A shorter stop may show to each of two looks as less than a break. */
    private static final double LEAST_STOP_NS = 60_000;
    /** What rounding and the readings' own errors add. */
    private static final long SLACK_NS = 2500;

    private final List<Piece> pieces = new ArrayList<>();
    private final StringBuilder story = new StringBuilder();
    private long endNs;
    private double ticksPerNs;

    /** From a time on, the ticks then, and how many there are in a ns. */
    private record Piece(double ns, double ticks, double rate) {
    }

    private long ticks(final double ns) {
        Piece here = pieces.get(0);
        for (final Piece piece : pieces) {
            here = piece.ns <= ns ? piece : here;
        }
        return (long) (here.ticks + (ns - here.ns) * here.rate);
    }

    private void makeCounter(final Random random) {
        pieces.clear();
        story.setLength(0);
        endNs = (3 + random.nextInt(6)) * SECOND;
        ticksPerNs = 2 + 2 * random.nextDouble();
        double rate = ticksPerNs;
        pieces.add(new Piece(0, 1e12, rate));
        final double[] breaks =
            random.doubles(random.nextInt(4), SECOND / 5.0, endNs - SECOND / 5.0).sorted().toArray();
        for (int i = 1; i < breaks.length; i++) {
            breaks[i] = Math.max(breaks[i], breaks[i - 1] + 2 * APART_NS);
        }
        for (int i = 0; i < breaks.length; i++) {
            final double at = breaks[i];
            final double limit = i + 1 < breaks.length ? breaks[i + 1] - APART_NS : 2.0 * endNs;
            final double ticksThere = ticks(at);
            // From above what may be no break (ClockTriple.LEAST_BREAK_NS and the readings' own errors) to 10 s.
            final double sizeNs = Math.pow(10, 4.5 + 5.5 * random.nextDouble());
            final int kind = random.nextInt(KINDS);
            if (kind < 2) {
                pieces.add(new Piece(at, ticksThere + (kind == 0 ? sizeNs : -sizeNs) * ticksPerNs, rate));
            } else if (kind == 2) {
                rate *= 1 + (random.nextBoolean() ? 1 : -1) * Math.pow(10, -2 + 1.5 * random.nextDouble());
                pieces.add(new Piece(at, ticksThere, rate));
            } else {
                pieces.add(new Piece(at, ticksThere, 0));
                pieces.add(new Piece(Math.min(at + Math.max(sizeNs, LEAST_STOP_NS), limit), ticksThere, rate));
            }
            story.append(String.format(" %s at %.3f ms size %.3f ms rate %.4f;",
                List.of("forward", "back", "rate", "stop").get(kind), at / MS, sizeNs / MS, rate));
        }
    }

    private ClockTriple reading(final long ns, final Random random) {
        final long span = 100 + random.nextInt(1000);
        return new ClockTriple(ticks(ns), BEGIN + ns + random.nextInt((int) span / 2) - span / 4,
            REALTIME + ns, span);
    }

    private List<ClockTriple> readings(final Random random) {
        final List<ClockTriple> stored = new ArrayList<>();
        ClockTriple last = reading(0, random);
        ClockTriple begin = last;
        ClockTriple previous = last;
        double slope = ticksPerNs;
        boolean isLineKnown = true;
        stored.add(last);
        for (long ns = 5 * MS; ns < endNs; ns += 5 * MS + random.nextInt((int) MS)) {
            final ClockTriple now = reading(ns, random);
            final boolean isBreak = isLineKnown && (now.isBreakSince(previous, slope, ticksPerNs)
                || now.isBreakSince(last, slope, ticksPerNs));
            if (isBreak && previous != last) {
                stored.add(previous);
            }
            if (isBreak || now.monotonicNs() - last.monotonicNs() >= SECOND) {
                begin = isBreak ? now : last;
                isLineKnown &= !isBreak;
                stored.add(now);
                last = now;
            }
            previous = now;
            final long elapsedNs = previous.monotonicNs() - begin.monotonicNs();
            if (elapsedNs >= 2 * MS) {
                slope = (double) (previous.ticks() - begin.ticks()) / elapsedNs;
                isLineKnown = true;
            }
        }
        stored.add(reading(endNs, random));
        return stored;
    }

    @Test
    void shouldBeOffByNoMoreThanStatedAndNeverGoBackWhenTheClockBreaksAgainAndAgain() {
        final long seed = Seed.draw("ClockLinesTest");
        for (int run = 0; run < RUNS; run++) {
            final Random random = new Random(seed + run);
            makeCounter(random);
            final TargetClock clock = new TargetClock(readings(random), Math.round(ticksPerNs * SECOND));
            final double allowed = clock.errorNs() + SLACK_NS;
            long ringTicks = Long.MIN_VALUE;
            long lastNs = Long.MIN_VALUE;
            for (long ns = 0; ns <= endNs; ns += MS / 20 + random.nextInt((int) MS / 10)) {
                // A ring's ticks never decrease (R11).
                ringTicks = Math.max(ringTicks, ticks(ns));
                final long found = clock.monotonicNs(ringTicks);
                if (found < lastNs || Math.abs(found - BEGIN - ns) > allowed) {
                    assertThat(found - BEGIN).as("sluice.seed=%d: after %d, allowed %.0f, broke:%s found %s",
                        seed + run, lastNs - BEGIN, allowed, story, clock.breaks(0)).isEqualTo(ns);
                }
                lastNs = found;
            }
        }
    }
}
