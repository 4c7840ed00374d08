// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import dev.sluice.ring.ChunkDescriptor;
import dev.sluice.ring.ClockTriple;
import dev.sluice.ring.DistinctError;
import dev.sluice.ring.ErrorLog;
import dev.sluice.ring.ErrorLogDescriptor;
import dev.sluice.ring.EventSchema;
import dev.sluice.ring.Memory;
import dev.sluice.ring.PacketHeader;
import dev.sluice.ring.RecordSizing;
import dev.sluice.ring.RefusalCause;
import dev.sluice.ring.RegionDescriptor;
import dev.sluice.ring.SchemaCodec;
import dev.sluice.ring.SharedText;
import dev.sluice.ring.Slot;
import dev.sluice.ring.SlotDescriptor;
import dev.sluice.ring.TargetId;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.CountersReader;

/**
 * The consumer's view of a region, of which nothing is believed: the header is copied out once and must be exactly what
 * this layout version makes for the file's size. A memfd is mapped, slots and rings on first use; a file is read,
 * because it may be truncated by others. Any thread, but a {@link #slot} of a file is for one at a time.
 */
public final class TargetRegion implements AutoCloseable {
    private static final int MIN_CHUNK_LENGTH = 1 << 8;
    private static final int TRIPLE_ATTEMPTS = 100;

    private final RegionBytes bytes;
    private final int slotCount;
    private final int chunkLength;
    private final long ringStride;
    private final int clockKind;
    private final long clockFrequency;
    private final TargetId targetId;
    private final UUID bootId;
    private final int pidInside;
    private final long startTime;
    private final long errorLogOffset;
    private final long errorLogLength;
    private volatile int knownSlotLimit;

    private TargetRegion(final RegionBytes bytes, final long header) {
        this.bytes = bytes;
        slotCount = Memory.getInt(header + RegionDescriptor.SLOT_COUNT_OFFSET);
        chunkLength = Memory.getInt(header + RegionDescriptor.CHUNK_LENGTH_OFFSET);
        ringStride = Memory.getLong(header + RegionDescriptor.RING_STRIDE_OFFSET);
        clockKind = Memory.getInt(header + RegionDescriptor.CLOCK_KIND_OFFSET);
        clockFrequency = Memory.getLong(header + RegionDescriptor.CLOCK_FREQUENCY_OFFSET);
        targetId = TargetId.read(header + RegionDescriptor.TARGET_ID_OFFSET);
        bootId = TargetId.read(header + RegionDescriptor.BOOT_ID_OFFSET).uuid();
        pidInside = Memory.getInt(header + RegionDescriptor.PID_OFFSET);
        startTime = Memory.getLong(header + RegionDescriptor.START_TIME_OFFSET);
        errorLogOffset = Memory.getLong(header + RegionDescriptor.ERROR_LOG_OFFSET_OFFSET);
        errorLogLength = Memory.getLong(header + RegionDescriptor.ERROR_LOG_LENGTH_OFFSET);
    }

    /**
     * Checks a region and takes it over.
     *
     * @throws AttachException if it has another layout, is damaged or is not the control file's
     */
    public static TargetRegion open(final RegionBytes bytes, final TargetControl control) {
        final TargetRegion region = open(bytes);
        require("slots", region.slotCount, control.slotCount());
        require("length in the control file", control.regionLength(), bytes.length());
        require("clock kind", region.clockKind, control.clockKind());
        if (!region.targetId.equals(control.targetId())) {
            throw AttachException.damaged("region belongs to another target than the control file");
        }
        return region;
    }

    /**
     * Checks a region by itself, without the control file of its process, and takes it over.
     *
     * @throws AttachException if it is none, has another layout or is damaged
     */
    public static TargetRegion open(final RegionBytes bytes) {
        if (bytes.length() < RegionDescriptor.slotsOffset(1)) {
            throw AttachException.damaged("region is too short: length=" + bytes.length());
        }
        // Acquire: pairs with the target's release of the magic, its last store to the header.
        final long magic = bytes.word(RegionDescriptor.MAGIC_OFFSET);
        if (magic != RegionDescriptor.MAGIC) {
            throw AttachException.damaged("region has a wrong magic: magic=0x" + Long.toHexString(magic));
        }
        final long header = bytes.view(0, RegionDescriptor.HEADER_LENGTH);
        TargetControl.checkVersion("region", Memory.getInt(header + RegionDescriptor.LAYOUT_VERSION_OFFSET));
        final TargetRegion region = new TargetRegion(bytes, header);
        region.check(header);
        return region;
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
        require("file length", Memory.getLong(header + RegionDescriptor.FILE_LENGTH_OFFSET), bytes.length());
        require("computed length", RegionDescriptor.fileLength(slotCount, ringStride), bytes.length());
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
        // Targets of version 0.1.0 have none.
        if (errorLogOffset != 0) {
            require("error log offset", errorLogOffset, RegionDescriptor.errorLogOffset(slotCount));
            require("error log length", errorLogLength, ErrorLogDescriptor.LENGTH);
        }
    }

    private static void require(final String what, final long actual, final long expected) {
        if (actual != expected) {
            throw AttachException.damaged("region: " + what + "=" + actual + ", expected " + expected);
        }
    }

    /** Whether slots and rings can be accessed in place; false if the region is a file. */
    public boolean isMapped() {
        return bytes.isMapped();
    }

    /** Whether somebody has truncated the region's file: what it held beyond its end is not known any more. */
    public boolean isTruncated() {
        return bytes.isTruncated();
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

    /** Identity of the target that made it. */
    public TargetId targetId() {
        return targetId;
    }

    /** The boot that the target was started in. */
    public UUID bootId() {
        return bootId;
    }

    /** The target's process id as it saw it. */
    public int pidInside() {
        return pidInside;
    }

    /** When the target's process started, in the kernel's clock ticks since boot. */
    public long startTime() {
        return startTime;
    }

    /** Slots below this may have been used; slots at or above it were never touched and must not be read. */
    public int slotLimit() {
        final long limit = bytes.word(RegionDescriptor.SLOT_LIMIT_OFFSET);
        knownSlotLimit = (int) Math.max(0, Math.min(limit, slotCount));
        return knownSlotLimit;
    }

    /** Whether a number is below {@link #slotLimit()}, which only grows. */
    public boolean isUsed(final int slot) {
        return slot >= 0 && (slot < knownSlotLimit || slot < slotLimit());
    }

    /**
     * Accessors of a slot and its ring. Of a file: a copy of the slot as it is now, without chunks and ring, which the
     * next call for the same slot brings up to date.
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

    /** Adds to a copy without chunks what {@link Slot#overwrittenAcquire()} takes from the one overwritten last. */
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

    /** Sequence of the last batch that a ring has drained; 0 where the word is no sequence. */
    public long drainedSequence(final int index) {
        final long sequence = bytes.word(slotOffset(index) + SlotDescriptor.SEQUENCE_OFFSET);
        return PacketHeader.isSequence(sequence) ? sequence : 0;
    }

    /**
     * A copy of a slot's words, over the ring in place if it is mapped, else over none: for reading a ring whose words
     * must not change between a check and the use of what was checked.
     *
     * @param copy address of {@link SlotDescriptor#LENGTH} bytes that the caller owns
     */
    public Slot snapshot(final int index, final long copy) {
        // What was never used is not even read: that alone would give a memfd its pages.
        bytes.copy(slotOffset(index), copy, SlotDescriptor.FIRST_BYTES);
        final Slot slot = new Slot(index, copy, isMapped() ? bytes.view(ringOffset(index), (int) ringStride) : 0,
            ringStride, chunkLength);
        final int used =
            Math.max(SlotDescriptor.FIRST_BYTES, SlotDescriptor.chunkOffset(slot.chunkLimit()));
        bytes.copy(slotOffset(index) + SlotDescriptor.FIRST_BYTES, copy + SlotDescriptor.FIRST_BYTES,
            used - SlotDescriptor.FIRST_BYTES);
        Memory.zero(copy + used, SlotDescriptor.LENGTH - used);
        return slot;
    }

    /**
     * The same slot over a copy of its ring.
     *
     * @param ring address of {@link Slot#ringLength()} bytes, into which what is used of the ring is copied
     */
    public Slot withRingCopied(final Slot slot, final long ring) {
        bytes.copy(ringOffset(slot.index()), ring, (int) slot.usedLength());
        return new Slot(slot.index(), slot.address(), ring, ringStride, chunkLength);
    }

    /** A word of a chunk's descriptor as it is now. */
    public long chunkBegin(final Slot snapshot, final long position) {
        final long offset = snapshot.chunkAddress(position, snapshot.ringLength()) - snapshot.address();
        return bytes.word(slotOffset(snapshot.index()) + offset + ChunkDescriptor.BEGIN_POSITION_OFFSET);
    }

    /** The target's copy of a slot's received word: some milliseconds old at most, in a region that is a file. */
    public long receivedCopy(final int index) {
        return bytes.word(RegionDescriptor.RECEIVED_COPY_OFFSET + index * (long) Long.BYTES);
    }

    private long slotOffset(final int index) {
        if (index < 0 || index >= slotCount) {
            throw new IllegalArgumentException("slot=" + index + " slots=" + slotCount);
        }
        return RegionDescriptor.slotsOffset(slotCount) + index * (long) SlotDescriptor.LENGTH;
    }

    private long ringOffset(final int index) {
        return RegionDescriptor.ringsOffset(slotCount) + index * ringStride;
    }

    /** Bytes of the schema log that are valid now. */
    public int schemaLength() {
        // Acquire: pairs with the target's release after the log's bytes.
        final long length = bytes.word(RegionDescriptor.SCHEMA_LENGTH_OFFSET);
        if (length < 0 || length > RegionDescriptor.SCHEMA_CAPACITY) {
            throw AttachException.damaged("region: schema length=" + length);
        }
        return (int) length;
    }

    /** A copy of the schema log's bytes in a range that {@link #schemaLength()} covers. */
    public byte[] schemaBytes(final int from, final int to) {
        return Memory.getBytes(bytes.view(RegionDescriptor.SCHEMA_OFFSET + from, to - from), to - from);
    }

    /**
     * Decodes bytes of the schema log.
     *
     * @throws AttachException if they are damaged or declare an id twice
     */
    public static List<EventSchema> decodeSchema(final byte[] log) {
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

    /** What the target has declared up to now, by the address of each event's own probe in the target's memory. */
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

    /** Why the target's clock is the one that it is; empty if the library does not say it. */
    public String clockWhy() {
        return text(RegionDescriptor.CLOCK_WHY_OFFSET, RegionDescriptor.CLOCK_WHY_CAPACITY);
    }

    /** Java version of the process; empty if the library does not say it. */
    public String javaVersion() {
        return text(RegionDescriptor.JAVA_VERSION_OFFSET, RegionDescriptor.JAVA_VERSION_CAPACITY);
    }

    /** Command line of the process, which may be cut; empty if the library does not say it. */
    public String commandLine() {
        return text(RegionDescriptor.COMMAND_LINE_OFFSET, RegionDescriptor.COMMAND_LINE_CAPACITY);
    }

    private String text(final long offset, final int capacity) {
        return SharedText.read(bytes.view(offset, Integer.BYTES + capacity), capacity);
    }

    /** The clock triple taken when the region was made, or null. */
    public ClockTriple firstTriple() {
        return triple(RegionDescriptor.FIRST_TRIPLE_OFFSET);
    }

    /** The newest clock triple, or null. */
    public ClockTriple lastTriple() {
        return triple(RegionDescriptor.LAST_TRIPLE_OFFSET);
    }

    /** The last clock triple before a break or a step of the wall clock, of which the newest tells; or null. */
    public ClockTriple beforeTriple() {
        return triple(RegionDescriptor.BEFORE_TRIPLE_OFFSET);
    }

    private ClockTriple triple(final long offset) {
        for (int i = 0; i < TRIPLE_ATTEMPTS; i++) {
            final ClockTriple triple = ClockTriple.read(bytes.view(offset, ClockTriple.LENGTH));
            // A copy may have been taken in the middle of a change, which it does not show: so the next one must agree.
            if (isMapped() || triple == null
                || triple.equals(ClockTriple.read(bytes.view(offset, ClockTriple.LENGTH)))) {
                return triple;
            }
        }
        return null;
    }

    /** Events that were refused before they had a ring, by cause, since the target began. */
    public Map<RefusalCause, Long> refusals() {
        final CountersReader counters = new CountersReader(
            new UnsafeBuffer(bytes.view(RegionDescriptor.COUNTERS_METADATA_OFFSET,
                RegionDescriptor.COUNTERS_METADATA_LENGTH), RegionDescriptor.COUNTERS_METADATA_LENGTH),
            new UnsafeBuffer(bytes.view(RegionDescriptor.COUNTERS_VALUES_OFFSET,
                RegionDescriptor.COUNTERS_VALUES_LENGTH), RegionDescriptor.COUNTERS_VALUES_LENGTH));
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

    /** What went wrong inside the target's tracer since it began: each distinct error with its count. */
    public List<DistinctError> errors() {
        // Most have none, and need not be copied to see that.
        final long first = errorLogOffset + ErrorLogDescriptor.RECORDS_OFFSET;
        return errorLogOffset == 0 || bytes.word(first) == 0 ? List.of() : ErrorLog.read(errorSection());
    }

    /** How many errors found no room in the log. */
    public long unrecordedErrors() {
        return errorLogOffset == 0 ? 0 : ErrorLog.unrecorded(errorSection());
    }

    private byte[] errorSection() {
        return Memory.getBytes(bytes.view(errorLogOffset, ErrorLogDescriptor.LENGTH), ErrorLogDescriptor.LENGTH);
    }

    @Override
    public void close() {
        bytes.close();
    }
}
