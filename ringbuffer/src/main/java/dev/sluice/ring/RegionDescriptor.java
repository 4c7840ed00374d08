// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

/**
 * Layout of the region: the memory that holds a target's schema, counters and rings. A sealed memfd, or a file that
 * outlives a crash. Sparse: a slot reserves address space only, pages exist once its owner has allocated them.
 * <pre>
 *      0  +--------------------------------------------------------------+
 *         | header, one page (target, once; magic last)                  |
 *   4096  +--------------------------------------------------------------+
 *         | published words: schema length; slot limit; clock triples    |
 *   8192  +--------------------------------------------------------------+
 *         | schema log, 1 MiB, append-only                               |
 *         +--------------------------------------------------------------+
 *         | counters metadata, 32 KiB (Agrona CountersManager)           |
 *         +--------------------------------------------------------------+
 *         | counters values, 8 KiB                                       |
 *         +--------------------------------------------------------------+
 *         | received copy: one word per slot, written by the target      |
 *         +--------------------------------------------------------------+
 *         | slots: {@link SlotDescriptor}, 64 KiB each                   |
 *         +--------------------------------------------------------------+
 *         | {@link ErrorLogDescriptor}, 64 KiB                           |
 *         +--------------------------------------------------------------+
 *         | rings: one stride each (the greatest ring length), aligned   |
 *         | to 1 GiB so that no ring crosses a mapping of 1 GiB          |
 *         +--------------------------------------------------------------+
 * </pre>
 */
public final class RegionDescriptor {
    /** "SLUICERG" read as a little-endian word. */
    public static final long MAGIC = 0x4752_4543_4955_4C53L;
    /** Name a memfd region is made with. */
    public static final String MEMFD_NAME = "sluice-region";

    public static final int MAGIC_OFFSET = 0;
    public static final int LAYOUT_VERSION_OFFSET = MAGIC_OFFSET + Long.BYTES;
    public static final int HEADER_LENGTH_OFFSET = LAYOUT_VERSION_OFFSET + Integer.BYTES;
    public static final int FILE_LENGTH_OFFSET = HEADER_LENGTH_OFFSET + Integer.BYTES;
    public static final int PID_OFFSET = FILE_LENGTH_OFFSET + Long.BYTES;
    public static final int CLOCK_KIND_OFFSET = PID_OFFSET + Integer.BYTES;
    public static final int START_TIME_OFFSET = CLOCK_KIND_OFFSET + Integer.BYTES;
    public static final int BOOT_ID_OFFSET = START_TIME_OFFSET + Long.BYTES;
    public static final int TARGET_ID_OFFSET = BOOT_ID_OFFSET + TargetId.LENGTH;
    public static final int SLOT_COUNT_OFFSET = TARGET_ID_OFFSET + TargetId.LENGTH;
    public static final int CHUNK_LENGTH_OFFSET = SLOT_COUNT_OFFSET + Integer.BYTES;
    public static final int SLOT_STRIDE_OFFSET = CHUNK_LENGTH_OFFSET + Integer.BYTES;
    public static final int RING_STRIDE_OFFSET = SLOT_STRIDE_OFFSET + Long.BYTES;
    public static final int SCHEMA_OFFSET_OFFSET = RING_STRIDE_OFFSET + Long.BYTES;
    public static final int SCHEMA_CAPACITY_OFFSET = SCHEMA_OFFSET_OFFSET + Long.BYTES;
    public static final int COUNTERS_METADATA_OFFSET_OFFSET = SCHEMA_CAPACITY_OFFSET + Long.BYTES;
    public static final int COUNTERS_METADATA_LENGTH_OFFSET = COUNTERS_METADATA_OFFSET_OFFSET + Long.BYTES;
    public static final int COUNTERS_VALUES_OFFSET_OFFSET = COUNTERS_METADATA_LENGTH_OFFSET + Long.BYTES;
    public static final int COUNTERS_VALUES_LENGTH_OFFSET = COUNTERS_VALUES_OFFSET_OFFSET + Long.BYTES;
    public static final int RECEIVED_COPY_OFFSET_OFFSET = COUNTERS_VALUES_LENGTH_OFFSET + Long.BYTES;
    public static final int SLOTS_OFFSET_OFFSET = RECEIVED_COPY_OFFSET_OFFSET + Long.BYTES;
    public static final int RINGS_OFFSET_OFFSET = SLOTS_OFFSET_OFFSET + Long.BYTES;
    public static final int CLOCK_FREQUENCY_OFFSET = RINGS_OFFSET_OFFSET + Long.BYTES;
    public static final int MEMORY_LIMIT_OFFSET = CLOCK_FREQUENCY_OFFSET + Long.BYTES;
    /** Offset of the error log in the file; 0 where there is none, as in regions of version 0.1.0. */
    public static final int ERROR_LOG_OFFSET_OFFSET = MEMORY_LIMIT_OFFSET + Long.BYTES;
    public static final int ERROR_LOG_LENGTH_OFFSET = ERROR_LOG_OFFSET_OFFSET + Long.BYTES;
    /**
     * Why the target's clock is the one that it is: u32 length and UTF-8; empty where it is not said. Written once, as
     * the header.
     */
    public static final int CLOCK_WHY_OFFSET = ERROR_LOG_LENGTH_OFFSET + Long.BYTES;
    /** Java version of the process: u32 length and UTF-8; empty where it is not known. Written once, as the header. */
    public static final int JAVA_VERSION_OFFSET = 2048;
    /** Command line of the process, in the same form, and cut to what is left of the header. */
    public static final int COMMAND_LINE_OFFSET = JAVA_VERSION_OFFSET + 128;
    public static final int HEADER_LENGTH = 4096;
    /** Bytes of UTF-8 that the three have room for. */
    public static final int CLOCK_WHY_CAPACITY = 512 - Integer.BYTES;
    public static final int JAVA_VERSION_CAPACITY = COMMAND_LINE_OFFSET - JAVA_VERSION_OFFSET - Integer.BYTES;
    public static final int COMMAND_LINE_CAPACITY = HEADER_LENGTH - COMMAND_LINE_OFFSET - Integer.BYTES;

    /** Bytes of the schema log that are valid; release store by the declaring thread under the schema lock. */
    public static final int SCHEMA_LENGTH_OFFSET = HEADER_LENGTH;
    /** Number of slots ever claimed: slots at or above it have never been used. Compare-and-set upwards. */
    public static final int SLOT_LIMIT_OFFSET = SCHEMA_LENGTH_OFFSET + ControlFileDescriptor.LINE_LENGTH;
    /** The clock triple taken when the region was made; never changed. See {@link ClockTriple}. */
    public static final int FIRST_TRIPLE_OFFSET = SLOT_LIMIT_OFFSET + ControlFileDescriptor.LINE_LENGTH;
    /** The newest clock triple; written by the control thread alone, under its version word. */
    public static final int LAST_TRIPLE_OFFSET = FIRST_TRIPLE_OFFSET + ControlFileDescriptor.LINE_LENGTH;
    /**
     * The last clock triple before a break or a step of the wall clock that fitted those before it; written by the
     * control thread before the newest triple, which is the first behind it. Nothing until there was one.
     */
    public static final int BEFORE_TRIPLE_OFFSET = LAST_TRIPLE_OFFSET + ControlFileDescriptor.LINE_LENGTH;

    public static final int SCHEMA_OFFSET = 8192;
    public static final int SCHEMA_CAPACITY = 1 << 20;
    public static final int COUNTERS_METADATA_OFFSET = SCHEMA_OFFSET + SCHEMA_CAPACITY;
    public static final int COUNTERS_METADATA_LENGTH = 32 << 10;
    public static final int COUNTERS_VALUES_OFFSET = COUNTERS_METADATA_OFFSET + COUNTERS_METADATA_LENGTH;
    public static final int COUNTERS_VALUES_LENGTH = 8 << 10;
    public static final int RECEIVED_COPY_OFFSET = COUNTERS_VALUES_OFFSET + COUNTERS_VALUES_LENGTH;

    /** Length of a mapping of the ring area; no ring crosses one. */
    public static final long PIECE_LENGTH = 1L << 30;
    /** Greatest number of slots: their descriptors then fill one mapping. */
    public static final int MAX_SLOT_COUNT = 8192;

    private RegionDescriptor() {
    }

    /** Offset of the slot descriptors for a number of slots. */
    public static long slotsOffset(final int slotCount) {
        return RECEIVED_COPY_OFFSET + slotCount * (long) Long.BYTES + SlotDescriptor.LENGTH - 1
            & -(long) SlotDescriptor.LENGTH;
    }

    /** Offset of the error log for a number of slots: behind them, before the rings' first piece. */
    public static long errorLogOffset(final int slotCount) {
        return slotsOffset(slotCount) + slotCount * (long) SlotDescriptor.LENGTH;
    }

    /** Offset of the rings for a number of slots: the end of what is before them, rounded up to a piece. */
    public static long ringsOffset(final int slotCount) {
        return errorLogOffset(slotCount) + ErrorLogDescriptor.LENGTH + PIECE_LENGTH - 1 & -PIECE_LENGTH;
    }

    /** Length of the file for a number of slots and a ring stride in bytes (a power of two, at most a piece). */
    public static long fileLength(final int slotCount, final long ringStride) {
        return ringsOffset(slotCount) + slotCount * ringStride;
    }
}
