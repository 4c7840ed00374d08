// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.ring;

import dev.sluice.os.NativeCalls;
import dev.sluice.ring.RingPages;
import dev.sluice.ring.RingProducer;
import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.control.ControlFileDescriptor;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.drain.RingDrainer;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import dev.sluice.target.jvm.ThreadIds;
import dev.sluice.target.session.DrainStrategy;
import dev.sluice.target.session.LiveSession;
import dev.sluice.target.session.SessionTerms;
import java.util.List;

/**
 * A ring in memory of its own, with a session of its own, that its owner drains to nobody. The code that runs on it is
 * that of all rings, but nobody else knows it: what is fired into it is in no account and in no trace. For one thread.
 */
final class RehearsalRing implements AutoCloseable {
    private static final int EPOCH = 1;
    private static final int CHUNK_LENGTH = Memory.PAGE_LENGTH;
    private static final int RING_LENGTH = SlotDescriptor.MIN_CHUNKS * CHUNK_LENGTH;
    private static final int CREDIT_BYTES = 1 << 20;
    private static final long SLOT_OFFSET = ControlFileDescriptor.fileLength(1);
    private static final long RING_OFFSET = SLOT_OFFSET + Memory.wholePages(SlotDescriptor.FIRST_BYTES);
    /** A tracepoint's word, and behind it that of the drain probe. */
    private static final long WORDS_OFFSET = RING_OFFSET + RING_LENGTH;
    private static final long LENGTH = WORDS_OFFSET + 2 * Long.BYTES;

    private final long memory;
    private final RingProducer ring;

    private RehearsalRing(final TargetId targetId, final DeclaredEvents events, final Clock clock) {
        memory = Memory.allocate(LENGTH);
        Memory.zero(memory, LENGTH);
        final ControlFile control = new ControlFile(memory, 1);
        control.putCreditsClaimedVolatile(TaggedWord.of(EPOCH, 0));
        control.compareAndSetCreditsConsumed(0, TaggedWord.of(EPOCH, 0));
        control.compareAndSetReceived(0, 0, TaggedWord.of(EPOCH, 0));
        control.sessionBuffer(CREDIT_BYTES, 0);
        final LiveSession session = new LiveSession(control);
        session.serve(new SessionTerms(EPOCH, DrainStrategy.OWNER, FullPolicy.DISCARD, 0, 0, 0, List.of()));
        control.putActiveEpochVolatile(EPOCH);
        final long probeWord = memory + WORDS_OFFSET + Long.BYTES;
        Memory.putInt(probeWord, 1);
        final Slot slot = new Slot(0, memory + SLOT_OFFSET, memory + RING_OFFSET, RING_LENGTH, CHUNK_LENGTH);
        final int tid = NativeCalls.get().gettid();
        slot.identity(tid, StreamClass.PLATFORM, 0, ThreadIds.seen(Thread.currentThread()), "", RING_LENGTH,
            CHUNK_LENGTH);
        slot.compareAndSetHeadWord(slot.headWordVolatile(), Slot.headWord(EPOCH, CHUNK_LENGTH));
        final RingDrainer drainer = new RingDrainer(control, targetId, DrainProbe.ofNothing(probeWord), events::walker,
            tid);
        ring = new RingProducer(slot, new OwnerControl(session, events, drainer, () -> RING_LENGTH, clock.frequency(),
            false), RingPages.ALL, CHUNK_LENGTH, 0);
    }

    /**
     * Has the calling thread fire into such a ring until a chunk was full and is drained, or the ring is full.
     *
     * @param targetId of this target
     * @param events   those that were declared
     * @param clock    what stamps events
     */
    static void fill(final TargetId targetId, final DeclaredEvents events, final Clock clock,
        final RehearsedFires fires) {
        try (RehearsalRing own = new RehearsalRing(targetId, events, clock)) {
            own.fill(fires);
        }
    }

    private void fill(final RehearsedFires fires) {
        try {
            long before = -1;
            while (ThreadRings.beginRehearsal(ring) && drainedBatches() == 0 && tail() > before) {
                before = tail();
                fires.fire(memory + WORDS_OFFSET);
            }
        } finally {
            fires.end();
            ThreadRings.endRehearsal(ring);
        }
    }

    private long tail() {
        return ring.slot().tailAcquire();
    }

    private long drainedBatches() {
        return ring.slot().sequenceAcquire();
    }

    @Override
    public void close() {
        Memory.free(memory);
    }
}
