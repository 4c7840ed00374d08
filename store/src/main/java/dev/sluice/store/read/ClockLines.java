// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.ClockTriple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Makes of a clock's readings the corners of a line that never falls, from ticks to CLOCK_MONOTONIC, and finds where
 * the clock broke. Immutable once made.
 */
final class ClockLines {
    // 1. Readings are taken in the order of CLOCK_MONOTONIC, which never goes back. Each is judged by the rate of those
    //    before it (ClockTriple.isBreakSince). One that does not fit is a break: a change of rate if the reading after
    //    it has another rate as well, a stop if that is none, else a jump.
    // 2. A jump forward by J ticks within d ns, in which the clock would have made D ticks: ticks up to t1 + D can only
    //    be from before, those from t1 + J on only from behind. The old line goes on to the middle of the time between,
    //    time stands still there, and the new line begins there. An event is off by at most half of d, or by J.
    // 3. A jump back from t1 to t2: ticks up to t1 + D get the old line, those above it the new one. Events behind the
    //    break that have ticks which were there before, or which their ring holds at the last ticks it had (R11), are
    //    too early by up to J.
    // 4. A clock that stands still is a jump back by as long as it stood.
    // 5. A change of rate needs nothing but the readings: between two of them an event is off by at most what the
    //    second was off the old line.

    /** Rates that differ by less than this are one. */
    private static final double LEAST_RATE_CHANGE = 1e-3;
    /** A stated frequency, which was measured for a short time only, is right up to this. */
    private static final double STATED_ERROR = 1e-2;
    /** Slower than this part of its rate a clock stands still. */
    private static final double STANDING = 1e-2;
    /** Readings that lie closer together than this make too rough a line, ns. */
    private static final long LEAST_BASE_NS = 1_000_000;
    private static final int MOST_BREAKS = 10_000;

    private final List<ClockTriple> readings;
    private final double nominal;
    private final List<ClockTriple> corners = new ArrayList<>();
    private final List<ClockBreak> breaks = new ArrayList<>();
    private double firstTicksPerNs;
    private double errorNs;
    /** Ticks in a ns of the line that goes on; 0 while the clock stands still. */
    private double rate;
    /** The same of the last time that it did not. */
    private double runningRate;
    /** A reading whose ticks were there before, through which the new line begins; or null. */
    private ClockTriple hidden;
    /** Index of the reading where it came to stand still, while it does. */
    private int stop = -1;

    /**
     * Makes lines.
     *
     * @param triples           at least one
     * @param statedTicksPerNs  ticks in a ns as the target has said
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

    /** How far the line between its neighbours passes the worst of the readings, and the worst span of a reading. */
    double errorNs() {
        return errorNs;
    }

    /** Slope before the first corner. */
    double firstTicksPerNs() {
        return firstTicksPerNs;
    }

    /** Slope behind the last corner. */
    double lastTicksPerNs() {
        return runningRate;
    }

    private double rate(final int from, final int to) {
        final double elapsed = (double) readings.get(to).monotonicNs() - readings.get(from).monotonicNs();
        return elapsed < LEAST_BASE_NS ? Double.NaN
            : difference(readings.get(to).ticks(), readings.get(from).ticks()) / elapsed;
    }

    /** Exact where it is a long; forged readings may be farther apart. */
    private static double difference(final long one, final long other) {
        final long difference = one - other;
        return ((one ^ other) & (one ^ difference)) < 0 ? (double) one - other : difference;
    }

    private static boolean isSame(final double one, final double other, final double error) {
        return Math.abs(one - other) <= error * Math.abs(other);
    }

    /** That of the first two readings, unless the next one agrees with what the target has stated and they do not. */
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
        final ClockTriple earlier = readings.get(at - 1);
        final ClockTriple now = readings.get(at);
        final long withinNs = now.monotonicNs() - earlier.monotonicNs();
        final double next = at + 1 < readings.size() ? rate(at, at + 1) : Double.NaN;
        if (stop >= 0) {
            // It runs again.
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
        if (isOtherRate && newRate > 0) {
            rate = newRate;
            runningRate = newRate;
            found(ClockBreak.Kind.RATE, now, (long) aheadNs, newRate / oldRate - 1, withinNs,
                (long) Math.abs(aheadNs));
            append(now);
        } else {
            jumped(earlier, now, oldRate, aheadNs, withinNs);
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
            // Note 3: the clock may have gone on for all of the time between the readings before it went back.
            final long until = (long) (earlier.ticks() + withinNs * oldRate);
            if (hidden == null && until > earlier.ticks()) {
                append(new ClockTriple(until, now.monotonicNs(), earlier.realtimeNs() + withinNs));
            }
        }
        append(now);
    }

    private void found(final ClockBreak.Kind kind, final ClockTriple at, final long sizeNs, final double rateChange,
        final long withinNs, final long ambiguityNs) {
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

    /** Note 2. */
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

    /** The line through a hidden reading comes out of hiding. */
    private void rise(final long atTicks, final double ticksPerNs) {
        final long laterNs = Math.max(0, (long) (difference(atTicks, hidden.ticks()) / ticksPerNs));
        final ClockTriple top = corners.get(corners.size() - 1);
        if (atTicks > top.ticks()) {
            corners.add(new ClockTriple(atTicks, Math.max(top.monotonicNs(), hidden.monotonicNs() + laterNs),
                hidden.realtimeNs() + laterNs));
        }
        hidden = null;
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
            // Around a break there is no such line; what it leaves open is counted apart.
            if (slope > 0 && !at.isBreakSince(before, slope, slope)) {
                mostNs = Math.max(mostNs, Math.abs(at.aheadNs(before, slope, slope)));
            }
        }
        errorNs += mostNs;
    }
}
