// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import dev.sluice.ring.drain.RecordSizing;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.region.ErrorLogDescriptor;
import dev.sluice.ring.region.RegionDescriptor;
import dev.sluice.ring.region.SlotDescriptor;

/**
 * The header of a region. Nothing in it is believed: it is copied once, and the copy must be exactly what this layout
 * version makes for a file of this size. Immutable.
 */
final class RegionHeader {
    private static final int MIN_CHUNK_LENGTH = 1 << 8;

    private final int slotCount;
    private final int chunkLength;
    private final long ringStride;
    private final int clockKind;
    private final long clockFrequency;
    private final TargetStamp stamp;
    private final long errorLogOffset;
    private final long errorLogLength;
    private final long fileLength;

    private RegionHeader(final long header, final long fileLength) {
        this.fileLength = fileLength;
        slotCount = Memory.getInt(header + RegionDescriptor.SLOT_COUNT_OFFSET);
        chunkLength = Memory.getInt(header + RegionDescriptor.CHUNK_LENGTH_OFFSET);
        ringStride = Memory.getLong(header + RegionDescriptor.RING_STRIDE_OFFSET);
        clockKind = Memory.getInt(header + RegionDescriptor.CLOCK_KIND_OFFSET);
        clockFrequency = Memory.getLong(header + RegionDescriptor.CLOCK_FREQUENCY_OFFSET);
        stamp = TargetStamp.ofRegion(header);
        errorLogOffset = Memory.getLong(header + RegionDescriptor.ERROR_LOG_OFFSET_OFFSET);
        errorLogLength = Memory.getLong(header + RegionDescriptor.ERROR_LOG_LENGTH_OFFSET);
    }

    /**
     * Copies the header and checks it.
     *
     * @throws AttachException if it is not a region's header, has another layout or is damaged
     */
    static RegionHeader read(final RegionBytes bytes) {
        if (bytes.length() < RegionDescriptor.slotsOffset(1)) {
            throw AttachException.damaged("region is too short: length=" + bytes.length());
        }
        // Acquire: pairs with the target's release store of the magic, which is its last store to the header.
        final long magic = bytes.word(RegionDescriptor.MAGIC_OFFSET);
        if (magic != RegionDescriptor.MAGIC) {
            throw AttachException.damaged("region has a wrong magic: magic=0x" + Long.toHexString(magic));
        }
        final long address = bytes.view(0, RegionDescriptor.HEADER_LENGTH);
        TargetControl.checkVersion("region", Memory.getInt(address + RegionDescriptor.LAYOUT_VERSION_OFFSET));
        final RegionHeader header = new RegionHeader(address, bytes.length());
        header.check(address);
        return header;
    }

    private void check(final long header) {
        if (slotCount < 1 || slotCount > RegionDescriptor.MAX_SLOT_COUNT) {
            throw AttachException.damaged("region: slots=" + slotCount);
        }
        require("slot stride", Memory.getLong(header + RegionDescriptor.SLOT_STRIDE_OFFSET), SlotDescriptor.LENGTH);
        if (Integer.bitCount(chunkLength) != 1 || chunkLength < MIN_CHUNK_LENGTH
            || chunkLength > RecordSizing.MAX_CONTENT_LENGTH
            || Long.bitCount(ringStride) != 1 || ringStride < 4L * chunkLength
            || ringStride > RegionDescriptor.PIECE_LENGTH) {
            throw AttachException.damaged("region: chunk length=" + chunkLength + " ring stride=" + ringStride);
        }
        require("header length", Memory.getInt(header + RegionDescriptor.HEADER_LENGTH_OFFSET),
            RegionDescriptor.HEADER_LENGTH);
        require("file length", Memory.getLong(header + RegionDescriptor.FILE_LENGTH_OFFSET), fileLength);
        require("computed length", RegionDescriptor.fileLength(slotCount, ringStride), fileLength);
        require("schema offset", Memory.getLong(header + RegionDescriptor.SCHEMA_OFFSET_OFFSET),
            RegionDescriptor.SCHEMA_OFFSET);
        require("schema capacity", Memory.getLong(header + RegionDescriptor.SCHEMA_CAPACITY_OFFSET),
            RegionDescriptor.SCHEMA_CAPACITY);
        require("counters metadata", Memory.getLong(header + RegionDescriptor.COUNTERS_METADATA_OFFSET_OFFSET),
            RegionDescriptor.COUNTERS_METADATA_OFFSET);
        require("counters values", Memory.getLong(header + RegionDescriptor.COUNTERS_VALUES_OFFSET_OFFSET),
            RegionDescriptor.COUNTERS_VALUES_OFFSET);
        require("slots offset", Memory.getLong(header + RegionDescriptor.SLOTS_OFFSET_OFFSET),
            RegionDescriptor.slotsOffset(slotCount));
        require("rings offset", Memory.getLong(header + RegionDescriptor.RINGS_OFFSET_OFFSET),
            RegionDescriptor.ringsOffset(slotCount));
        if (clockFrequency <= 0) {
            throw AttachException.damaged("region: clock frequency=" + clockFrequency);
        }
        // Targets of version 0.1.0 have no error log.
        if (errorLogOffset != 0) {
            require("error log offset", errorLogOffset, RegionDescriptor.errorLogOffset(slotCount));
            require("error log length", errorLogLength, ErrorLogDescriptor.LENGTH);
        }
    }

    /** Refuses the header if it does not belong to the control file's target. */
    void check(final TargetControl control) {
        require("slots", slotCount, control.slotCount());
        require("length in the control file", control.regionLength(), fileLength);
        require("clock kind", clockKind, control.clockKind());
        if (!stamp.targetId().equals(control.stamp().targetId())) {
            throw AttachException.damaged("region belongs to another target than the control file");
        }
    }

    private static void require(final String what, final long actual, final long expected) {
        if (actual != expected) {
            throw AttachException.damaged("region: " + what + "=" + actual + ", expected " + expected);
        }
    }

    /** Number of slots. */
    int slotCount() {
        return slotCount;
    }

    /** Bytes of a chunk. */
    int chunkLength() {
        return chunkLength;
    }

    /** Code of the target's clock, which counts the ticks. */
    int clockKind() {
        return clockKind;
    }

    /** Nominal ticks per second. */
    long clockFrequency() {
        return clockFrequency;
    }

    /** The identity of the target. */
    TargetStamp stamp() {
        return stamp;
    }

    /** Bytes of address space that are reserved for each ring. */
    long ringStride() {
        return ringStride;
    }

    /** Offset of the error log; 0 if the target has none. */
    long errorLogOffset() {
        return errorLogOffset;
    }
}
