// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.store;

import dev.sluice.ring.ClockTriple;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Puts a target's ticks on the common time lines: straight lines between neighbouring clock triples, and the first and
 * the last line continued beyond them; with a single triple, the target's stated frequency. Non-decreasing ticks give
 * non-decreasing CLOCK_MONOTONIC. For one thread: it remembers the line that was used last.
 */
public final class TargetClock {
    private static final double NS_PER_SECOND = 1e9;

    private final boolean known;
    private final long[] ticks;
    private final long[] monotonicNs;
    private final long[] realtimeNs;
    private final double[] monotonicSlopes;
    private final double[] realtimeSlopes;
    private final double frequencyHz;
    private final double residualNs;
    private int line;

    TargetClock(final Collection<ClockTriple> triples, final long statedFrequencyHz) {
        known = !triples.isEmpty();
        final List<ClockTriple> sorted = (known ? triples : List.of(new ClockTriple(0, 0, 0))).stream()
            .sorted(Comparator.comparingLong(ClockTriple::ticks)).toList();
        final int count = sorted.size();
        ticks = new long[count];
        monotonicNs = new long[count];
        realtimeNs = new long[count];
        int used = 0;
        for (final ClockTriple triple : sorted) {
            // Two readings of one tick say nothing about a slope.
            if (used == 0 || triple.ticks() > ticks[used - 1]) {
                if (used > 0 && triple.monotonicNs() < monotonicNs[used - 1]) {
                    throw new IllegalArgumentException("CLOCK_MONOTONIC goes back: " + triple);
                }
                ticks[used] = triple.ticks();
                monotonicNs[used] = triple.monotonicNs();
                realtimeNs[used++] = triple.realtimeNs();
            }
        }
        final int lines = Math.max(1, used - 1);
        monotonicSlopes = new double[lines];
        realtimeSlopes = new double[lines];
        monotonicSlopes[0] = NS_PER_SECOND / statedFrequencyHz;
        realtimeSlopes[0] = monotonicSlopes[0];
        for (int i = 0; i < used - 1; i++) {
            final double span = ticks[i + 1] - ticks[i];
            monotonicSlopes[i] = (monotonicNs[i + 1] - monotonicNs[i]) / span;
            realtimeSlopes[i] = (realtimeNs[i + 1] - realtimeNs[i]) / span;
        }
        frequencyHz = fit(used, statedFrequencyHz);
        residualNs = residual(used);
    }

    private TargetClock(final TargetClock other) {
        known = other.known;
        ticks = other.ticks;
        monotonicNs = other.monotonicNs;
        realtimeNs = other.realtimeNs;
        monotonicSlopes = other.monotonicSlopes;
        realtimeSlopes = other.realtimeSlopes;
        frequencyHz = other.frequencyHz;
        residualNs = other.residualNs;
    }

    /** Another converter over the same lines, for another thread or another order of use. */
    TargetClock copy() {
        return new TargetClock(this);
    }

    /** Least squares through the first triple, CLOCK_REALTIME over ticks. */
    private double fit(final int used, final long statedFrequencyHz) {
        double product = 0;
        double square = 0;
        for (int i = 1; i < used; i++) {
            final double dx = ticks[i] - ticks[0];
            product += dx * (realtimeNs[i] - realtimeNs[0]);
            square += dx * dx;
        }
        return product > 0 ? NS_PER_SECOND * square / product : statedFrequencyHz;
    }

    private double residual(final int used) {
        double greatest = 0;
        for (int i = 0; i < used; i++) {
            final double fitted = (ticks[i] - ticks[0]) * NS_PER_SECOND / frequencyHz;
            greatest = Math.max(greatest, Math.abs(realtimeNs[i] - realtimeNs[0] - fitted));
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
        final long ns = monotonicNs[line] + (long) ((atTicks - ticks[line]) * monotonicSlopes[line]);
        // Rounding must not carry the end of one line over the begin of the next.
        return line + 1 < monotonicSlopes.length ? Math.min(ns, monotonicNs[line + 1]) : ns;
    }

    /** CLOCK_REALTIME of some ticks, ns since 1970. */
    public long realtimeNs(final long atTicks) {
        select(atTicks);
        return realtimeNs[line] + (long) ((atTicks - ticks[line]) * realtimeSlopes[line]);
    }

    private void select(final long atTicks) {
        while (line + 1 < monotonicSlopes.length && atTicks >= ticks[line + 1]) {
            line++;
        }
        while (line > 0 && atTicks < ticks[line]) {
            line--;
        }
    }

    /** Ticks in a second of CLOCK_REALTIME: one line fitted over all triples. */
    public double frequencyHz() {
        return frequencyHz;
    }

    /** Greatest distance of any triple from that line, ns. */
    public double residualNs() {
        return residualNs;
    }

    /** Ticks of the first triple, where the fitted line begins. */
    public long firstTicks() {
        return ticks[0];
    }

    /** CLOCK_REALTIME of the first triple, ns since 1970. */
    public long firstRealtimeNs() {
        return realtimeNs[0];
    }
}
