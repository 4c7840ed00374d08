// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.store.clock.ClockStep;
import dev.sluice.store.clock.TargetClock;
import dev.sluice.store.query.Selection;
import dev.sluice.store.query.TimeBound;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;

/**
 * A range of time as ticks of one target. If the wall clock was set, a range of wall time may be several pieces of the
 * target's time. Then the ticks span all of these pieces, and {@link #isInside} tells which events in the span are
 * selected. Immutable but for the clock; so for one thread.
 */
final class TickRange {
    /** Ticks of the first event that may be in the range. */
    final long from;
    /** Ticks after the last event that may be in the range. */
    final long to;
    /** Whether the wall time of each event has to be compared. */
    final boolean isByEvent;
    private final TargetClock clock;
    private final long fromWallNs;
    private final long toWallNs;

    private TickRange(final TargetClock clock, final long from, final long to, final boolean isByEvent,
        final long fromWallNs, final long toWallNs) {
        this.clock = clock;
        this.from = from;
        this.to = to;
        this.isByEvent = isByEvent;
        this.fromWallNs = fromWallNs;
        this.toWallNs = toWallNs;
    }

    boolean isAll() {
        return from == Long.MIN_VALUE && to == Long.MAX_VALUE && !isByEvent;
    }

    boolean isInside(final long ticks) {
        final long wallNs = clock.realtimeNs(ticks);
        return wallNs >= fromWallNs && wallNs < toWallNs;
    }

    /** Begin and end of a trace, by both clocks, ns. */
    record Span(long beginNs, long endNs, long beginWallNs, long endWallNs) {
        static Span of(final List<PacketStream> streams) {
            long begin = Long.MAX_VALUE;
            long end = Long.MIN_VALUE;
            long beginWall = 0;
            long endWall = 0;
            for (final PacketStream stream : streams) {
                if (stream.events() > 0) {
                    final TargetClock clock = stream.target().clock();
                    if (clock.monotonicNs(stream.beginTicks()) < begin) {
                        begin = clock.monotonicNs(stream.beginTicks());
                        beginWall = clock.realtimeNs(stream.beginTicks());
                    }
                    if (clock.monotonicNs(stream.endTicks()) > end) {
                        end = clock.monotonicNs(stream.endTicks());
                        endWall = clock.realtimeNs(stream.endTicks());
                    }
                }
            }
            return begin > end ? new Span(0, 0, 0, 0) : new Span(begin, end, beginWall, endWall);
        }
    }

    /** The range of a selection for one target. */
    static TickRange of(final Selection selection, final TargetTrace target, final Span span) {
        final TargetClock clock = target.clock();
        long least = Long.MAX_VALUE;
        long greatest = Long.MIN_VALUE;
        for (final PacketStream stream : target.streams()) {
            if (stream.packetCount() > 0) {
                least = Math.min(least, stream.beginTicks());
                greatest = Math.max(greatest, stream.endTicks());
            }
        }
        final Pieces pieces = new Pieces(clock, target, least, greatest);
        final TimeBound from = selection.from().orElse(null);
        final TimeBound to = selection.to().orElse(null);
        final boolean isFromWall = from != null && isWall(from);
        final boolean isToWall = to != null && isWall(to);
        final long fromWall = isFromWall ? from.wallNs(span.beginWallNs, span.endWallNs) : Long.MIN_VALUE;
        final long toWall = isToWall ? to.wallNs(span.beginWallNs, span.endWallNs) : Long.MAX_VALUE;
        if (from != null && to != null && from.origin() == TimeBound.Origin.DAY && to.origin() == from.origin()
            && fromWall > toWall) {
            throw TimeBound.reversed();
        }
        final long begin = from == null ? Long.MIN_VALUE
            : isFromWall ? pieces.firstAtWall(fromWall) : pieces.firstAt(monotonicNs(from, span));
        final long end = to == null ? Long.MAX_VALUE
            : isToWall ? pieces.behindWall(toWall) : pieces.firstAt(monotonicNs(to, span));
        return new TickRange(clock, begin, end, pieces.count() > 1 && (isFromWall || isToWall), fromWall, toWall);
    }

    private static boolean isWall(final TimeBound bound) {
        return bound.origin() == TimeBound.Origin.WALL || bound.origin() == TimeBound.Origin.DAY;
    }

    private static long monotonicNs(final TimeBound bound, final Span span) {
        return bound.origin() == TimeBound.Origin.BEGIN ? saturated(span.beginNs, bound.ns())
            : saturated(span.endNs, -bound.ns());
    }

    private static long saturated(final long one, final long other) {
        final long sum = one + other;
        return ((one ^ sum) & (other ^ sum)) < 0 ? other < 0 ? Long.MIN_VALUE : Long.MAX_VALUE : sum;
    }

    /** A target's ticks, split where its wall clock was set. Inside one piece, wall time never goes back. */
    private static final class Pieces {
        private final TargetClock clock;
        /** The begin of each piece, and the end of the last piece. */
        private final List<Long> ends = new ArrayList<>();

        Pieces(final TargetClock clock, final TargetTrace target, final long least, final long greatest) {
            this.clock = clock;
            if (least <= greatest) {
                ends.add(least);
                for (final ClockStep step : clock.steps(target.index())) {
                    if (step.ticks() > ends.get(ends.size() - 1) && step.ticks() <= greatest) {
                        ends.add(step.ticks());
                    }
                }
                ends.add(greatest == Long.MAX_VALUE ? greatest : greatest + 1);
            }
        }

        int count() {
            return Math.max(0, ends.size() - 1);
        }

        /** The first ticks at which CLOCK_MONOTONIC has reached the given time. */
        long firstAt(final long ns) {
            return count() == 0 ? 0 : first(ends.get(0), ends.get(count()), clock::monotonicNs, ns);
        }

        long firstAtWall(final long ns) {
            for (int i = 0; i < count(); i++) {
                final long found = first(ends.get(i), ends.get(i + 1), clock::realtimeNs, ns);
                if (found < ends.get(i + 1)) {
                    return found;
                }
            }
            return Long.MAX_VALUE;
        }

        /** The ticks after the last ones at which the wall clock had not reached the given time. */
        long behindWall(final long ns) {
            for (int i = count() - 1; i >= 0; i--) {
                final long found = first(ends.get(i), ends.get(i + 1), clock::realtimeNs, ns);
                if (found > ends.get(i)) {
                    return found;
                }
            }
            return Long.MIN_VALUE;
        }

        private static long first(final long from, final long to, final LongUnaryOperator nsOf, final long ns) {
            long low = from;
            long high = to;
            while (low < high) {
                // The sum of the two may not fit into a long, because forged ticks may have any value.
                final long middle = (low & high) + ((low ^ high) >> 1);
                if (nsOf.applyAsLong(middle) < ns) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }
    }
}
