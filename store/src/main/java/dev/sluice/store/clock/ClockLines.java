// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.clock;

import dev.sluice.ring.clock.ClockTriple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Turns a clock's readings into the corners of a line from ticks to CLOCK_MONOTONIC that never falls, and finds where
 * the clock broke. Immutable after it was made.
 */
final class ClockLines {
    // 1. Readings are taken in the order of CLOCK_MONOTONIC, which never goes back. Each reading is compared with the
    //    rate of the readings before it (ClockTriple.isBreakSince). A reading that does not fit that rate is a break:
    //    a stop if the clock stands still after it, a change of rate if the reading after it has another rate as well,
    //    else a jump.
    // 2. A jump forward by J ticks, between two readings that are d ns apart, at ticks t1 before. Without the jump the
    //    clock would have made D ticks in d ns. Ticks up to t1 + D can only be from before the jump, ticks from t1 + J
    //    on only from after it. The old line goes on to the middle of the time between the readings, time stands still
    //    there, and the new line begins there. An event is off by at most half of d, or by J.
    // 3. A jump back from t1 to t2: ticks up to t1 + D get the old line, ticks above it the new line. Events after the
    //    break whose ticks the clock had before, or whose ring raised their ticks to the last ticks it had (R11), get a
    //    time that is up to J too early.
    //    If the clock jumps back again, or runs slower, before it has reached its highest ticks again, these errors add
    //    up: heldNs says how long the line has to wait at its highest ticks.
    // 4. A clock that stands still is treated as a jump back by the time that it stood.
    // 5. A change of rate needs nothing but the readings: between two of them, an event is off by at most the distance
    //    of the second reading from the old line.

    /** Two rates that differ by less than this part are taken as the same rate. */
    private static final double LEAST_RATE_CHANGE = 1e-3;
    /**
     * The target has measured the frequency that it states for a short time only. The frequency may be wrong by this
     * part.
     */
    private static final double STATED_ERROR = 1e-2;
    /** A clock that runs slower than this part of its rate is taken as standing still. */
    private static final double STANDING = 1e-2;
    /** Two readings that lie closer together than this, in ns, do not give a useful rate. */
    private static final long LEAST_BASE_NS = 1_000_000;
    private static final int MOST_BREAKS = 10_000;

    private final List<ClockTriple> readings;
    private final double nominal;
    private final List<ClockTriple> corners = new ArrayList<>();
    private final List<ClockBreak> breaks = new ArrayList<>();
    private double firstTicksPerNs;
    private double errorNs;
    /** How far times may be off because the clock had the same ticks more than once, by all breaks together, ns. */
    private long heldNs;
    /**
     * How far the last break, together with the breaks right before it, may put times off, ns. The field after it is
     * the greatest value of this.
     */
    private long chainedNs;
    private long mostChainedNs;
    private int lastBreak = Integer.MIN_VALUE / 2;
    /** Ticks in a ns of the line that is being continued; 0 while the clock stands still. */
    private double rate;
    /** The rate when the clock ran last. While it stands still, this is the rate from before. */
    private double runningRate;
    /** A reading whose ticks the line has reached before, and through which the new line begins; or null. */
    private ClockTriple hidden;
    /** While the clock stands still, the index of the first reading of the stop; else -1. */
    private int stop = -1;

    /**
     * Makes the lines.
     *
     * @param triples           at least one reading
     * @param statedTicksPerNs  ticks in a ns, as the target has stated them
     */
    ClockLines(final Collection<ClockTriple> triples, final double statedTicksPerNs) {
        readings = triples.stream().sorted(Comparator.comparingLong(ClockTriple::monotonicNs)
            .thenComparingLong(ClockTriple::ticks)).toList();
        nominal = statedTicksPerNs;
        runningRate = firstRate();
        rate = runningRate;
        firstTicksPerNs = runningRate;
        corners.add(readings.get(0));
        for (int i = 1; i < readings.size(); i++) {
            add(i);
        }
        if (stop >= 0) {
            closeStop(readings.size() - 1);
        }
        if (hidden != null) {
            rise(highest() + 1, runningRate);
        }
        measure();
    }

    /** Corners by ascending ticks, at least one. */
    List<ClockTriple> corners() {
        return corners;
    }

    /** Breaks in the order of time. */
    List<ClockBreak> breaks() {
        return breaks;
    }

    /**
     * The greatest distance, in ns, of a reading from the line between its neighbours, plus half of the greatest span
     * of a reading.
     */
    double errorNs() {
        return errorNs;
    }

    /** How far times near breaks may be off, in ns: as far as the worst break leaves open on which line an event is. */
    double ambiguityNs() {
        return Math.max(heldNs, mostChainedNs);
    }

    /** Ticks in a ns before the first corner. */
    double firstTicksPerNs() {
        return firstTicksPerNs;
    }

    /** Ticks in a ns after the last corner. */
    double lastTicksPerNs() {
        return runningRate;
    }

    private double rate(final int from, final int to) {
        final double elapsed = (double) readings.get(to).monotonicNs() - readings.get(from).monotonicNs();
        return elapsed < LEAST_BASE_NS ? Double.NaN
            : difference(readings.get(to).ticks(), readings.get(from).ticks()) / elapsed;
    }

    /**
     * The difference of two numbers. It is exact if it fits into a long; readings of a forged trace may be farther
     * apart.
     */
    private static double difference(final long one, final long other) {
        final long difference = one - other;
        return ((one ^ other) & (one ^ difference)) < 0 ? (double) one - other : difference;
    }

    private static boolean isSame(final double one, final double other, final double error) {
        return Math.abs(one - other) <= error * Math.abs(other);
    }

    /**
     * The rate of the first two readings. If that rate differs from what the target has stated and the rate of the next
     * two readings agrees with it, the latter is taken.
     */
    private double firstRate() {
        final double first = readings.size() > 1 ? rate(0, 1) : Double.NaN;
        final double second = readings.size() > 2 ? rate(1, 2) : Double.NaN;
        final boolean isBroken =
            isSame(second, nominal, STATED_ERROR) && !isSame(first, nominal, STATED_ERROR);
        return isBroken ? second : first > 0 ? first : nominal;
    }

    private void add(final int at) {
        final ClockTriple earlier = readings.get(at - 1);
        final ClockTriple now = readings.get(at);
        if (now.isBreakSince(earlier, rate, runningRate)) {
            broke(at, now.aheadNs(earlier, rate, runningRate));
            return;
        }
        append(now);
        final double newRate = rate(at - 1, at);
        if (stop < 0 && newRate > 0) {
            rate = newRate;
            runningRate = newRate;
        }
    }

    private void broke(final int at, final double aheadNs) {
        // The line after a break is made from the reading after it, so breaks that are two readings apart may be
        // connected.
        chainedNs = at - lastBreak <= 2 ? chainedNs : 0;
        lastBreak = at;
        final ClockTriple earlier = readings.get(at - 1);
        final ClockTriple now = readings.get(at);
        final long withinNs = now.monotonicNs() - earlier.monotonicNs();
        if (hidden != null) {
            // The earlier reading is the hidden one. Up to the break, which may be as late as the reading after it, an
            // event may have had the earlier reading's ticks, in a stop for example.
            heldNs = Math.max(heldNs, now.monotonicNs() - monotonicNs(earlier.ticks()));
        }
        final double next = at + 1 < readings.size() ? rate(at, at + 1) : Double.NaN;
        if (stop >= 0) {
            // The clock runs again.
            closeStop(at);
            rate = next > 0 ? next : runningRate;
            runningRate = rate;
            append(now);
            return;
        }
        final double oldRate = rate;
        if (Math.abs(next) < STANDING * oldRate) {
            stop = at;
            rate = 0;
            append(now);
            return;
        }
        final double newRate = Double.isNaN(next) ? rate(at - 1, at) : next;
        final boolean isOtherRate = Double.isNaN(next)
            ? isSame(newRate, oldRate, 10 * STATED_ERROR) : !isSame(newRate, oldRate, LEAST_RATE_CHANGE);
        // A change of rate cannot make ticks go back. So this is a jump, even if the rate has changed as well.
        final boolean isRate = isOtherRate && newRate > 0 && now.ticks() > earlier.ticks();
        if (isRate) {
            found(ClockBreak.Kind.RATE, now, (long) aheadNs, newRate / oldRate - 1, withinNs,
                (long) Math.abs(aheadNs));
            append(now);
        } else {
            jumped(earlier, now, oldRate, aheadNs, withinNs);
        }
        if (isOtherRate && newRate > 0) {
            rate = newRate;
            runningRate = newRate;
        }
    }

    private void jumped(final ClockTriple earlier, final ClockTriple now, final double oldRate, final double aheadNs,
        final long withinNs) {
        final boolean isForward = aheadNs > 0;
        found(ClockBreak.Kind.JUMP, now, (long) aheadNs, 0, withinNs,
            isForward ? Math.min((long) aheadNs, withinNs / 2 + 1) : (long) -aheadNs);
        if (isForward) {
            jumpForward(earlier, now, oldRate);
        } else if (now.ticks() < earlier.ticks()) {
            // Note 3: the clock may have run for all the time between the two readings before it went back.
            final long until = (long) (earlier.ticks() + withinNs * oldRate);
            if (hidden == null && until > earlier.ticks()) {
                append(new ClockTriple(until, now.monotonicNs(), earlier.realtimeNs() + withinNs));
            }
        }
        append(now);
    }

    private void found(final ClockBreak.Kind kind, final ClockTriple at, final long sizeNs, final double rateChange,
        final long withinNs, final long ambiguityNs) {
        // What began within one interval may have lasted into the next one; for example a stop that ended there.
        chainedNs += Math.min(ambiguityNs, Long.MAX_VALUE - chainedNs);
        mostChainedNs = Math.max(mostChainedNs, chainedNs);
        if (breaks.size() < MOST_BREAKS) {
            breaks.add(new ClockBreak(0, kind, at.monotonicNs(), at.realtimeNs(), sizeNs, rateChange, withinNs,
                ambiguityNs));
        }
    }

    private void closeStop(final int end) {
        final ClockTriple at = readings.get(stop);
        final long withinNs = at.monotonicNs() - readings.get(stop - 1).monotonicNs();
        final long lengthNs = readings.get(end).monotonicNs() - readings.get(stop - 1).monotonicNs();
        found(ClockBreak.Kind.STOP, at, lengthNs, -1, withinNs, lengthNs);
        stop = -1;
    }

    /** See note 2. */
    private void jumpForward(final ClockTriple earlier, final ClockTriple now, final double oldRate) {
        final long halfNs = (now.monotonicNs() - earlier.monotonicNs()) / 2;
        final long halfTicks = (long) (halfNs * oldRate);
        final long old = earlier.ticks() + halfTicks;
        final long begin = now.ticks() - halfTicks;
        if (hidden == null && old > earlier.ticks() && begin > old && now.ticks() > begin) {
            final long ns = earlier.monotonicNs() + halfNs;
            append(new ClockTriple(old, ns, earlier.realtimeNs() + halfNs));
            append(new ClockTriple(begin, ns, earlier.realtimeNs() + halfNs));
        }
    }

    private long highest() {
        return corners.get(corners.size() - 1).ticks();
    }

    private void append(final ClockTriple triple) {
        if (triple.ticks() <= highest()) {
            hidden = triple;
            heldNs = Math.max(heldNs, triple.monotonicNs() - monotonicNs(triple.ticks()));
            return;
        }
        if (hidden != null) {
            final double elapsed = (double) triple.monotonicNs() - hidden.monotonicNs();
            rise(highest() + 1, elapsed > 0 ? difference(triple.ticks(), hidden.ticks()) / elapsed : runningRate);
        }
        if (triple.ticks() > highest()) {
            corners.add(triple);
        }
    }

    /** Makes the line through the hidden reading begin at the given ticks, which the old line has not reached. */
    private void rise(final long atTicks, final double ticksPerNs) {
        final long laterNs = Math.max(0, (long) (difference(atTicks, hidden.ticks()) / ticksPerNs));
        final ClockTriple top = corners.get(corners.size() - 1);
        if (atTicks > top.ticks()) {
            final long ns = Math.max(top.monotonicNs(), hidden.monotonicNs() + laterNs);
            corners.add(new ClockTriple(atTicks, ns, hidden.realtimeNs() + laterNs));
            heldNs = Math.max(heldNs, ns - top.monotonicNs());
        }
        hidden = null;
    }

    /** CLOCK_MONOTONIC of ticks, by the corners so far. The last corner has at least as many ticks. */
    private long monotonicNs(final long ticks) {
        int after = corners.size() - 1;
        int before = 0;
        while (after - before > 1) {
            final int middle = before + after >>> 1;
            before = corners.get(middle).ticks() <= ticks ? middle : before;
            after = corners.get(middle).ticks() <= ticks ? after : middle;
        }
        final ClockTriple low = corners.get(before);
        final ClockTriple high = corners.get(after);
        final double ticksPerNs = low == high || ticks < low.ticks() ? firstTicksPerNs
            : difference(high.ticks(), low.ticks()) / difference(high.monotonicNs(), low.monotonicNs());
        return low.monotonicNs() + (long) (difference(ticks, low.ticks()) / ticksPerNs);
    }

    private void measure() {
        for (int i = 0; i < readings.size(); i++) {
            errorNs = Math.max(errorNs, readings.get(i).spanNs() / 2.0);
        }
        double mostNs = 0;
        for (int i = 1; i + 1 < readings.size(); i++) {
            final ClockTriple before = readings.get(i - 1);
            final ClockTriple at = readings.get(i);
            final ClockTriple after = readings.get(i + 1);
            final double slope = difference(after.ticks(), before.ticks())
                / difference(after.monotonicNs(), before.monotonicNs());
            // Around a break the readings are not on one line. The uncertainty that the break causes is counted
            // separately.
            if (slope > 0 && !at.isBreakSince(before, slope, slope)) {
                mostNs = Math.max(mostNs, Math.abs(at.aheadNs(before, slope, slope)));
            }
        }
        errorNs += mostNs;
    }
}
