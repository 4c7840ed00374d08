// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.flight;

import dev.sluice.ring.packet.TargetId;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceReader;

/**
 * A moment for which a snapshot is wanted: that of an event, or one of CLOCK_MONOTONIC itself. The time of an event is
 * not final when it is first read: a target's clock is read from time to time, and what was fired behind the last
 * reading lies on a line that the next reading moves, mostly by nanoseconds. So an event is known by its ticks, and its
 * time is asked of the trace that the snapshot is made of.
 *
 * @param target who fired the event; null if the moment is none of an event
 * @param ticks  when the event was fired, by the target's clock
 * @param atNs   CLOCK_MONOTONIC, ns, as it was known when the event was read
 */
record Moment(TargetId target, long ticks, long atNs) {
    /** The moment of an event. */
    static Moment of(final EventView event) {
        return new Moment(event.target().info().id(), event.ticks(), event.monotonicNs());
    }

    /** A moment of CLOCK_MONOTONIC. */
    static Moment at(final long ns) {
        return new Moment(null, 0, ns);
    }

    /** Whether it is after another one: of one clock that is certain, whatever was known of it each time. */
    boolean isAfter(final Moment other) {
        return target != null && target.equals(other.target) ? ticks > other.ticks : atNs > other.atNs;
    }

    /** CLOCK_MONOTONIC by the clock readings that a trace has now, ns. */
    long ns(final TraceReader reader) {
        for (final TargetTrace one : reader.targets()) {
            if (one.info().id().equals(target)) {
                return one.monotonicNs(ticks);
            }
        }
        return atNs;
    }
}
