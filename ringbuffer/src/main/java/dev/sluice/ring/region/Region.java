// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.region;

import dev.sluice.ring.memory.MappedFile;
import dev.sluice.ring.memory.Memory;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A mapped region, for target and consumer. Any thread. The caller has checked the geometry: the target made it itself,
 * and the consumer has checked every number of the header before.
 */
public final class Region {
    private final MappedFile file;
    private final long address;
    private final int slotCount;
    private final int chunkLength;
    private final long ringStride;
    private final AtomicReferenceArray<Slot> slots;

    /**
     * Makes the accessors of a region.
     *
     * @param file        the mapping of the region
     * @param slotCount   number of slots, at most {@link RegionDescriptor#MAX_SLOT_COUNT}
     * @param chunkLength bytes of a chunk
     * @param ringStride  bytes between the begins of two rings
     * @throws IOException if the kernel refuses to map header, schema, counters and slots
     */
    public Region(final MappedFile file, final int slotCount, final int chunkLength, final long ringStride)
        throws IOException {
        this.file = file;
        this.slotCount = slotCount;
        this.chunkLength = chunkLength;
        this.ringStride = ringStride;
        this.address = file.address(0, RegionDescriptor.slotsOffset(slotCount)
            + slotCount * (long) SlotDescriptor.LENGTH);
        this.slots = new AtomicReferenceArray<>(slotCount);
    }

    /** Address of the header. */
    public long address() {
        return address;
    }

    /** Number of slots. */
    public int slotCount() {
        return slotCount;
    }

    /** Bytes of a chunk. */
    public int chunkLength() {
        return chunkLength;
    }

    /** Bytes reserved for each ring, which is the greatest length of a ring. */
    public long ringStride() {
        return ringStride;
    }

    /** Offset of a ring in the file. */
    public long ringOffset(final int slot) {
        return RegionDescriptor.ringsOffset(slotCount) + slot * ringStride;
    }

    /**
     * Number of slots that were ever claimed, at most {@link #slotCount}. There is nothing to read in slots from this
     * index on.
     */
    public int slotLimit() {
        return (int) Math.max(0, Math.min(slotCount,
            Memory.getLongVolatile(address + RegionDescriptor.SLOT_LIMIT_OFFSET)));
    }

    /** Raises the number of slots that were ever claimed. */
    public void raiseSlotLimit(final int limit) {
        final long word = address + RegionDescriptor.SLOT_LIMIT_OFFSET;
        long seen = Memory.getLongVolatile(word);
        while (seen < limit && !Memory.compareAndSetLong(word, seen, limit)) {
            seen = Memory.getLongVolatile(word);
        }
    }

    /**
     * The accessors of a slot. This maps the slot's ring.
     *
     * @throws IOException if the kernel refuses that mapping
     */
    public Slot slot(final int index) throws IOException {
        Slot slot = slots.get(index);
        if (slot == null) {
            final long descriptor = address + RegionDescriptor.slotsOffset(slotCount)
                + index * (long) SlotDescriptor.LENGTH;
            slot = new Slot(index, descriptor, file.address(ringOffset(index), ringStride), ringStride, chunkLength);
            slots.set(index, slot);
        }
        return slot;
    }

    /** The published bytes of the schema log, at most its capacity. */
    public byte[] schemaLog() {
        final long length = Memory.getLongAcquire(address + RegionDescriptor.SCHEMA_LENGTH_OFFSET);
        return Memory.getBytes(address + RegionDescriptor.SCHEMA_OFFSET,
            (int) Math.max(0, Math.min(RegionDescriptor.SCHEMA_CAPACITY, length)));
    }

    /**
     * Appends to the schema log. The caller holds the process's schema lock.
     *
     * @return false if the log is full
     */
    public boolean appendSchema(final byte[] entry) {
        final long word = address + RegionDescriptor.SCHEMA_LENGTH_OFFSET;
        final long length = Memory.getLong(word);
        if (length + entry.length > RegionDescriptor.SCHEMA_CAPACITY) {
            return false;
        }
        Memory.putBytes(address + RegionDescriptor.SCHEMA_OFFSET + length, entry, 0, entry.length);
        Memory.putLongRelease(word, length + entry.length);
        return true;
    }

    /** Address of the first clock triple. */
    public long firstTripleAddress() {
        return address + RegionDescriptor.FIRST_TRIPLE_OFFSET;
    }

    /** Address of the newest clock triple. */
    public long lastTripleAddress() {
        return address + RegionDescriptor.LAST_TRIPLE_OFFSET;
    }

    /** Address of the last clock triple before a break of the target's clock or a step of the wall clock. */
    public long beforeTripleAddress() {
        return address + RegionDescriptor.BEFORE_TRIPLE_OFFSET;
    }

    /** Address of what the ticker of a sampled clock has proven. */
    public long tickerAddress() {
        return address + RegionDescriptor.TICKER_OFFSET;
    }

    /**
     * Address of the error log.
     *
     * @throws IOException if the kernel refuses the mapping
     */
    public long errorLogAddress() throws IOException {
        return file.address(RegionDescriptor.errorLogOffset(slotCount), ErrorLogDescriptor.LENGTH);
    }

    /** Address of a slot's word in the region's copy of the received words. */
    public long receivedCopyAddress(final int slot) {
        return address + RegionDescriptor.RECEIVED_COPY_OFFSET + slot * (long) Long.BYTES;
    }
}
