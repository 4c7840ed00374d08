// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.format;

import dev.sluice.ring.packet.StreamClass;

/**
 * The owner of a ring during one generation of its slot, with the ring's counts at the moment when the trace began to
 * cover the ring. They show losses before the first packet, and other counts can be given relative to the trace's
 * begin.
 *
 * @param ring            slot index (of a trap stream: its number)
 * @param streamClass     stream class of its packets
 * @param generation      how often the slot had been claimed
 * @param tid             kernel thread id as the target sees it
 * @param javaThreadId    Thread.threadId of the owner, 0 if unknown
 * @param name            the thread's name
 * @param sequenceBefore  sequence of the last batch before the trace, 0 for a new ring, {@link #UNKNOWN} if not known
 * @param eventsBefore    events written to the ring before the trace, or {@link #UNKNOWN}
 * @param discardedBefore events of this ring discarded before the trace, or {@link #UNKNOWN}
 * @param overwrittenBefore events of this ring overwritten before the trace, or {@link #UNKNOWN}
 * @param firstCostNs     processor time that taking the ring has cost the owner during this recording, ns; 0 if it was
 *                        before, or is not known
 */
public record ThreadInfo(int ring, StreamClass streamClass, int generation, int tid, long javaThreadId, String name,
    long sequenceBefore, long eventsBefore, long discardedBefore, long overwrittenBefore, long firstCostNs) {
    /** Value of an unknown count: readers then take the first packet's counts for those at the begin. */
    public static final long UNKNOWN = -1;

    /** A thread of which it is not known what taking the ring has cost it. */
    public ThreadInfo(final int ring, final StreamClass streamClass, final int generation, final int tid,
        final long javaThreadId, final String name, final long sequenceBefore, final long eventsBefore,
        final long discardedBefore, final long overwrittenBefore) {
        this(ring, streamClass, generation, tid, javaThreadId, name, sequenceBefore, eventsBefore, discardedBefore,
            overwrittenBefore, 0);
    }

    /** A thread whose ring's counts at the begin are not known. */
    public ThreadInfo(final int ring, final StreamClass streamClass, final int generation, final int tid,
        final long javaThreadId, final String name) {
        this(ring, streamClass, generation, tid, javaThreadId, name, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN);
    }

    /** The same owner, with another name. */
    public ThreadInfo named(final String newName) {
        return new ThreadInfo(ring, streamClass, generation, tid, javaThreadId, newName, sequenceBefore, eventsBefore,
            discardedBefore, overwrittenBefore, firstCostNs);
    }

    /** The stream of its packets. */
    public StreamKey stream() {
        return StreamKey.of(streamClass, ring);
    }
}
