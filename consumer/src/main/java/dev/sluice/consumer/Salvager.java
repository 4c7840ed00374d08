// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer;

import dev.sluice.ring.BatchSelector;
import dev.sluice.ring.ChunkDescriptor;
import dev.sluice.ring.EventWalker;
import dev.sluice.ring.JournalDescriptor;
import dev.sluice.ring.Memory;
import dev.sluice.ring.PacketHeaderDescriptor;
import dev.sluice.ring.Slot;
import dev.sluice.ring.SlotDescriptor;
import dev.sluice.usdt.NativeCalls;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * Reads what a dead target left in its rings (R8): every visible event from the larger of head and the end of the last
 * packet received. Each slot is copied first, so that no process that still has the region mapped can change a word
 * between its check and its use; the events themselves are bounded by chunk and schema. For one thread.
 * <p>
 * Head decides what was drained: a death between a trap and the store of head leaves a batch that was received or lost
 * with head unmoved. Of the words beside head only the journal is believed, because its entries are written before the
 * trap.
 */
final class Salvager {
    private static final int CHUNK_LIMIT = 1 << 16;

    private final Session session;
    private final PacketReceiver receiver;
    private final EventWalker walker;
    private final BatchSelector selector = new BatchSelector();
    private final ByteBuffer slotBuffer = ByteBuffer.allocateDirect(SlotDescriptor.LENGTH + Long.BYTES);
    private final ByteBuffer packetBuffer =
        ByteBuffer.allocateDirect(PacketHeaderDescriptor.LENGTH + CHUNK_LIMIT + Long.BYTES);
    private final long slotCopy = aligned(slotBuffer);
    private final long packet = aligned(packetBuffer);

    Salvager(final Session session, final PacketReceiver receiver, final EventWalker walker) {
        this.session = session;
        this.receiver = receiver;
        this.walker = walker;
    }

    private static long aligned(final ByteBuffer buffer) {
        return NativeCalls.get().addressOf(buffer) + Long.BYTES - 1 & -Long.BYTES;
    }

    /**
     * Reads every ring.
     *
     * @return false if some ring contradicts itself in such a way that its events cannot be counted
     */
    boolean salvage() {
        final TargetRegion region = session.target().region();
        boolean isKnown = true;
        for (int i = 0; i < region.slotLimit(); i++) {
            isKnown &= salvage(region.snapshot(i, slotCopy));
        }
        Reference.reachabilityFence(slotBuffer);
        Reference.reachabilityFence(packetBuffer);
        return isKnown;
    }

    private boolean salvage(final Slot slot) {
        final RingLedger ledger = receiver.ledger(slot.index());
        final long tail = slot.tailAcquire();
        final long head = slot.headVolatile(tail);
        long position = head;
        if (ledger.endPosition() > head) {
            // Received, and dead before head moved.
            position = ledger.endPosition();
        } else {
            accountDrained(slot, head);
        }
        boolean isKnown = true;
        while (position < tail) {
            final long eventsBefore = eventsBefore(slot, position, tail);
            skipTo(slot, eventsBefore);
            switch (selector.select(slot, position, ledger.eventsBefore(), true, walker)) {
                case BatchSelector.EMPTY:
                    return isKnown;
                case BatchSelector.HOLE:
                    position = selector.nextHead();
                    break;
                case BatchSelector.BATCH:
                    isKnown &= append(slot);
                    position = selector.nextHead();
                    break;
                default:
                    // What it held is found by the next readable chunk's count; without one, the end is unknown.
                    position = slot.chunkBegin(position) + slot.chunkLength();
                    receiver.salvagedLoss(slot.index(), ledger.sequence() + 1, 0, true);
                    isKnown &= position < tail;
                    break;
            }
        }
        return isKnown;
    }

    /** Batches that were drained, head having moved over them, and that were never received. */
    private void accountDrained(final Slot slot, final long head) {
        final RingLedger ledger = receiver.ledger(slot.index());
        final long sequence = slot.sequenceAcquire();
        final long entry = slot.journalAddress(sequence);
        if (sequence <= ledger.sequence() || Memory.getLong(entry + JournalDescriptor.SEQUENCE_OFFSET) != sequence) {
            return;
        }
        final long eventsBefore = Memory.getLong(entry + JournalDescriptor.EVENTS_BEFORE_OFFSET);
        final boolean hasMoved = Memory.getLong(entry + JournalDescriptor.BEGIN_POSITION_OFFSET) < head;
        final long drained = hasMoved
            ? eventsBefore + Integer.toUnsignedLong(Memory.getInt(entry + JournalDescriptor.EVENT_COUNT_OFFSET))
            : eventsBefore;
        final long lastDrained = hasMoved ? sequence : sequence - 1;
        if (lastDrained > ledger.sequence()) {
            final long missing = ledger.missingBefore(drained, slot.overwrittenAcquire());
            receiver.salvagedLoss(slot.index(), lastDrained, missing, false);
        }
    }

    /** Events before a position that begins a chunk, by that chunk's descriptor; -1 anywhere else. */
    private static long eventsBefore(final Slot slot, final long position, final long tail) {
        final long ringLength = slot.ringLength();
        if (ringLength == 0 || tail - position > ringLength || slot.chunkBegin(position) != position) {
            return -1;
        }
        final long chunk = slot.chunkAddress(position, ringLength);
        return Memory.getLong(chunk + ChunkDescriptor.BEGIN_POSITION_OFFSET) == position
            ? Memory.getLong(chunk + ChunkDescriptor.EVENTS_BEFORE_OFFSET) : -1;
    }

    /** Accounts for events that are missing before a chunk: those of a chunk that could not be read. */
    private void skipTo(final Slot slot, final long eventsBefore) {
        final RingLedger ledger = receiver.ledger(slot.index());
        if (eventsBefore > ledger.eventsBefore()) {
            receiver.salvagedLoss(slot.index(), ledger.sequence(), eventsBefore - ledger.eventsBefore(), false);
        }
    }

    private boolean append(final Slot slot) {
        final int length = selector.paddedLength();
        final long index = selector.begin() & slot.ringLength() - 1;
        if (length % Long.BYTES != 0 || length > CHUNK_LIMIT || selector.eventCount() == 0) {
            receiver.salvagedLoss(slot.index(), receiver.ledger(slot.index()).sequence() + 1, 0, true);
            return false;
        }
        selector.writeHeader(slot, packet, session.target().id(), session.epoch(),
            receiver.ledger(slot.index()).sequence() + 1);
        Memory.copy(slot.ringAddress() + index, packet + PacketHeaderDescriptor.LENGTH, length);
        receiver.salvaged(slot.index(), packet, PacketHeaderDescriptor.LENGTH + length);
        return true;
    }
}
