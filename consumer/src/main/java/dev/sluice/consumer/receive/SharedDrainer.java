// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.receive;

import dev.sluice.consumer.account.RingLedger;
import dev.sluice.consumer.session.Session;
import dev.sluice.os.NativeCalls;
import dev.sluice.ring.drain.BatchHeader;
import dev.sluice.ring.drain.BatchSelector;
import dev.sluice.ring.drain.ChunkReading;
import dev.sluice.ring.drain.RecordSizing;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.region.Slot;
import java.nio.ByteBuffer;

/**
 * Drains rings through shared memory, store by store as docs/protocol.md section 5 says. A batch is copied, with its
 * header, to memory that the target cannot change; only the copy is checked and stored. Before the copy, every address
 * is bounded by chunk and ring, whatever the target's words say. For the receiving thread.
 */
public final class SharedDrainer extends ConsumerDrainer {
    private final Session session;
    private final PacketReceiver receiver;
    private final int epoch;
    private final BatchSelector selector = selector();
    private final BatchHeader batchHeader = new BatchHeader();
    private final ByteBuffer buffer =
        ByteBuffer.allocateDirect(PacketHeaderDescriptor.LENGTH + RecordSizing.MAX_CONTENT_LENGTH + Long.BYTES);
    private final long packet = NativeCalls.get().addressOf(buffer) + Long.BYTES - 1 & -Long.BYTES;

    public SharedDrainer(final Session session, final TargetTraceWriter trace, final PacketReceiver receiver) {
        super(session, trace);
        this.session = session;
        this.receiver = receiver;
        epoch = session.epoch();
    }

    @Override
    public boolean mayHaveMore(final int ring, final int limit) {
        // A look costs a few loads.
        return true;
    }

    @Override
    public Outcome drainOne(final int ring, final boolean partial) {
        final Slot slot = receiver.slot(ring);
        final long tail = slot.tailAcquire();
        long headWord = slot.headWordVolatile();
        if (TaggedWord.epoch(headWord) != epoch) {
            headWord = adopt(slot, headWord);
            if (TaggedWord.epoch(headWord) != epoch) {
                return Outcome.NOTHING;
            }
        }
        final long head = slot.position(headWord, tail);
        if (head >= tail) {
            return Outcome.NOTHING;
        }
        refreshSchema();
        final RingLedger ledger = receiver.ledger(slot.index());
        final long eventsBefore = ledger.endPosition() == head ? ledger.eventsBefore()
            : selector.eventsBefore(slot, head, walker());
        return switch (selector.select(slot, head, eventsBefore, partial, walker())) {
            case BatchSelector.EMPTY -> Outcome.NOTHING;
            case BatchSelector.HOLE -> moveHead(slot, headWord) ? Outcome.SOMETHING : Outcome.NOTHING;
            case BatchSelector.BATCH -> drainBatch(slot, headWord, ledger);
            // Events of a declaration that is newer than the schema look malformed until the schema is read again.
            default -> refreshSchema() ? Outcome.SOMETHING : Outcome.BROKEN;
        };
    }

    /**
     * Step 0: makes head a word of this session. The session is checked after the word was read, so a successor's word
     * stays as it is.
     */
    private long adopt(final Slot slot, final long headWord) {
        final long word = TaggedWord.of(epoch, TaggedWord.value(headWord));
        return !session.isLost() && slot.compareAndSetHeadWord(headWord, word) ? word : headWord;
    }

    /** Steps 1 to 8: takes the selected batch. */
    private Outcome drainBatch(final Slot slot, final long headWord, final RingLedger ledger) {
        final int length = selector.paddedLength();
        if (length > RecordSizing.MAX_CONTENT_LENGTH) {
            return Outcome.BROKEN;
        }
        if (!ChunkReading.begin(selector, slot, epoch)) {
            // The chunk was overwritten since it was selected. The next look finds a hole.
            return Outcome.AGAIN;
        }
        final long sequence = ledger.sequence() + 1;
        batchHeader.write(selector, slot, packet, session.target().id(), epoch, sequence);
        Memory.copy(selector.contentAddress(slot), packet + PacketHeaderDescriptor.LENGTH, length);
        // If this consumer was stopped for so long that another consumer has come, the copy may not be the batch any
        // more.
        if (!ChunkReading.isHeld(selector, slot, epoch) || slot.headWordVolatile() != headWord || session.isLost()) {
            ChunkReading.end(selector, slot, epoch, false);
            return session.isLost() ? Outcome.NOTHING : Outcome.AGAIN;
        }
        // If the appending word is lost, the chunk is left as it is; also from here on, because a successor may rely on
        // it.
        if (!session.words().publishAppending(slot.index(), selector.contentEnd())) {
            return Outcome.NOTHING;
        }
        if (!receiver.store(packet, PacketHeaderDescriptor.LENGTH + length)) {
            if (session.words().publishAppending(slot.index(), 0)) {
                ChunkReading.end(selector, slot, epoch, false);
            }
            return Outcome.BROKEN;
        }
        if (!moveHead(slot, headWord)) {
            return Outcome.NOTHING;
        }
        ChunkReading.end(selector, slot, epoch, true);
        session.words().publishAccounted(slot.index(), ledger.discarded());
        session.heart().progress();
        session.words().publishReceived(slot.index(), sequence);
        session.words().publishAppending(slot.index(), 0);
        return Outcome.SOMETHING;
    }

    private boolean moveHead(final Slot slot, final long headWord) {
        if (slot.compareAndSetHeadWord(headWord, Slot.headWord(epoch, selector.nextHead()))) {
            return true;
        }
        session.lose();
        return false;
    }
}
