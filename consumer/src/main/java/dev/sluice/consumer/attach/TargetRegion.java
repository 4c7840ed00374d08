// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.SchemaCodec;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.PacketHeader;
import dev.sluice.ring.region.ChunkDescriptor;
import dev.sluice.ring.region.RegionDescriptor;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The consumer's view of a region: slots, rings and the schema log. Nothing in the region is believed: everything is
 * bounded by a header that was copied once and checked ({@link RegionHeader}). A memfd is mapped, its slots and rings
 * on first use. A file is read, because others may truncate it. Any thread; but if the region is a file, a
 * {@link #slot} is for one thread at a time.
 */
public final class TargetRegion implements AutoCloseable {
    private final RegionBytes bytes;
    private final RegionHeader header;
    private final RegionNotes notes;
    private final int slotCount;
    private final int chunkLength;
    private final long ringStride;
    private volatile int knownSlotLimit;

    private TargetRegion(final RegionBytes bytes, final RegionHeader header) {
        this.bytes = bytes;
        this.header = header;
        notes = new RegionNotes(bytes, header);
        slotCount = header.slotCount();
        chunkLength = header.chunkLength();
        ringStride = header.ringStride();
    }

    /**
     * Checks a region and takes it over.
     *
     * @throws AttachException if it has another layout, is damaged or belongs to another control file
     */
    public static TargetRegion open(final RegionBytes bytes, final TargetControl control) {
        final TargetRegion region = open(bytes);
        region.header.check(control);
        return region;
    }

    /**
     * Checks a region without the control file of its process, and takes it over.
     *
     * @throws AttachException if it is not a region, has another layout or is damaged
     */
    public static TargetRegion open(final RegionBytes bytes) {
        return new TargetRegion(bytes, RegionHeader.read(bytes));
    }

    /** Whether slots and rings can be accessed in place; false if the region is a file. */
    public boolean isMapped() {
        return bytes.isMapped();
    }

    /** Whether somebody has truncated the region's file. What was after the new end is unknown. */
    public boolean isTruncated() {
        return bytes.isTruncated();
    }

    /** Number of slots. */
    public int slotCount() {
        return header.slotCount();
    }

    /** Bytes of a chunk. */
    public int chunkLength() {
        return header.chunkLength();
    }

    /** Bytes between two rings: the greatest length of a ring. */
    public long ringStride() {
        return ringStride;
    }

    /** Code of the target's clock, which counts the ticks. */
    public int clockKind() {
        return header.clockKind();
    }

    /** Nominal ticks per second. */
    public long clockFrequency() {
        return header.clockFrequency();
    }

    /** The identity of the target. */
    public TargetStamp stamp() {
        return header.stamp();
    }

    /** Number of slots that may have been used. Slots from this index on were never touched and must not be read. */
    public int slotLimit() {
        final long limit = bytes.word(RegionDescriptor.SLOT_LIMIT_OFFSET);
        knownSlotLimit = (int) Math.max(0, Math.min(limit, slotCount));
        return knownSlotLimit;
    }

    /** Whether a slot's index is below {@link #slotLimit()}, which only grows. */
    public boolean isUsed(final int slot) {
        return slot >= 0 && (slot < knownSlotLimit || slot < slotLimit());
    }

    /**
     * Accessors of a slot and its ring. If the region is a file, this is a copy of the slot as it is now, without
     * chunks and ring. The next call for the same slot updates that copy.
     */
    public Slot slot(final int index) {
        if (isMapped()) {
            return new Slot(index, bytes.view(slotOffset(index), SlotDescriptor.LENGTH),
                bytes.view(ringOffset(index), (int) ringStride), ringStride, chunkLength);
        }
        final Slot slot =
            new Slot(index, bytes.view(slotOffset(index), SlotDescriptor.CHUNKS_OFFSET), 0, ringStride, chunkLength);
        countOverwritten(slot);
        return slot;
    }

    /**
     * Adds to a copy without chunks the words of the chunk that was overwritten last, because
     * {@link Slot#overwrittenAcquire()} reads them.
     */
    private void countOverwritten(final Slot slot) {
        final long begin = Memory.getLong(slot.address() + SlotDescriptor.OVERWRITING_OFFSET);
        if (begin == 0 || slot.ringLength() == 0) {
            return;
        }
        final long chunk = slotOffset(slot.index()) + slot.chunkAddress(begin, slot.ringLength()) - slot.address();
        final long state = bytes.word(chunk + ChunkDescriptor.STATE_OFFSET);
        if (ChunkDescriptor.isOf(state, begin)
            && ChunkDescriptor.state(state) == ChunkDescriptor.STATE_OVERWRITTEN) {
            Memory.putLong(slot.address() + SlotDescriptor.OVERWRITTEN_OFFSET,
                Math.max(slot.overwrittenAcquire(), bytes.word(chunk + ChunkDescriptor.OVERWRITTEN_OFFSET)));
        }
    }

    /** Sequence number of the last batch that a ring has drained; 0 if the word cannot be one. */
    public long drainedSequence(final int index) {
        final long sequence = bytes.word(slotOffset(index) + SlotDescriptor.SEQUENCE_OFFSET);
        return PacketHeader.isSequence(sequence) ? sequence : 0;
    }

    /**
     * Copies a slot's words, for a reader that needs them not to change between a check and a use. The copy has the
     * ring itself if the ring is mapped, else no ring.
     *
     * @param copy address of {@link SlotDescriptor#LENGTH} bytes that belong to the caller
     */
    public Slot snapshot(final int index, final long copy) {
        // A slot that was never used is not even read, because reading alone would give a memfd its pages.
        bytes.copy(slotOffset(index), copy, SlotDescriptor.FIRST_BYTES);
        final Slot slot = new Slot(index, copy, isMapped() ? bytes.view(ringOffset(index), (int) ringStride) : 0,
            ringStride, chunkLength);
        final int used =
            Math.max(SlotDescriptor.FIRST_BYTES, SlotDescriptor.chunkOffset(slot.chunkLimit()));
        bytes.copy(slotOffset(index) + SlotDescriptor.FIRST_BYTES, copy + SlotDescriptor.FIRST_BYTES,
            used - SlotDescriptor.FIRST_BYTES);
        if (slot.longJournalFrom() == 0) {
            Memory.zero(copy + used, SlotDescriptor.LENGTH - used);
        } else {
            Memory.zero(copy + used, SlotDescriptor.LONG_JOURNAL_OFFSET - used);
            bytes.copy(slotOffset(index) + SlotDescriptor.LONG_JOURNAL_OFFSET,
                copy + SlotDescriptor.LONG_JOURNAL_OFFSET, SlotDescriptor.LONG_JOURNAL_LENGTH);
        }
        return slot;
    }

    /**
     * Makes a slot with the same words and a copy of its ring.
     *
     * @param ring address of {@link Slot#ringLength()} bytes; the used part of the ring is copied there
     */
    public Slot withRingCopied(final Slot slot, final long ring) {
        bytes.copy(ringOffset(slot.index()), ring, (int) slot.usedLength());
        return new Slot(slot.index(), slot.address(), ring, ringStride, chunkLength);
    }

    /** Position up to which a slot's owner has written, as it is now. */
    public long tail(final int index) {
        return bytes.word(slotOffset(index) + SlotDescriptor.TAIL_OFFSET);
    }

    /** Number of events that a slot's owners have refused, as it is now; 0 if the word cannot be one. */
    public long discarded(final int index) {
        return count(index, SlotDescriptor.DISCARDED_OFFSET);
    }

    /**
     * Number of a slot's events that were overwritten before they were drained, as its owner has counted them so far; 0
     * if the word cannot be one.
     */
    public long overwritten(final int index) {
        return count(index, SlotDescriptor.OVERWRITTEN_OFFSET);
    }

    private long count(final int index, final int offset) {
        final long count = bytes.word(slotOffset(index) + offset);
        return PacketHeader.isCount(count) ? count : 0;
    }

    /**
     * Copies a part of a ring, as it is now.
     *
     * @param offset where it begins in the ring
     * @param to     where the bytes go
     */
    public void copyRing(final int index, final long offset, final long to, final int length) {
        if (offset < 0 || length < 0 || offset > ringStride - length) {
            throw AttachException.damaged("region: " + length + " bytes at " + offset + " of a ring of " + ringStride);
        }
        bytes.copy(ringOffset(index) + offset, to, length);
    }

    /** The begin position in a chunk's descriptor, as it is now. */
    public long chunkBegin(final Slot snapshot, final long position) {
        final long offset = snapshot.chunkAddress(position, snapshot.ringLength()) - snapshot.address();
        return bytes.word(slotOffset(snapshot.index()) + offset + ChunkDescriptor.BEGIN_POSITION_OFFSET);
    }

    /**
     * The target's copy of a slot's received word, for a region that is a file. It is some milliseconds old at most.
     */
    public long receivedCopy(final int index) {
        return bytes.word(RegionDescriptor.RECEIVED_COPY_OFFSET + index * (long) Long.BYTES);
    }

    /** Where a slot is, from the region's begin. */
    public long slotOffset(final int index) {
        if (index < 0 || index >= slotCount) {
            throw new IllegalArgumentException("slot=" + index + " slots=" + slotCount);
        }
        return RegionDescriptor.slotsOffset(slotCount) + index * (long) SlotDescriptor.LENGTH;
    }

    private long ringOffset(final int index) {
        return RegionDescriptor.ringsOffset(slotCount) + index * ringStride;
    }

    /** Number of bytes of the schema log that are valid now. */
    public int schemaLength() {
        // Acquire: pairs with the target's release store, which comes after the log's bytes.
        final long length = bytes.word(RegionDescriptor.SCHEMA_LENGTH_OFFSET);
        if (length < 0 || length > RegionDescriptor.SCHEMA_CAPACITY) {
            throw AttachException.damaged("region: schema length=" + length);
        }
        return (int) length;
    }

    /** A copy of the schema log's bytes in a range below {@link #schemaLength()}. */
    public byte[] schemaBytes(final int from, final int to) {
        return Memory.getBytes(bytes.view(RegionDescriptor.SCHEMA_OFFSET + from, to - from), to - from);
    }

    /**
     * Decodes bytes of the schema log.
     *
     * @throws AttachException if they are damaged or declare an id twice
     */
    public static List<EventSchema> decodeSchema(final byte[] log) {
        return decodeSchema(log, new HashSet<>());
    }

    /**
     * Decodes bytes of the schema log that follow others.
     *
     * @param ids ids of the events that the earlier bytes have declared; new ids are added
     * @throws AttachException if the bytes are damaged or declare an id twice
     */
    public static List<EventSchema> decodeSchema(final byte[] log, final Set<Integer> ids) {
        final List<EventSchema> schemas;
        try {
            schemas = SchemaCodec.decode(log);
        } catch (final IllegalArgumentException e) {
            throw AttachException.damaged("region: " + e.getMessage());
        }
        for (final EventSchema schema : schemas) {
            if (!ids.add(schema.id())) {
                throw AttachException.damaged("region: event id declared twice: id=" + schema.id());
            }
        }
        return schemas;
    }

    /** The events that the target has declared so far. */
    public List<EventSchema> schemas() {
        return decodeSchema(schemaBytes(0, schemaLength()));
    }

    /**
     * The events that the target has declared so far, by the address of each event's own probe in the target's memory.
     */
    public Map<Long, EventSchema> sites() {
        final byte[] log = schemaBytes(0, schemaLength());
        final Map<Integer, EventSchema> byId = new HashMap<>();
        decodeSchema(log).forEach(schema -> byId.put(schema.id(), schema));
        final Map<Long, EventSchema> sites = new HashMap<>();
        SchemaCodec.decodeSites(log).forEach((address, id) -> {
            if (byId.containsKey(id)) {
                sites.put(address, byId.get(id));
            }
        });
        return sites;
    }

    /** What the target says about itself, apart from its events. */
    public RegionNotes notes() {
        return notes;
    }

    /**
     * Bytes of events in the rings that are not drained yet, as the target says, but not more than the target has
     * memory for. It is 0 if the region is a file.
     */
    public long undrainedBytes() {
        long said = 0;
        // If the region is a file, its slots belong to the receiving thread.
        for (int i = 0; isMapped() && i < slotLimit(); i++) {
            final Slot slot = slot(i);
            final long tail = slot.tailAcquire();
            said += Math.max(0, Math.min(tail - slot.headVolatile(tail), slot.ringLength()));
        }
        return Math.min(said, bytes.allocatedBytes());
    }

    @Override
    public void close() {
        bytes.close();
    }
}
