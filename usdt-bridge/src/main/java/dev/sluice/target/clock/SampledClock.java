// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.clock;

import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.clock.TickerState;
import dev.sluice.ring.memory.Memory;
import dev.sluice.usdt.Tsc;

/**
 * Another clock, read for some events only: for one in so many of a ring, and for the first one that finds the ticker's
 * word changed. The others carry the last reading. The ticker proves how long that may have been ago at most, and
 * writes down what took longer: {@link TickerState}. Any thread.
 */
public final class SampledClock extends TickingClock {
    // Why a tick reads the clock twice. Whoever carries a reading has found the word as it was before that reading. So
    // the reading came after the word's store, before which the first time was taken; and the word had not changed yet
    // when it was carried, so that came before the moment at which every thread sees the next one, after which the
    // second time of the next tick is taken. Neither depends on when the ticker got its processor. Decision 0120.

    private static final double NANOS_PER_SECOND = 1e9;

    private final Clock source;
    private final boolean isCounter;
    private final int every;
    private final long allowedTicks;
    private final long word = wordAddress();
    /** Where the state is written; 0 before. Guarded by this, as the two below. */
    private long stateAddress;
    private long number = 1;
    private long beginTicks;

    /**
     * A clock whose ticker does not run yet.
     *
     * @param source   what is read
     * @param periodNs how long events may carry a reading
     * @param every    how many may do so, with the one that has taken it
     */
    SampledClock(final Clock source, final long periodNs, final int every) {
        // Twice a period: a tick that comes late by half of one is in time.
        super(periodNs / 2);
        this.source = source;
        this.every = every;
        isCounter = source.kind() == KIND_TSC;
        allowedTicks = Math.max(1, (long) (source.frequency() * (periodNs / NANOS_PER_SECOND)));
        Memory.putLongVolatile(word, number);
    }

    /** Writes from now on, before the ticker runs, what it proves. */
    public synchronized void writeTo(final long address) {
        beginTicks = ticks();
        stateAddress = address;
        TickerState.begin(address, every, allowedTicks, beginTicks);
    }

    /** One event in so many takes a reading. */
    public int every() {
        return every;
    }

    @Override
    public synchronized void tick() {
        final long begin = ticks();
        // A store that all threads see before anything that follows.
        Memory.putLongVolatile(word, ++number);
        final long end = ticks();
        if (stateAddress != 0) {
            TickerState.interval(stateAddress, beginTicks, end, begin);
        }
        beginTicks = begin;
    }

    /** A reading of the source, taken after all that the thread has loaded and made visible before. */
    @Override
    public long ticks() {
        return isCounter ? Tsc.readInOrder() : source.ticks();
    }

    @Override
    public Clock source() {
        return source;
    }

    @Override
    public int kind() {
        return KIND_SAMPLED;
    }

    @Override
    public long frequency() {
        return source.frequency();
    }
}
