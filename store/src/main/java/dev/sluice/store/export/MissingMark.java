// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import dev.sluice.store.format.StreamKey;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.MissingEvents;
import dev.sluice.store.read.TargetTrace;

/**
 * A place in an export where events are missing. Missing events of a ring are marked before the ring's next event, or
 * at the end of the trace if there is none. Missing events that belong to no ring are marked at the end. Immutable.
 *
 * @param events      the missing events as the reader reports them; null for events that belong to no ring
 * @param ownerName   name of the owner of the ring; empty if it is unknown
 * @param ownerTid    the owner's kernel thread id, or 0
 * @param target      the target that fired the events
 * @param stream      the ring or trap stream of the events; null for events that belong to no ring
 * @param lost        number of events in batches that were lost
 * @param overwritten number of events that were overwritten before they were drained
 * @param discarded   number of events that a full ring refused
 * @param cause       why events that belong to no ring are missing; empty for events of a ring
 * @param total       number of all missing events
 * @param thread      the thread of the ring's next event; null if there is no next event
 * @param wallNs      CLOCK_REALTIME of the place, ns since 1970
 * @param monotonicNs CLOCK_MONOTONIC of the place, ns
 */
record MissingMark(MissingEvents events, String ownerName, int ownerTid, TargetTrace target, StreamKey stream,
    long lost, long overwritten, long discarded, String cause, long total, ThreadKey thread, long wallNs,
    long monotonicNs) {
    /** A place before an event of the same ring. */
    static MissingMark before(final EventView event, final MissingEvents missing) {
        return new MissingMark(missing, event.threadName(), event.tid(), missing.target(), missing.stream(),
            missing.lost(), missing.overwritten(), missing.discarded(), "", missing.total(), ThreadKey.of(event),
            event.wallTimeNs(), event.monotonicNs());
    }

    /** A place at the end of the trace, for a ring that has no further event. */
    static MissingMark atEnd(final MissingEvents missing, final long wallNs, final long monotonicNs) {
        return new MissingMark(missing, "", 0, missing.target(), missing.stream(), missing.lost(),
            missing.overwritten(), missing.discarded(), "", missing.total(), null, wallNs, monotonicNs);
    }

    /** A place at the end of the trace, for events that belong to no ring. */
    static MissingMark ofNoRing(final TargetTrace target, final String cause, final long events, final long wallNs,
        final long monotonicNs) {
        return new MissingMark(null, "", 0, target, null, 0, 0, 0, cause, events, null, wallNs, monotonicNs);
    }

    /** For people, for example "35 events missing (30 lost, 5 overwritten)". */
    String describe() {
        final StringBuilder text = new StringBuilder().append(total).append(total == 1 ? " event" : " events")
            .append(" missing (");
        appendKind(text, lost, "lost");
        appendKind(text, overwritten, "overwritten");
        appendKind(text, discarded, "discarded");
        return text.append(cause).append(')').toString();
    }

    private static void appendKind(final StringBuilder text, final long events, final String kind) {
        if (events > 0) {
            text.append(text.charAt(text.length() - 1) == '(' ? "" : ", ").append(events).append(' ').append(kind);
        }
    }
}
