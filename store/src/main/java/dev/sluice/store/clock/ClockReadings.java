// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.clock;

import dev.sluice.ring.clock.ClockTriple;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The clock readings of one target, in bounded memory however long the recording lasts. The first 65,536 readings (18
 * hours at one a second) are kept as they are. If there are more, a reading is left out if the straight line between
 * its kept neighbours passes close to it on both time lines. So the readings on both sides of a step of the wall clock,
 * or of a break of the target's own clock, are kept. The work for each reading is constant. The readings are in the
 * order of CLOCK_MONOTONIC; their ticks may go back where the target's clock did. For one thread.
 */
public final class ClockReadings {
    // How readings are thinned ("swinging door"): a kept reading is the begin of a line. Each later reading narrows the
    // range of slopes that pass all readings since the begin within the tolerance. When the slope to a reading is
    // outside of that range, the reading before it is kept and begins the next line.

    /** The most readings that are kept, not counting those that are out of order. */
    public static final int CAPACITY = 1 << 16;
    /** The most readings that are kept out of order. A salvage adds two of them. */
    static final int LATE_CAPACITY = 1024;
    private static final double FIRST_TOLERANCE_NS = 500;
    /**
     * With a tolerance greater than this, readings whose ticks do not grow are thinned too, because a forged trace may
     * have no others.
     */
    private static final double LAST_TOLERANCE_NS = 1e15;

    private long[] ticks = new long[4];
    private long[] monotonicNs = new long[4];
    private long[] realtimeNs = new long[4];
    private long[] spanNs = new long[4];
    private int count;
    /** The readings before this index were thinned already. */
    private int thinned;
    private double toleranceNs;
    private final List<ClockTriple> late = new ArrayList<>();

    /**
     * Adds a reading.
     *
     * @return null, or what is wrong with the reading, which is left out then
     */
    public String add(final ClockTriple triple) {
        if (count > 0 && triple.monotonicNs() < monotonicNs[count - 1]) {
            return triple.ticks() > ticks[count - 1] ? contradiction(triple) : addLate(triple);
        }
        if (count > 0 && triple.monotonicNs() == monotonicNs[count - 1] && triple.ticks() <= ticks[count - 1]) {
            // Two readings at the same moment do not give a slope. The first one is kept.
            return null;
        }
        if (count == CAPACITY) {
            thin();
        }
        if (count == ticks.length) {
            final int length = count * 2;
            ticks = Arrays.copyOf(ticks, length);
            monotonicNs = Arrays.copyOf(monotonicNs, length);
            realtimeNs = Arrays.copyOf(realtimeNs, length);
            spanNs = Arrays.copyOf(spanNs, length);
        }
        put(count++, triple.ticks(), triple.monotonicNs(), triple.realtimeNs(), triple.spanNs());
        return null;
    }

    private static String contradiction(final ClockTriple triple) {
        return "clock reading contradicts another one: CLOCK_MONOTONIC goes back while ticks go on: " + triple;
    }

    private String addLate(final ClockTriple triple) {
        final int found = Arrays.binarySearch(monotonicNs, 0, count, triple.monotonicNs());
        if (found >= 0) {
            return null;
        }
        final int after = -found - 1;
        final boolean isBehind = after > 0 && triple.ticks() < ticks[after - 1];
        final boolean isAhead = triple.ticks() > ticks[after];
        // If the ticks go back between the two neighbours, ticks of any value are possible between them.
        if ((isBehind || isAhead) && (after == 0 || ticks[after - 1] <= ticks[after])
            || late.stream().anyMatch(other -> contradicts(triple, other))) {
            return contradiction(triple);
        }
        if (late.size() == LATE_CAPACITY) {
            return "more than " + LATE_CAPACITY + " clock readings are out of order: " + triple;
        }
        if (late.stream().noneMatch(other -> other.monotonicNs() == triple.monotonicNs())) {
            late.add(triple);
        }
        return null;
    }

    private static boolean contradicts(final ClockTriple one, final ClockTriple other) {
        return one.ticks() < other.ticks() ? one.monotonicNs() > other.monotonicNs()
            : one.ticks() > other.ticks() && one.monotonicNs() < other.monotonicNs();
    }

    private void thin() {
        if (toleranceNs == 0) {
            toleranceNs = FIRST_TOLERANCE_NS;
        }
        thinFrom(Math.max(0, thinned - 1));
        while (count > CAPACITY / 2) {
            toleranceNs *= 2;
            thinFrom(0);
        }
        thinned = count;
    }

    /** Thins the readings after a kept one. That reading and the last one stay. */
    private void thinFrom(final int first) {
        int begin = first;
        double monotonicLow = Double.NEGATIVE_INFINITY;
        double monotonicHigh = Double.POSITIVE_INFINITY;
        double realtimeLow = Double.NEGATIVE_INFINITY;
        double realtimeHigh = Double.POSITIVE_INFINITY;
        for (int i = first + 1; i < count - 1; i++) {
            final double monotonic = difference(monotonicNs, i, begin);
            final double realtime = difference(realtimeNs, i, begin);
            final double span = difference(ticks, i, begin);
            if (span > 0) {
                monotonicLow = Math.max(monotonicLow, (monotonic - toleranceNs) / span);
                monotonicHigh = Math.min(monotonicHigh, (monotonic + toleranceNs) / span);
                realtimeLow = Math.max(realtimeLow, (realtime - toleranceNs) / span);
                realtimeHigh = Math.min(realtimeHigh, (realtime + toleranceNs) / span);
            }
            final double nextSpan = difference(ticks, i + 1, begin);
            final double nextMonotonic = difference(monotonicNs, i + 1, begin) / nextSpan;
            final double nextRealtime = difference(realtimeNs, i + 1, begin) / nextSpan;
            final boolean isOutside = nextMonotonic < monotonicLow || nextMonotonic > monotonicHigh
                || nextRealtime < realtimeLow || nextRealtime > realtimeHigh;
            if (isTurn(i) || nextSpan > 0 && isOutside) {
                begin++;
                put(begin, ticks[i], monotonicNs[i], realtimeNs[i], spanNs[i]);
                monotonicLow = Double.NEGATIVE_INFINITY;
                monotonicHigh = Double.POSITIVE_INFINITY;
                realtimeLow = Double.NEGATIVE_INFINITY;
                realtimeHigh = Double.POSITIVE_INFINITY;
            }
        }
        final int last = count - 1;
        put(begin + 1, ticks[last], monotonicNs[last], realtimeNs[last], spanNs[last]);
        count = begin + 2;
    }

    /** Whether the ticks start or stop growing at a reading, or have gone back. */
    private boolean isTurn(final int at) {
        final boolean stoodBefore = ticks[at] <= ticks[at - 1];
        final boolean standsAfter = ticks[at + 1] <= ticks[at];
        final boolean isInStop = ticks[at] == ticks[at - 1] && ticks[at + 1] == ticks[at];
        return (stoodBefore || standsAfter) && !isInStop && toleranceNs < LAST_TOLERANCE_NS;
    }

    /**
     * The difference of two values. It is exact if it fits into a long, because a double of a wall time is off by up to
     * 128 ns. Readings of a forged trace may be farther apart; then it is a rounded one.
     */
    private static double difference(final long[] values, final int one, final int other) {
        final long difference = values[one] - values[other];
        final boolean overflows = ((values[one] ^ values[other]) & (values[one] ^ difference)) < 0;
        return overflows ? (double) values[one] - values[other] : difference;
    }

    private void put(final int at, final long newTicks, final long newMonotonicNs, final long newRealtimeNs,
        final long newSpanNs) {
        ticks[at] = newTicks;
        monotonicNs[at] = newMonotonicNs;
        realtimeNs[at] = newRealtimeNs;
        spanNs[at] = newSpanNs;
    }

    /**
     * How far the lines between the kept readings may pass a reading that was left out, ns; 0 if no reading was left
     * out.
     */
    public double toleranceNs() {
        // A reading may be left out from lines whose ends replace readings that were left out before, each time with
        // half the tolerance. All these distances together are less than twice the last tolerance.
        return toleranceNs > FIRST_TOLERANCE_NS ? 2 * toleranceNs : toleranceNs;
    }

    /** The kept readings in the order of CLOCK_MONOTONIC. */
    public List<ClockTriple> triples() {
        final List<ClockTriple> triples = new ArrayList<>(count + late.size());
        for (int i = 0; i < count; i++) {
            triples.add(new ClockTriple(ticks[i], monotonicNs[i], realtimeNs[i], spanNs[i]));
        }
        if (!late.isEmpty()) {
            triples.addAll(late);
            triples.sort(Comparator.comparingLong(ClockTriple::monotonicNs));
        }
        return triples;
    }
}
