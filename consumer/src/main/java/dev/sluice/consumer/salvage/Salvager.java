// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.salvage;

import dev.sluice.consumer.account.RingCopy;
import dev.sluice.consumer.account.RingLedger;
import dev.sluice.consumer.account.SalvageSink;
import dev.sluice.consumer.attach.TargetRegion;
import dev.sluice.os.NativeCalls;
import dev.sluice.ring.drain.BatchHeader;
import dev.sluice.ring.drain.BatchSelector;
import dev.sluice.ring.drain.RecordSizing;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.packet.PacketHeader;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.ring.region.ChunkDescriptor;
import dev.sluice.ring.region.JournalDescriptor;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * Reads what a target left in its rings (R8): every visible event from the larger of head and the end of the last
 * packet received. Each slot is copied first, so that no process that still has the region mapped can change a word
 * between its check and its use; the events themselves are bounded by chunk and schema. A region that is a file has its
 * rings copied too. For one thread.
 * <p>
 * Head decides what was drained. If the process dies between a trap and the store of head, head has not moved although
 * the batch was received or lost. Of the words beside head only the journal is believed, because its entries are
 * written before the trap.
 */
public final class Salvager {

    private final TargetRegion region;
    private final TargetId targetId;
    private final int epoch;
    private final SalvageSink sink;
    private final EventWalker walker;
    private final PacketHeader header = new PacketHeader();
    private final BatchSelector selector = new BatchSelector();
    private final BatchHeader batchHeader = new BatchHeader();
    private final ByteBuffer slotBuffer = ByteBuffer.allocateDirect(SlotDescriptor.LENGTH + Long.BYTES);
    private final ByteBuffer packetBuffer =
        ByteBuffer.allocateDirect(PacketHeaderDescriptor.LENGTH + RecordSizing.MAX_CONTENT_LENGTH + Long.BYTES);
    private final long slotCopy = aligned(slotBuffer);
    private final long packet = aligned(packetBuffer);
    private final RingCopy ringCopy = new RingCopy();
    /** Whether the chunk before the current position could not be read. */
    private boolean isChunkMissing;

    /**
     * A salvage of a session whose target has died, or of a region that a user has named.
     *
     * @param region the region that is read
     * @param epoch  goes into the headers of the packets
     * @param sink   takes the packets and losses that are found
     * @param walker the target's schema
     */
    public Salvager(final TargetRegion region, final int epoch, final SalvageSink sink, final EventWalker walker) {
        this.region = region;
        this.targetId = region.stamp().targetId();
        this.epoch = epoch;
        this.sink = sink;
        this.walker = walker;
    }

    private static long aligned(final ByteBuffer buffer) {
        return NativeCalls.get().addressOf(buffer) + Long.BYTES - 1 & -Long.BYTES;
    }

    /**
     * Reads every ring.
     *
     * @return false if a ring contradicts itself in such a way that its events cannot be counted
     */
    public boolean salvage() {
        boolean isKnown = true;
        for (int i = 0; i < region.slotLimit(); i++) {
            isKnown &= salvage(region.snapshot(i, slotCopy));
        }
        Reference.reachabilityFence(slotBuffer);
        Reference.reachabilityFence(packetBuffer);
        Reference.reachabilityFence(ringCopy);
        return isKnown && !region.isTruncated();
    }

    private boolean salvage(final Slot snapshot) {
        final RingLedger ledger = sink.ledger(snapshot.index());
        final long tail = snapshot.tailAcquire();
        final long head = snapshot.headVolatile(tail);
        final Slot slot = withRing(snapshot, Math.max(head, ledger.endPosition()), tail);
        isChunkMissing = false;
        boolean isKnown = true;
        if (ledger.endPosition() > head) {
            // The batch was received, and the process died before head moved.
            isKnown = read(slot, ledger.endPosition(), ledger.eventsBefore(), tail);
        } else {
            final long events = eventsBefore(slot, head, tail);
            accountDrained(slot, head, events);
            isKnown = read(slot, head, events, tail);
        }
        final long missing = ledger.missingInAll(ledger.eventsBefore(), slot.overwrittenAcquire());
        if (missing > 0) {
            sink.salvagedLoss(slot.index(), ledger.sequence(), missing, ledger.eventsBefore(), false);
        }
        return isKnown && missing >= 0;
    }

    private Slot withRing(final Slot slot, final long from, final long tail) {
        // If the ring has no length, the selector finds it malformed before it reads a byte of the ring.
        return region.isMapped() || from >= tail || slot.ringLength() == 0 ? slot : ringCopy.of(region, slot);
    }

    /** Reads from a position on. So many events were written before that position. */
    private boolean read(final Slot slot, final long from, final long eventsUpTo, final long tail) {
        long position = from;
        long events = eventsUpTo;
        boolean isKnown = true;
        if (position < tail && (slot.ringLength() == 0 || !PacketHeader.isCount(tail))) {
            // In such a ring no chunk can be found.
            isChunkMissing = true;
            position = tail;
        }
        // The number of chunks bounds this loop, not tail: the copied words have one begin for each chunk, and
        // positions only grow.
        while (position < tail) {
            final long counted = countAtChunk(slot, position, tail);
            if (counted >= 0) {
                events = counted;
                accountSkipped(slot, events);
            }
            switch (selector.select(slot, position, events, true, walker)) {
                case BatchSelector.EMPTY:
                    position = tail;
                    break;
                case BatchSelector.HOLE:
                    position = selector.nextHead();
                    break;
                case BatchSelector.BATCH:
                    isKnown &= append(slot);
                    events = selector.eventsBefore() + selector.eventCount();
                    position = selector.nextHead();
                    break;
                default:
                    // The count of the next readable chunk shows how many events this chunk held; if no readable chunk
                    // follows, that is unknown.
                    isChunkMissing = true;
                    position = slot.chunkBegin(position) + slot.chunkLength();
                    break;
            }
        }
        if (isChunkMissing) {
            sink.salvagedLoss(slot.index(), sink.ledger(slot.index()).sequence() + 1, 0, 0, true);
        }
        return isKnown && !isChunkMissing;
    }

    /** Events written before head: by the chunk's own count if there is one, else by the count of the drainers. */
    private long eventsBefore(final Slot slot, final long head, final long tail) {
        final long ringLength = slot.ringLength();
        if (head < tail && ringLength > 0 && tail - head <= ringLength && (head & Long.BYTES - 1) == 0) {
            final long chunkBegin = slot.chunkBegin(head);
            if (Memory.getLong(slot.chunkAddress(head, ringLength) + ChunkDescriptor.BEGIN_POSITION_OFFSET)
                == chunkBegin) {
                final long counted = countAtChunk(slot, chunkBegin, tail);
                return head == chunkBegin ? counted : selector.eventsBefore(slot, head, walker);
            }
        }
        return slot.eventsBefore(head);
    }

    /** Accounts for batches that were drained, so that head has moved over them, but that were never received. */
    private void accountDrained(final Slot slot, final long head, final long events) {
        final RingLedger ledger = sink.ledger(slot.index());
        final long sequence = slot.soundSequence();
        final long entry = slot.journalAddress(sequence);
        // The count is stored before head: if the process dies in between, the count is one batch ahead, and the
        // journal shows that.
        final boolean isAhead = Memory.getLong(entry + JournalDescriptor.SEQUENCE_OFFSET) == sequence
            && Memory.getLong(entry + JournalDescriptor.BEGIN_POSITION_OFFSET) >= head;
        final long lastDrained = isAhead ? sequence - 1 : sequence;
        final long missing = Math.max(0, ledger.missingInAll(events, slot.overwrittenAcquire()));
        if (lastDrained > ledger.sequence()) {
            sink.salvagedLoss(slot.index(), lastDrained, missing, events, false);
        }
    }

    /** Events before a position that begins a chunk, by that chunk's descriptor; -1 anywhere else. */
    private static long countAtChunk(final Slot slot, final long position, final long tail) {
        final long ringLength = slot.ringLength();
        if (ringLength == 0 || tail - position > ringLength || slot.chunkBegin(position) != position) {
            return -1;
        }
        final long chunk = slot.chunkAddress(position, ringLength);
        final long count = Memory.getLong(chunk + ChunkDescriptor.EVENTS_BEFORE_OFFSET);
        return Memory.getLong(chunk + ChunkDescriptor.BEGIN_POSITION_OFFSET) == position
            && PacketHeader.isCount(count) ? count : -1;
    }

    /** Accounts for events that are missing before a chunk and were not overwritten. */
    private void accountSkipped(final Slot slot, final long events) {
        final RingLedger ledger = sink.ledger(slot.index());
        final long missing = ledger.missingInAll(events, slot.overwrittenAcquire());
        if (missing > 0 || isChunkMissing) {
            sink.salvagedLoss(slot.index(), ledger.sequence() + (isChunkMissing ? 1 : 0), Math.max(0, missing),
                events, isChunkMissing);
        }
        isChunkMissing = false;
    }

    private boolean append(final Slot slot) {
        final RingLedger ledger = sink.ledger(slot.index());
        final int length = selector.paddedLength();
        final long index = selector.begin() & slot.ringLength() - 1;
        batchHeader.write(selector, slot, packet, targetId, epoch, ledger.sequence() + 1);
        header.at(packet);
        if (length > RecordSizing.MAX_CONTENT_LENGTH
            || header.problem(PacketHeaderDescriptor.LENGTH + (long) length, targetId) != null
            || !header.isOfDrain() || !ledger.mayFollow(header)) {
            isChunkMissing = true;
            return false;
        }
        Memory.copy(slot.ringAddress() + index, packet + PacketHeaderDescriptor.LENGTH, length);
        if (region.isMapped() && region.chunkBegin(slot, selector.begin()) != slot.chunkBegin(selector.begin())) {
            // In a living target, the chunk was overwritten while it was copied.
            isChunkMissing = true;
            return false;
        }
        if (header.contentProblem(walker) != null) {
            isChunkMissing = true;
            return false;
        }
        sink.salvaged(slot.index(), packet, PacketHeaderDescriptor.LENGTH + length);
        return true;
    }
}
