// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer;

import dev.sluice.ring.ClockTriple;
import dev.sluice.ring.EventSchema;
import dev.sluice.ring.Memory;
import dev.sluice.ring.RefusalCause;
import dev.sluice.ring.RegionDescriptor;
import dev.sluice.ring.SchemaCodec;
import dev.sluice.ring.Slot;
import dev.sluice.ring.SlotDescriptor;
import dev.sluice.ring.TargetId;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersReader;

/**
 * The consumer's view of a region, of which nothing is believed: the header is copied out once and must be exactly what
 * this layout version makes for the file's size. Slots and rings are mapped on first use. Any thread.
 */
public final class TargetRegion implements AutoCloseable {
    private static final int MAX_CHUNK_LENGTH = 1 << 16;
    private static final int MIN_CHUNK_LENGTH = 1 << 8;

    private final SharedMapping mapping;
    private final long header;
    private final int slotCount;
    private final int chunkLength;
    private final long ringStride;
    private final int clockKind;
    private final long clockFrequency;

    private TargetRegion(final SharedMapping mapping, final int slotCount) {
        this.mapping = mapping;
        this.slotCount = slotCount;
        header = mapping.address(0, RegionDescriptor.slotsOffset(slotCount));
        chunkLength = Memory.getInt(header + RegionDescriptor.CHUNK_LENGTH_OFFSET);
        ringStride = Memory.getLong(header + RegionDescriptor.RING_STRIDE_OFFSET);
        clockKind = Memory.getInt(header + RegionDescriptor.CLOCK_KIND_OFFSET);
        clockFrequency = Memory.getLong(header + RegionDescriptor.CLOCK_FREQUENCY_OFFSET);
    }

    /**
     * Checks a region and takes it over.
     *
     * @throws AttachException if it has another layout, is damaged or is not the control file's
     */
    static TargetRegion open(final SharedMapping mapping, final TargetControl control) {
        if (mapping.length() < RegionDescriptor.slotsOffset(control.slotCount())) {
            throw AttachException.damaged("region is too short: length=" + mapping.length());
        }
        final long header = mapping.address(0, RegionDescriptor.HEADER_LENGTH);
        // Acquire: pairs with the target's release of the magic, its last store to the header.
        final long magic = Memory.getLongAcquire(header + RegionDescriptor.MAGIC_OFFSET);
        if (magic != RegionDescriptor.MAGIC) {
            throw AttachException.damaged("region has a wrong magic: magic=0x" + Long.toHexString(magic));
        }
        TargetControl.checkVersion("region", Memory.getInt(header + RegionDescriptor.LAYOUT_VERSION_OFFSET));
        final TargetRegion region = new TargetRegion(mapping, control.slotCount());
        region.check(control);
        return region;
    }

    private void check(final TargetControl control) {
        require("slots", Memory.getInt(header + RegionDescriptor.SLOT_COUNT_OFFSET), slotCount);
        require("slot stride", Memory.getLong(header + RegionDescriptor.SLOT_STRIDE_OFFSET), SlotDescriptor.LENGTH);
        if (Integer.bitCount(chunkLength) != 1 || chunkLength < MIN_CHUNK_LENGTH || chunkLength > MAX_CHUNK_LENGTH
            || Long.bitCount(ringStride) != 1 || ringStride < 4L * chunkLength
            || ringStride > RegionDescriptor.PIECE_LENGTH) {
            throw AttachException.damaged("region: chunk length=" + chunkLength + " ring stride=" + ringStride);
        }
        require("header length", Memory.getInt(header + RegionDescriptor.HEADER_LENGTH_OFFSET),
            RegionDescriptor.HEADER_LENGTH);
        require("file length", Memory.getLong(header + RegionDescriptor.FILE_LENGTH_OFFSET), mapping.length());
        require("computed length", RegionDescriptor.fileLength(slotCount, ringStride), mapping.length());
        require("length in the control file", control.regionLength(), mapping.length());
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
        require("clock kind", clockKind, control.clockKind());
        if (clockFrequency <= 0) {
            throw AttachException.damaged("region: clock frequency=" + clockFrequency);
        }
        if (!TargetId.read(header + RegionDescriptor.TARGET_ID_OFFSET).equals(control.targetId())) {
            throw AttachException.damaged("region belongs to another target than the control file");
        }
    }

    private static void require(final String what, final long actual, final long expected) {
        if (actual != expected) {
            throw AttachException.damaged("region: " + what + "=" + actual + ", expected " + expected);
        }
    }

    /** Number of slots. */
    public int slotCount() {
        return slotCount;
    }

    /** Bytes of a chunk. */
    public int chunkLength() {
        return chunkLength;
    }

    /** Code of the clock that ticks come from. */
    public int clockKind() {
        return clockKind;
    }

    /** Nominal ticks per second. */
    public long clockFrequency() {
        return clockFrequency;
    }

    /** Slots below this may have been used; slots at or above it were never touched and must not be read. */
    public int slotLimit() {
        final long limit = Memory.getLongVolatile(header + RegionDescriptor.SLOT_LIMIT_OFFSET);
        return (int) Math.max(0, Math.min(limit, slotCount));
    }

    /** Accessors of a slot and its ring. */
    public Slot slot(final int index) {
        return new Slot(index, slotAddress(index), ringAddress(index), ringStride, chunkLength);
    }

    /**
     * A copy of a slot's words, over the real ring: for reading a ring whose words must not change between a check and
     * the use of what was checked.
     *
     * @param copy address of {@link SlotDescriptor#LENGTH} bytes that the caller owns
     */
    Slot snapshot(final int index, final long copy) {
        Memory.copy(slotAddress(index), copy, SlotDescriptor.LENGTH);
        return new Slot(index, copy, ringAddress(index), ringStride, chunkLength);
    }

    private long slotAddress(final int index) {
        if (index < 0 || index >= slotCount) {
            throw new IllegalArgumentException("slot=" + index + " slots=" + slotCount);
        }
        return mapping.address(
            RegionDescriptor.slotsOffset(slotCount) + index * (long) SlotDescriptor.LENGTH, SlotDescriptor.LENGTH);
    }

    private long ringAddress(final int index) {
        return mapping.address(RegionDescriptor.ringsOffset(slotCount) + index * ringStride, ringStride);
    }

    /** Bytes of the schema log that are valid now. */
    int schemaLength() {
        // Acquire: pairs with the target's release after the log's bytes.
        final long length = Memory.getLongAcquire(header + RegionDescriptor.SCHEMA_LENGTH_OFFSET);
        if (length < 0 || length > RegionDescriptor.SCHEMA_CAPACITY) {
            throw AttachException.damaged("region: schema length=" + length);
        }
        return (int) length;
    }

    /** A copy of the schema log's bytes in a range that {@link #schemaLength()} covers. */
    byte[] schemaBytes(final int from, final int to) {
        return Memory.getBytes(header + RegionDescriptor.SCHEMA_OFFSET + from, to - from);
    }

    /**
     * Decodes bytes of the schema log.
     *
     * @throws AttachException if they are damaged or declare an id twice
     */
    static List<EventSchema> decodeSchema(final byte[] log) {
        final List<EventSchema> schemas;
        try {
            schemas = SchemaCodec.decode(log);
        } catch (final IllegalArgumentException e) {
            throw AttachException.damaged("region: " + e.getMessage());
        }
        final Set<Integer> ids = new HashSet<>();
        for (final EventSchema schema : schemas) {
            if (!ids.add(schema.id())) {
                throw AttachException.damaged("region: event id declared twice: id=" + schema.id());
            }
        }
        return schemas;
    }

    /** What the target has declared up to now. */
    public List<EventSchema> schemas() {
        return decodeSchema(schemaBytes(0, schemaLength()));
    }

    /** The clock triple taken when the region was made, or null. */
    public ClockTriple firstTriple() {
        return ClockTriple.read(header + RegionDescriptor.FIRST_TRIPLE_OFFSET);
    }

    /** The newest clock triple, or null. */
    public ClockTriple lastTriple() {
        return ClockTriple.read(header + RegionDescriptor.LAST_TRIPLE_OFFSET);
    }

    /** Events that were refused before they had a ring, by cause, since the target began. */
    public Map<RefusalCause, Long> refusals() {
        final CountersReader counters = new CountersReader(
            new UnsafeBuffer(header + RegionDescriptor.COUNTERS_METADATA_OFFSET,
                RegionDescriptor.COUNTERS_METADATA_LENGTH),
            new UnsafeBuffer(header + RegionDescriptor.COUNTERS_VALUES_OFFSET,
                RegionDescriptor.COUNTERS_VALUES_LENGTH));
        final Map<RefusalCause, Long> refusals = new EnumMap<>(RefusalCause.class);
        for (int id = 0; id <= counters.maxCounterId(); id++) {
            if (counters.getCounterState(id) == CountersReader.RECORD_ALLOCATED) {
                final int type = counters.getCounterTypeId(id);
                final long value = counters.getCounterValue(id);
                for (final RefusalCause cause : RefusalCause.values()) {
                    if (cause.code() == type) {
                        refusals.merge(cause, value, Long::sum);
                    }
                }
            }
        }
        return refusals;
    }

    @Override
    public void close() {
        mapping.close();
    }
}
