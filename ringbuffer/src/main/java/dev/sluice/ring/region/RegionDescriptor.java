// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.region;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.control.ControlFileDescriptor;
import dev.sluice.ring.memory.MappedFile;
import dev.sluice.ring.packet.TargetId;

/**
 * Layout of the region: the memory that holds a target's schema, counters and rings. The region is a sealed memfd, or a
 * file that outlives a crash. It is sparse: a slot only reserves address space, and its pages exist once its owner has
 * allocated them.
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
 *         | slots: {@link SlotDescriptor}, 116 KiB each                  |
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
    /** Name that a memfd region is created with. */
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
    /** Offset of the error log in the file; 0 if there is no error log, as in regions of version 0.1.0. */
    public static final int ERROR_LOG_OFFSET_OFFSET = MEMORY_LIMIT_OFFSET + Long.BYTES;
    public static final int ERROR_LOG_LENGTH_OFFSET = ERROR_LOG_OFFSET_OFFSET + Long.BYTES;
    /**
     * Why the target has the clock that it has: u32 length and UTF-8; empty if no reason is given. Written once, with
     * the header.
     */
    public static final int CLOCK_WHY_OFFSET = ERROR_LOG_LENGTH_OFFSET + Long.BYTES;
    /** Java version of the process: u32 length and UTF-8; empty if it is not known. Written once, with the header. */
    public static final int JAVA_VERSION_OFFSET = 2048;
    /**
     * Command line of the process: u32 length and UTF-8, cut to what is left of the header. Written once, with the
     * header.
     */
    public static final int COMMAND_LINE_OFFSET = JAVA_VERSION_OFFSET + 128;
    public static final int HEADER_LENGTH = 4096;
    /** The next three say for how many bytes of UTF-8 these texts have room. */
    public static final int CLOCK_WHY_CAPACITY = 512 - Integer.BYTES;
    public static final int JAVA_VERSION_CAPACITY = COMMAND_LINE_OFFSET - JAVA_VERSION_OFFSET - Integer.BYTES;
    public static final int COMMAND_LINE_CAPACITY = HEADER_LENGTH - COMMAND_LINE_OFFSET - Integer.BYTES;

    /** Number of valid bytes in the schema log. The declaring thread stores it with release, under the schema lock. */
    public static final int SCHEMA_LENGTH_OFFSET = HEADER_LENGTH;
    /**
     * Number of slots that were ever claimed: slots from this index on have never been used. Raised by compare-and-set.
     */
    public static final int SLOT_LIMIT_OFFSET = SCHEMA_LENGTH_OFFSET + ControlFileDescriptor.LINE_LENGTH;
    /** The clock triple that was taken when the region was made; it never changes. See {@link ClockTriple}. */
    public static final int FIRST_TRIPLE_OFFSET = SLOT_LIMIT_OFFSET + ControlFileDescriptor.LINE_LENGTH;
    /** The newest clock triple. Only the control thread writes it, under its version word. */
    public static final int LAST_TRIPLE_OFFSET = FIRST_TRIPLE_OFFSET + ControlFileDescriptor.LINE_LENGTH;
    /**
     * The last clock triple before a break of the target's clock or a step of the wall clock. The control thread writes
     * it before the newest triple, which is the first one after the break. Zeros until there was a break or a step.
     */
    public static final int BEFORE_TRIPLE_OFFSET = LAST_TRIPLE_OFFSET + ControlFileDescriptor.LINE_LENGTH;
    /**
     * What the ticker of a sampled clock has proven, {@link dev.sluice.ring.clock.TickerState}; zeros with other
     * clocks. The thread that ticks writes it, under the ticker's lock and version word.
     */
    public static final int TICKER_OFFSET = BEFORE_TRIPLE_OFFSET + ControlFileDescriptor.LINE_LENGTH;

    public static final int SCHEMA_OFFSET = 8192;
    public static final int SCHEMA_CAPACITY = 1 << 20;
    public static final int COUNTERS_METADATA_OFFSET = SCHEMA_OFFSET + SCHEMA_CAPACITY;
    public static final int COUNTERS_METADATA_LENGTH = 32 << 10;
    public static final int COUNTERS_VALUES_OFFSET = COUNTERS_METADATA_OFFSET + COUNTERS_METADATA_LENGTH;
    public static final int COUNTERS_VALUES_LENGTH = 8 << 10;
    public static final int RECEIVED_COPY_OFFSET = COUNTERS_VALUES_OFFSET + COUNTERS_VALUES_LENGTH;

    /** The first slot begins at a multiple of this. */
    public static final long SLOTS_ALIGNMENT = 64 << 10;
    /** Length of a mapping of the rings. No ring crosses the end of a mapping. */
    public static final long PIECE_LENGTH = MappedFile.PIECE_LENGTH;
    /** Greatest number of slots: so many descriptors fill one mapping. */
    public static final int MAX_SLOT_COUNT = 8192;

    private RegionDescriptor() {
    }

    /** Offset of the slot descriptors for a number of slots. */
    public static long slotsOffset(final int slotCount) {
        return RECEIVED_COPY_OFFSET + slotCount * (long) Long.BYTES + SLOTS_ALIGNMENT - 1 & -SLOTS_ALIGNMENT;
    }

    /**
     * Offset of the error log for a number of slots. The log lies after the slots and before the first mapping of the
     * rings.
     */
    public static long errorLogOffset(final int slotCount) {
        return slotsOffset(slotCount) + slotCount * (long) SlotDescriptor.LENGTH;
    }

    /** Offset of the rings for a number of slots: the end of what lies before them, rounded up to a whole mapping. */
    public static long ringsOffset(final int slotCount) {
        return errorLogOffset(slotCount) + ErrorLogDescriptor.LENGTH + PIECE_LENGTH - 1 & -PIECE_LENGTH;
    }

    /**
     * Length of the file for a number of slots and a ring stride in bytes (a power of two, at most
     * {@link #PIECE_LENGTH}).
     */
    public static long fileLength(final int slotCount, final long ringStride) {
        return ringsOffset(slotCount) + slotCount * ringStride;
    }
}
