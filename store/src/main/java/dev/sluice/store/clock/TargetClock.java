// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.clock;

import dev.sluice.ring.clock.ClockTriple;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Converts a target's ticks to times on the common time lines. Between two clock triples the line is straight, and it
 * continues before the first and after the last triple. With a single triple, the frequency that the target has stated
 * is used. Around breaks of the target's clock, {@link ClockLines} gives the line. Ticks that do not decrease give a
 * CLOCK_MONOTONIC that does not decrease, and a CLOCK_REALTIME that does not decrease but where it was set back.
 * <p> If CLOCK_REALTIME was set between two triples ({@link ClockTriple#stepSince}), wall time goes on as before up to
 * the second triple, and is the new one from there on. For one thread: the object remembers the line that was used
 * last.
 */
public final class TargetClock {
    private static final double NS_PER_SECOND = 1e9;
    private final boolean known;
    private final ClockLines lines;
    /** These arrays have an element for each corner. Line i begins at corner i; the last line has no end. */
    private final long[] ticks;
    private final long[] monotonicNs;
    private final long[] realtimeNs;
    /** Nanoseconds in a tick. */
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
                // If readings are closer together than their errors, the wall clock seems to go back. Let it stand
                // still then.
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

    /** Makes another converter with the same lines, for another thread or for events in another order. */
    public TargetClock copy() {
        return new TargetClock(this);
    }

    /** Fits a line of CLOCK_MONOTONIC over ticks by least squares. The line passes through the first triple. */
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

    /** Whether there is any triple. Without one, times count from zero ticks. */
    public boolean isKnown() {
        return known;
    }

    /** CLOCK_MONOTONIC of ticks, ns. */
    public long monotonicNs(final long atTicks) {
        select(atTicks);
        final long ns = monotonicNs[line] + fromLine(atTicks, monotonicSlopes[line]);
        // Rounding must not move the end of a line past the begin of the next one.
        return line + 1 < count ? Math.min(ns, monotonicNs[line + 1]) : ns;
    }

    /** CLOCK_REALTIME of ticks, ns since 1970. */
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

    /** The places where CLOCK_REALTIME was set, by ascending ticks. */
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

    /** Ticks in a second of CLOCK_MONOTONIC, from one line that is fitted through all triples. */
    public double frequencyHz() {
        return frequencyHz;
    }

    /** Greatest distance of a triple from that fitted line, ns. */
    public double residualNs() {
        return residualNs;
    }

    /** The places where the target's clock left its line, in the order of time. */
    public List<ClockBreak> breaks(final int target) {
        return lines.breaks().stream().map(found -> found.of(target)).toList();
    }

    /**
     * How far times on CLOCK_MONOTONIC may be off, ns. This is the greatest distance of a triple from the line between
     * its neighbours, plus what the worst break leaves open about the line that an event is on.
     */
    public double errorNs() {
        return lines.errorNs() + lines.ambiguityNs();
    }

    /** Ticks of the first triple. The fitted line begins there. */
    public long firstTicks() {
        return ticks[0];
    }

    /** CLOCK_MONOTONIC of the first triple, ns. */
    public long firstMonotonicNs() {
        return monotonicNs[0];
    }

    /** CLOCK_REALTIME minus CLOCK_MONOTONIC at some ticks, ns. */
    public long wallOffsetNs(final long atTicks) {
        return realtimeNs(atTicks) - monotonicNs(atTicks);
    }
}
