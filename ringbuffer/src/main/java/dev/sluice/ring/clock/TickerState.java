// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.clock;

import dev.sluice.ring.memory.Memory;
import java.util.ArrayList;
import java.util.List;

/**
 * What the ticker of a sampled clock has proven: how long events may carry a reading of the clock.
 * <pre>
 *  +---------------------------------------------------------------+
 *  |   version: odd while it is being written (u64)                |   0
 *  +---------------------------------------------------------------+
 *  |   every: the clock is read for one event in so many (u64)     |   8
 *  +---------------------------------------------------------------+
 *  |   allowed: longest interval that is in time, ticks (u64)      |  16
 *  +---------------------------------------------------------------+
 *  |   confirmed: begin of the interval that has no end yet (u64)  |  24
 *  +---------------------------------------------------------------+
 *  |   late count: intervals longer than allowed, so far (u64)     |  32
 *  +---------------------------------------------------------------+
 *  |   begin and end of the 16 newest of them (2 u64 each);        |  40
 *  |   number n, from 0, is entry n modulo 16                      |
 *  +---------------------------------------------------------------+
 * </pre>
 * <p>
 * <b>Intervals.</b> The ticker changes its word again and again. Each time it reads the clock before the store, and
 * once more when every thread sees the new word. An interval goes from the first reading of one change to the second
 * one of the next: whoever has found the word unchanged since a reading of the clock did so, and had read, within one
 * interval. Decision 0120 has the proof. A version of 0 means that there is no ticker.
 *
 * @param every          the clock is read for one event in so many at least
 * @param allowedTicks   an interval of at most so many ticks is in time, and is not noted
 * @param confirmedTicks begin of the interval that has not ended; those before have ended
 * @param lateCount      number of intervals that were longer than allowed
 * @param late           the newest of them, oldest first
 */
public record TickerState(long every, long allowedTicks, long confirmedTicks, long lateCount, List<Late> late) {
    public static final int VERSION_OFFSET = 0;
    public static final int EVERY_OFFSET = VERSION_OFFSET + Long.BYTES;
    public static final int ALLOWED_OFFSET = EVERY_OFFSET + Long.BYTES;
    public static final int CONFIRMED_OFFSET = ALLOWED_OFFSET + Long.BYTES;
    public static final int LATE_COUNT_OFFSET = CONFIRMED_OFFSET + Long.BYTES;
    public static final int LATE_OFFSET = LATE_COUNT_OFFSET + Long.BYTES;
    /** Late intervals that are kept. */
    public static final int LATE_CAPACITY = 16;
    /** Bytes of a late interval. */
    public static final int LATE_LENGTH = 2 * Long.BYTES;
    /** Bytes of the structure. */
    public static final int LENGTH = LATE_OFFSET + LATE_CAPACITY * LATE_LENGTH;

    private static final int ATTEMPTS = 1000;

    /**
     * An interval that was longer than allowed.
     *
     * @param beginTicks where it began
     * @param endTicks   where it ended
     */
    public record Late(long beginTicks, long endTicks) {
    }

    /** Copies the list. */
    public TickerState {
        late = List.copyOf(late);
    }

    /** Begins at an address, where nothing of a ticker stands yet: no interval has ended. One writer thread. */
    public static void begin(final long address, final long every, final long allowedTicks, final long beginTicks) {
        Memory.putLong(address + EVERY_OFFSET, every);
        Memory.putLong(address + ALLOWED_OFFSET, allowedTicks);
        Memory.putLong(address + CONFIRMED_OFFSET, beginTicks);
        Memory.putLongVolatile(address + VERSION_OFFSET, 2);
    }

    /** An interval has ended, and another one has begun. One thread at a time. Pairs with {@link #read}. */
    public static void interval(final long address, final long beginTicks, final long endTicks,
        final long nextBeginTicks) {
        final long version = Memory.getLong(address + VERSION_OFFSET);
        Memory.putLongVolatile(address + VERSION_OFFSET, version | 1);
        final long ticks = endTicks - beginTicks;
        if (ticks < 0 || ticks > Memory.getLong(address + ALLOWED_OFFSET)) {
            final long number = Memory.getLong(address + LATE_COUNT_OFFSET);
            final long entry = address + LATE_OFFSET + number % LATE_CAPACITY * LATE_LENGTH;
            // A clock that went back: both of its times are in the interval.
            Memory.putLongVolatile(entry, Math.min(beginTicks, nextBeginTicks));
            Memory.putLongVolatile(entry + Long.BYTES, Math.max(beginTicks, endTicks));
            Memory.putLongVolatile(address + LATE_COUNT_OFFSET, number + 1);
        }
        Memory.putLongVolatile(address + CONFIRMED_OFFSET, nextBeginTicks);
        Memory.putLongVolatile(address + VERSION_OFFSET, (version | 1) + 1);
    }

    /**
     * Reads a consistent state from any thread or process.
     *
     * @return null if the writer was stopped in the middle of a store, or there is no ticker
     */
    public static TickerState read(final long address) {
        for (int i = 0; i < ATTEMPTS; i++) {
            final long version = Memory.getLongVolatile(address + VERSION_OFFSET);
            if ((version & 1) == 0) {
                final TickerState state = copy(address);
                if (version == Memory.getLongVolatile(address + VERSION_OFFSET)) {
                    return version == 0 ? null : state;
                }
            }
            Thread.onSpinWait();
        }
        return null;
    }

    private static TickerState copy(final long address) {
        final long count = Math.max(0, Memory.getLongVolatile(address + LATE_COUNT_OFFSET));
        final List<Late> late = new ArrayList<>();
        for (long i = Math.max(0, count - LATE_CAPACITY); i < count; i++) {
            final long entry = address + LATE_OFFSET + i % LATE_CAPACITY * LATE_LENGTH;
            late.add(new Late(Memory.getLongVolatile(entry), Memory.getLongVolatile(entry + Long.BYTES)));
        }
        return new TickerState(Memory.getLongVolatile(address + EVERY_OFFSET),
            Memory.getLongVolatile(address + ALLOWED_OFFSET), Memory.getLongVolatile(address + CONFIRMED_OFFSET),
            count, late);
    }
}
