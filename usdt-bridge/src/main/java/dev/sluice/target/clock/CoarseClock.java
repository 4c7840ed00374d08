// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.clock;

import dev.sluice.ring.memory.Memory;

/**
 * System.nanoTime as of the last tick: for its readers one load. A reading is never ahead of System.nanoTime and never
 * goes back; it trails by at most the period, and what the ticker had to wait for a processor beyond that. Any thread.
 */
public final class CoarseClock extends TickingClock {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final long word = wordAddress();

    /**
     * A clock that stands still until it is told.
     *
     * @param periodNs time between ticks
     */
    CoarseClock(final long periodNs) {
        super(periodNs);
        Memory.putLongVolatile(word, System.nanoTime());
    }

    /** If two threads tick at the same time, the one with the earlier reading must not set the clock back. */
    @Override
    void tick() {
        final long now = System.nanoTime();
        long last = Memory.getLongVolatile(word);
        while (now - last > 0 && !Memory.compareAndSetLong(word, last, now)) {
            last = Memory.getLongVolatile(word);
        }
    }

    @Override
    public long ticks() {
        return Memory.getLongOpaque(word);
    }

    @Override
    public int kind() {
        return KIND_COARSE;
    }

    @Override
    public long frequency() {
        return NANOS_PER_SECOND;
    }
}
