// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.ClockTriple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Puts a target's ticks on the common time lines: straight lines between neighbouring clock triples, continued beyond
 * the first and the last; with a single triple, the target's stated frequency; around breaks of the target's clock,
 * what {@link ClockLines} makes of them. Non-decreasing ticks give non-decreasing CLOCK_MONOTONIC, and non-decreasing
 * CLOCK_REALTIME but for the places where that was set back.
 * <p>
 * Between two triples that a step of CLOCK_REALTIME divides ({@link ClockTriple#stepSince}) wall time goes on as before
 * up to the second of them, and is the new one from there on. For one thread: it remembers the line that was used last.
 */
public final class TargetClock {
    private static final double NS_PER_SECOND = 1e9;
    private final boolean known;
    private final ClockLines lines;
    /** Of each corner of the lines; line i begins at corner i, and the last one has no end. */
    private final long[] ticks;
    private final long[] monotonicNs;
    private final long[] realtimeNs;
    /** Nanoseconds a tick. */
    private final double[] monotonicSlopes;
    private final double[] realtimeSlopes;
    /** Whether wall time jumps at the end of a line. */
    private final boolean[] stepped;
    private final int count;
    private final double frequencyHz;
    private final double residualNs;
    private int line;

    public TargetClock(final Collection<ClockTriple> triples, final long statedFrequencyHz) {
        known = !triples.isEmpty();
        lines = new ClockLines(known ? triples : List.of(new ClockTriple(0, 0, 0)), statedFrequencyHz / NS_PER_SECOND);
        final List<ClockTriple> used = lines.corners();
        count = used.size();
        ticks = used.stream().mapToLong(ClockTriple::ticks).toArray();
        monotonicNs = used.stream().mapToLong(ClockTriple::monotonicNs).toArray();
        realtimeNs = used.stream().mapToLong(ClockTriple::realtimeNs).toArray();
        monotonicSlopes = new double[count];
        realtimeSlopes = new double[count];
        stepped = new boolean[count];
        for (int i = 0; i < count - 1; i++) {
            final double span = ticks[i + 1] - ticks[i];
            monotonicSlopes[i] = (monotonicNs[i + 1] - monotonicNs[i]) / span;
            stepped[i] = used.get(i + 1).stepSince(used.get(i)) != 0;
            if (!stepped[i]) {
                // Where readings are closer than their errors, the wall clock seems to go back: it stands still then.
                realtimeNs[i + 1] = Math.max(realtimeNs[i], realtimeNs[i + 1]);
            }
            realtimeSlopes[i] =
                stepped[i] ? monotonicSlopes[i] : (realtimeNs[i + 1] - realtimeNs[i]) / span;
        }
        monotonicSlopes[count - 1] = 1 / lines.lastTicksPerNs();
        realtimeSlopes[count - 1] = monotonicSlopes[count - 1];
        frequencyHz = fit(statedFrequencyHz);
        residualNs = residual();
    }

    private TargetClock(final TargetClock other) {
        known = other.known;
        lines = other.lines;
        ticks = other.ticks;
        monotonicNs = other.monotonicNs;
        realtimeNs = other.realtimeNs;
        monotonicSlopes = other.monotonicSlopes;
        realtimeSlopes = other.realtimeSlopes;
        stepped = other.stepped;
        count = other.count;
        frequencyHz = other.frequencyHz;
        residualNs = other.residualNs;
    }

    /** Another converter over the same lines, for another thread or another order of use. */
    TargetClock copy() {
        return new TargetClock(this);
    }

    /** Least squares through the first triple, CLOCK_MONOTONIC over ticks. */
    private double fit(final long statedFrequencyHz) {
        double product = 0;
        double square = 0;
        for (int i = 1; i < count; i++) {
            final double dx = ticks[i] - ticks[0];
            product += dx * (monotonicNs[i] - monotonicNs[0]);
            square += dx * dx;
        }
        return product > 0 ? NS_PER_SECOND * square / product : statedFrequencyHz;
    }

    private double residual() {
        double greatest = 0;
        for (int i = 0; i < count; i++) {
            final double fitted = (ticks[i] - ticks[0]) * NS_PER_SECOND / frequencyHz;
            greatest = Math.max(greatest, Math.abs(monotonicNs[i] - monotonicNs[0] - fitted));
        }
        return greatest;
    }

    /** Whether there is any triple; if not, times count from zero ticks. */
    public boolean isKnown() {
        return known;
    }

    /** CLOCK_MONOTONIC of some ticks, ns. */
    public long monotonicNs(final long atTicks) {
        select(atTicks);
        final long ns = monotonicNs[line] + fromLine(atTicks, monotonicSlopes[line]);
        // Rounding must not carry the end of one line over the begin of the next.
        return line + 1 < count ? Math.min(ns, monotonicNs[line + 1]) : ns;
    }

    /** CLOCK_REALTIME of some ticks, ns since 1970. */
    public long realtimeNs(final long atTicks) {
        select(atTicks);
        final long ns = realtimeNs[line] + fromLine(atTicks, realtimeSlopes[line]);
        return line + 1 < count && !stepped[line] ? Math.min(ns, realtimeNs[line + 1]) : ns;
    }

    private long fromLine(final long atTicks, final double slope) {
        final long distance = atTicks - ticks[line];
        return (long) (distance < 0 ? distance / lines.firstTicksPerNs() : distance * slope);
    }

    private void select(final long atTicks) {
        while (line + 1 < count && atTicks >= ticks[line + 1]) {
            line++;
        }
        while (line > 0 && atTicks < ticks[line]) {
            line--;
        }
    }

    /** Where CLOCK_REALTIME was set, by ascending ticks. */
    public List<ClockStep> steps(final int target) {
        final List<ClockStep> steps = new ArrayList<>();
        for (int i = 0; i < count - 1; i++) {
            if (stepped[i]) {
                final long withinNs = monotonicNs[i + 1] - monotonicNs[i];
                steps.add(new ClockStep(target, ticks[i + 1], monotonicNs[i + 1], realtimeNs[i] + withinNs,
                    realtimeNs[i + 1], withinNs));
            }
        }
        return steps;
    }

    /** Ticks in a second of CLOCK_MONOTONIC: one line fitted over all triples. */
    public double frequencyHz() {
        return frequencyHz;
    }

    /** Greatest distance of any triple from that line, ns. */
    public double residualNs() {
        return residualNs;
    }

    /** Where the target's clock left its line, in the order of time. */
    public List<ClockBreak> breaks(final int target) {
        return lines.breaks().stream().map(found -> found.of(target)).toList();
    }

    /**
     * How far times on CLOCK_MONOTONIC may be off, ns: as far as the line between its neighbours passes the worst of
     * the triples, and as far as the worst break leaves it open which line an event is on.
     */
    public double errorNs() {
        return lines.errorNs() + lines.breaks().stream().mapToDouble(ClockBreak::ambiguityNs).max().orElse(0);
    }

    /** Ticks of the first triple, where the fitted line begins. */
    public long firstTicks() {
        return ticks[0];
    }

    /** CLOCK_MONOTONIC of the first triple, ns. */
    public long firstMonotonicNs() {
        return monotonicNs[0];
    }

    /** CLOCK_REALTIME less CLOCK_MONOTONIC at some ticks, ns. */
    public long wallOffsetNs(final long atTicks) {
        return realtimeNs(atTicks) - monotonicNs(atTicks);
    }
}
