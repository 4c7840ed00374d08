// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.control;

import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.TargetId;

/**
 * Layout of the control file: a sealed memfd that holds what target and consumer say to each other. All words are
 * little-endian and naturally aligned; words of different writers sit two cache lines (128 bytes) apart.
 * docs/protocol.md lists each word's writer, readers, store order and repair.
 * <pre>
 *     0  +--------------------------------------------------------------+
 *        | header, 256 bytes (target, once; magic last)                 |
 *   256  +--------------------------------------------------------------+
 *        | session word {epoch:16, 0:16, consumer pid:32}   (CAS)       |
 *   384  +--------------------------------------------------------------+
 *        | consumer heartbeat {epoch:16, count:48}          (consumer)  |
 *   512  +--------------------------------------------------------------+
 *        | credits consumed {epoch:16, bytes / 8:48}; per cause of      |
 *        | refusal {epoch:16, events accounted:48}          (consumer)  |
 *   640  +--------------------------------------------------------------+
 *        | target heartbeat, ns; active epoch; credit capacity; record  |
 *        | sizing                                           (target)    |
 *   768  +--------------------------------------------------------------+
 *        | credits claimed {epoch:16, bytes / 8:48}         (CAS)       |
 *   896  +--------------------------------------------------------------+
 *        | command word {epoch:16, kind:16, number:32}      (consumer)  |
 *  1024  +--------------------------------------------------------------+
 *        | acknowledged word; result; count; message        (target)    |
 *  2048  +--------------------------------------------------------------+
 *        | command body, 6 KiB                              (consumer)  |
 *  8192  +--------------------------------------------------------------+
 *        | {@link ConsumerWordsDescriptor} of each slot     (consumer)  |
 *        +--------------------------------------------------------------+
 * </pre>
 */
public final class ControlFileDescriptor {
    /** "SLUICECT" read as a little-endian word. */
    public static final long MAGIC = 0x5443_4543_4955_4C53L;
    /** Version of both files' layout; another version is refused. */
    public static final int LAYOUT_VERSION = 5;
    /** Name that the control file's memfd is made with; /proc/PID/fd shows it as "/memfd:NAME (deleted)". */
    public static final String MEMFD_NAME = "sluice-control";

    public static final int MAGIC_OFFSET = 0;
    public static final int LAYOUT_VERSION_OFFSET = MAGIC_OFFSET + Long.BYTES;
    public static final int HEADER_LENGTH_OFFSET = LAYOUT_VERSION_OFFSET + Integer.BYTES;
    public static final int FILE_LENGTH_OFFSET = HEADER_LENGTH_OFFSET + Integer.BYTES;
    public static final int PID_OFFSET = FILE_LENGTH_OFFSET + Long.BYTES;
    public static final int CLOCK_KIND_OFFSET = PID_OFFSET + Integer.BYTES;
    public static final int START_TIME_OFFSET = CLOCK_KIND_OFFSET + Integer.BYTES;
    public static final int BOOT_ID_OFFSET = START_TIME_OFFSET + Long.BYTES;
    public static final int TARGET_ID_OFFSET = BOOT_ID_OFFSET + TargetId.LENGTH;
    public static final int REGION_LENGTH_OFFSET = TARGET_ID_OFFSET + TargetId.LENGTH;
    public static final int SLOT_COUNT_OFFSET = REGION_LENGTH_OFFSET + Long.BYTES;
    public static final int REGION_KIND_OFFSET = SLOT_COUNT_OFFSET + Integer.BYTES;
    public static final int REGION_FD_OFFSET = REGION_KIND_OFFSET + Integer.BYTES;
    public static final int HEADER_RESERVED_OFFSET = REGION_FD_OFFSET + Integer.BYTES;
    public static final int DRAIN_STUB_OFFSET = HEADER_RESERVED_OFFSET + Integer.BYTES;
    public static final int DRAIN_WORD_OFFSET = DRAIN_STUB_OFFSET + Long.BYTES;
    public static final int STALE_AFTER_OFFSET = DRAIN_WORD_OFFSET + Long.BYTES;
    /** Address of the region's begin in the target's memory, for a consumer that has the kernel copy from there. */
    public static final int REGION_ADDRESS_OFFSET = STALE_AFTER_OFFSET + Long.BYTES;
    public static final int HEADER_LENGTH = 256;

    /** Value of {@link #REGION_KIND_OFFSET}: the region is a sealed memfd. */
    public static final int REGION_MEMFD = 1;
    /** Value of {@link #REGION_KIND_OFFSET}: the region is a file that outlives the process. */
    public static final int REGION_FILE = 2;

    /** Distance between words of different writers. */
    public static final int LINE_LENGTH = 128;

    public static final int SESSION_OFFSET = HEADER_LENGTH;
    public static final int HEARTBEAT_OFFSET = SESSION_OFFSET + LINE_LENGTH;
    public static final int CREDITS_CONSUMED_OFFSET = HEARTBEAT_OFFSET + LINE_LENGTH;
    /** Word of the cause with code 1; each code up to {@link #MAX_REFUSAL_CODE} has a word. */
    public static final int REFUSALS_ACCOUNTED_OFFSET = CREDITS_CONSUMED_OFFSET + Long.BYTES;
    /** Greatest code of a cause that has a word. */
    public static final int MAX_REFUSAL_CODE = LINE_LENGTH / Long.BYTES - 1;
    public static final int TARGET_HEARTBEAT_OFFSET = CREDITS_CONSUMED_OFFSET + LINE_LENGTH;
    public static final int ACTIVE_EPOCH_OFFSET = TARGET_HEARTBEAT_OFFSET + Long.BYTES;
    public static final int CREDIT_CAPACITY_OFFSET = ACTIVE_EPOCH_OFFSET + Long.BYTES;
    public static final int RECORD_SIZING_OFFSET = CREDIT_CAPACITY_OFFSET + Long.BYTES;
    public static final int CREDITS_CLAIMED_OFFSET = TARGET_HEARTBEAT_OFFSET + LINE_LENGTH;
    public static final int COMMAND_OFFSET = CREDITS_CLAIMED_OFFSET + LINE_LENGTH;
    public static final int ACK_OFFSET = COMMAND_OFFSET + LINE_LENGTH;
    public static final int ACK_RESULT_OFFSET = ACK_OFFSET + Long.BYTES;
    public static final int ACK_COUNT_OFFSET = ACK_RESULT_OFFSET + Integer.BYTES;
    public static final int ACK_MESSAGE_LENGTH_OFFSET = ACK_COUNT_OFFSET + Integer.BYTES;
    public static final int ACK_MESSAGE_OFFSET = ACK_MESSAGE_LENGTH_OFFSET + Integer.BYTES;
    public static final int ACK_MESSAGE_CAPACITY = 512;
    public static final int BODY_OFFSET = 2048;
    public static final int BODY_CAPACITY = 6144;
    public static final int CONSUMER_WORDS_OFFSET = BODY_OFFSET + BODY_CAPACITY;

    /**
     * Where the bytes that consumers lock begin, far beyond the file's end. Byte {@code LIFE_LOCK_OFFSET + epoch} is
     * locked by an open-file-description lock for as long as the consumer of that epoch lives. The kernel drops the
     * lock with the last descriptor and mapping of the consumer's open file, so with its process, whatever namespace
     * either side is in.
     */
    public static final long LIFE_LOCK_OFFSET = 1L << 40;

    private ControlFileDescriptor() {
    }

    /** Offset of the byte that the consumer of an epoch locks. */
    public static long lifeLockOffset(final int epoch) {
        return LIFE_LOCK_OFFSET + epoch;
    }

    /** Offset of the word for a cause of refusal, by its code. */
    public static int refusalsAccountedOffset(final int code) {
        if (code < 1 || code > MAX_REFUSAL_CODE) {
            throw new IllegalArgumentException("code=" + code + " max=" + MAX_REFUSAL_CODE);
        }
        return REFUSALS_ACCOUNTED_OFFSET + (code - 1) * Long.BYTES;
    }

    /** Offset of the words that a consumer has for a slot. */
    public static int consumerWordsOffset(final int slot) {
        return CONSUMER_WORDS_OFFSET + slot * ConsumerWordsDescriptor.LENGTH;
    }

    /** Length of the file for a number of slots, rounded up to whole pages. */
    public static long fileLength(final int slotCount) {
        return Memory.wholePages(CONSUMER_WORDS_OFFSET + slotCount * (long) ConsumerWordsDescriptor.LENGTH);
    }
}
