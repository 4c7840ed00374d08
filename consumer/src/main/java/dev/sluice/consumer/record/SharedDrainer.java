// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.consumer.account.RingLedger;
import dev.sluice.consumer.attach.TargetRegion;
import dev.sluice.consumer.session.Session;
import dev.sluice.os.NativeCalls;
import dev.sluice.ring.BatchSelector;
import dev.sluice.ring.EventWalker;
import dev.sluice.ring.Memory;
import dev.sluice.ring.PacketHeaderDescriptor;
import dev.sluice.ring.RecordSizing;
import dev.sluice.ring.Slot;
import dev.sluice.ring.TaggedWord;
import java.nio.ByteBuffer;

/**
 * Drains rings through shared memory, store by store as docs/protocol.md section 5 has it. A batch is copied, with its
 * header, to memory that the target cannot change, and only what lies there is checked and stored; before that, every
 * address is bounded by chunk and ring, whatever the target's words say. For the receiving thread.
 */
final class SharedDrainer {
    /** Of one ring, before the others have their turn. */
    private static final int BATCH_LIMIT = 64;
    private static final int NOTHING = 0;
    private static final int SOMETHING = 1;
    private static final int BROKEN = 2;
    /** Nothing was taken, because the chunk was overwritten meanwhile, or so it seems. */
    private static final int AGAIN = 3;
    /** An owner that overwrites has written a whole chunk each time; more often in a row is a lie, over and over. */
    private static final int AGAIN_LIMIT = 1000;

    private final Session session;
    private final TargetTraceWriter trace;
    private final PacketReceiver receiver;
    private final TargetRegion region;
    private final int epoch;
    private final BatchSelector selector = new BatchSelector();
    private final ByteBuffer buffer =
        ByteBuffer.allocateDirect(PacketHeaderDescriptor.LENGTH + RecordSizing.MAX_CONTENT_LENGTH + Long.BYTES);
    private final long packet = NativeCalls.get().addressOf(buffer) + Long.BYTES - 1 & -Long.BYTES;
    private final boolean[] isBroken;
    private final int[] againInARow;
    private EventWalker walker = new EventWalker(java.util.List.of());
    private int schemaLength;
    private String fault = "";

    SharedDrainer(final Session session, final TargetTraceWriter trace, final PacketReceiver receiver) {
        this.session = session;
        this.trace = trace;
        this.receiver = receiver;
        region = session.target().region();
        epoch = session.epoch();
        isBroken = new boolean[region.slotCount()];
        againInARow = new int[region.slotCount()];
    }

    /**
     * Takes what all rings have, in turn.
     *
     * @param partial whether events of open chunks are wanted
     * @return false if there was nothing
     */
    boolean drain(final boolean partial) {
        boolean any = false;
        final int limit = region.slotLimit();
        for (int i = 0; i < limit && !session.isLost(); i++) {
            if (!isBroken[i]) {
                any |= drain(receiver.slot(i), partial);
            }
        }
        return any;
    }

    /** What is wrong with the first ring that contradicts itself, or an empty text. */
    String fault() {
        return fault;
    }

    private boolean drain(final Slot slot, final boolean partial) {
        int outcome = drainOne(slot, partial);
        final boolean any = outcome != NOTHING;
        for (int i = 1; mayGoOn(slot.index(), outcome) && i < BATCH_LIMIT; i++) {
            outcome = drainOne(slot, partial);
        }
        if (outcome == BROKEN) {
            breakRing(slot.index(), selector.fault());
        } else if (againInARow[slot.index()] >= AGAIN_LIMIT) {
            breakRing(slot.index(), "its chunk states change for ever and nothing can be taken");
        }
        return any;
    }

    private boolean mayGoOn(final int ring, final int outcome) {
        againInARow[ring] = outcome == AGAIN ? againInARow[ring] + 1 : 0;
        return outcome == SOMETHING || outcome == AGAIN && againInARow[ring] < AGAIN_LIMIT;
    }

    private void breakRing(final int ring, final String how) {
        isBroken[ring] = true;
        if (fault.isEmpty()) {
            fault = "ring " + ring + " contradicts itself, and is not read any more: " + how;
        }
    }

    private int drainOne(final Slot slot, final boolean partial) {
        final long tail = slot.tailAcquire();
        long headWord = slot.headWordVolatile();
        if (TaggedWord.epoch(headWord) != epoch) {
            headWord = adopt(slot, headWord);
            if (TaggedWord.epoch(headWord) != epoch) {
                return NOTHING;
            }
        }
        final long head = slot.position(headWord, tail);
        if (head >= tail) {
            return NOTHING;
        }
        refreshSchema();
        final RingLedger ledger = receiver.ledger(slot.index());
        final long eventsBefore = ledger.endPosition() == head ? ledger.eventsBefore()
            : selector.eventsBefore(slot, head, walker);
        return switch (selector.select(slot, head, eventsBefore, partial, walker)) {
            case BatchSelector.EMPTY -> NOTHING;
            case BatchSelector.HOLE -> moveHead(slot, headWord) ? SOMETHING : NOTHING;
            case BatchSelector.BATCH -> drainBatch(slot, headWord, ledger);
            // Events of a declaration that is newer than the schema look malformed, until it is read again.
            default -> refreshSchema() ? SOMETHING : BROKEN;
        };
    }

    /** Step 0. The session is checked after the word was read, so a successor's word stays as it is. */
    private long adopt(final Slot slot, final long headWord) {
        final long word = TaggedWord.of(epoch, TaggedWord.value(headWord));
        return !session.isLost() && slot.compareAndSetHeadWord(headWord, word) ? word : headWord;
    }

    private boolean refreshSchema() {
        if (region.schemaLength() == schemaLength) {
            return false;
        }
        schemaLength = region.schemaLength();
        walker = new EventWalker(trace.schema());
        return true;
    }

    /** Steps 1 to 8. */
    private int drainBatch(final Slot slot, final long headWord, final RingLedger ledger) {
        final int length = selector.paddedLength();
        if (length > RecordSizing.MAX_CONTENT_LENGTH) {
            return BROKEN;
        }
        if (!selector.beginReading(slot, epoch)) {
            // Overwritten since it was selected: a hole now.
            return AGAIN;
        }
        final long sequence = ledger.sequence() + 1;
        selector.writeHeader(slot, packet, session.target().id(), epoch, sequence);
        Memory.copy(selector.contentAddress(slot), packet + PacketHeaderDescriptor.LENGTH, length);
        // Stopped for so long that another consumer has come, this one has copied what may not be the batch any more.
        if (!selector.isReading(slot, epoch) || slot.headWordVolatile() != headWord || session.isLost()) {
            selector.endReading(slot, epoch, false);
            return session.isLost() ? NOTHING : AGAIN;
        }
        // Without its word, and from here on with it, the chunk is left as it is: the successor may count on it.
        if (!session.appending(slot.index(), selector.contentEnd())) {
            return NOTHING;
        }
        if (!receiver.store(packet, PacketHeaderDescriptor.LENGTH + length)) {
            if (session.appending(slot.index(), 0)) {
                selector.endReading(slot, epoch, false);
            }
            return BROKEN;
        }
        if (!moveHead(slot, headWord)) {
            return NOTHING;
        }
        selector.endReading(slot, epoch, true);
        session.accounted(slot.index(), ledger.discarded());
        session.heart().progress();
        session.received(slot.index(), sequence);
        session.appending(slot.index(), 0);
        return SOMETHING;
    }

    private boolean moveHead(final Slot slot, final long headWord) {
        if (slot.compareAndSetHeadWord(headWord, Slot.headWord(epoch, selector.nextHead()))) {
            return true;
        }
        session.lose();
        return false;
    }
}
