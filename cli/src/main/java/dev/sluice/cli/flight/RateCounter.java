// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.flight;

import dev.sluice.ring.packet.TargetId;
import java.util.Arrays;
import java.util.Optional;

/**
 * Says when there were more events in a time than a number. Events come nearly in the order of their times: those of
 * one thread may be some hundred milliseconds behind those of another. They are counted in hundredths of the time, and
 * a time begins with one of them. So what it says is never too much, and any more that fit into 99 hundredths of the
 * time are noticed.
 * <p>
 * It says so once, and again only after there was a time with no more than that. For one thread.
 */
final class RateCounter {
    private static final int SLICES = 100;
    /** Events that come so late still count. */
    private static final long LATE_NS = 2_000_000_000L;
    /** What is older than this is taken for complete, when it is asked whether there are few again. */
    private static final long SETTLED_NS = 500_000_000L;

    private final EventRate rate;
    private final long sliceNs;
    private final int settled;
    private final long[] counts;
    /** Of the last event in each slice its time, and by which it is known: who fired it and when by that clock. */
    private final long[] lastNs;
    private final TargetId[] lastTargets;
    private final long[] lastTicks;
    private boolean hasEvents;
    private long newest;
    /** The oldest slice that has grown since it was last asked. */
    private long changed = Long.MAX_VALUE;
    private boolean isMany;
    /** The last slice of the time of which it was said, or later of one with few. */
    private long manySlice = Long.MIN_VALUE / 2;

    RateCounter(final EventRate rate) {
        this.rate = rate;
        sliceNs = Math.max(1, rate.periodNs() / SLICES);
        settled = Math.toIntExact((SETTLED_NS + sliceNs - 1) / sliceNs);
        final int late = Math.toIntExact(Math.max(SLICES, (LATE_NS + sliceNs - 1) / sliceNs));
        counts = new long[SLICES + late];
        lastNs = new long[counts.length];
        lastTargets = new TargetId[counts.length];
        lastTicks = new long[counts.length];
    }

    /**
     * Counts an event by its time.
     *
     * @param target who fired it
     * @param ticks  when, by the target's clock
     * @param atNs   when, by CLOCK_MONOTONIC, ns
     */
    void add(final TargetId target, final long ticks, final long atNs) {
        final long slice = Math.floorDiv(atNs, sliceNs);
        if (!hasEvents) {
            hasEvents = true;
            newest = slice;
        }
        if (slice > newest) {
            clear(slice);
            newest = slice;
        } else if (slice < newest - counts.length + SLICES) {
            // Too late: windows that it was in are forgotten in part.
            return;
        }
        final int index = index(slice);
        counts[index]++;
        if (counts[index] == 1 || atNs > lastNs[index]) {
            lastNs[index] = atNs;
            lastTargets[index] = target;
            lastTicks[index] = ticks;
        }
        changed = Math.min(changed, slice);
    }

    private void clear(final long slice) {
        if (slice - newest >= counts.length) {
            Arrays.fill(counts, 0);
            return;
        }
        for (long next = newest + 1; next <= slice; next++) {
            counts[index(next)] = 0;
        }
    }

    private int index(final long slice) {
        return (int) Math.floorMod(slice, (long) counts.length);
    }

    private long count(final long slice) {
        return slice > newest || slice <= newest - counts.length ? 0 : counts[index(slice)];
    }

    /** Whether there were too many since it was last asked; if so the moment of the last one of them. */
    Optional<Moment> poll() {
        if (changed == Long.MAX_VALUE) {
            return Optional.empty();
        }
        final long from = changed;
        changed = Long.MAX_VALUE;
        findFew();
        if (isMany) {
            return Optional.empty();
        }
        // Every window that has a slice which has grown, and that ends behind the last one of which it was said.
        long last = Math.max(from, manySlice + 1);
        long sum = sum(last);
        while (sum <= rate.events() && last < newest) {
            last++;
            sum += count(last) - count(last - SLICES);
        }
        if (sum <= rate.events()) {
            return Optional.empty();
        }
        isMany = true;
        manySlice = last;
        return Optional.of(lastOf(last));
    }

    /** Ends the time of which it was said, if a later one that is complete has few. */
    private void findFew() {
        final long oldest = newest - counts.length + SLICES;
        while (isMany && manySlice < newest - settled) {
            manySlice = Math.max(manySlice + 1, oldest);
            isMany = sum(manySlice) > rate.events();
        }
    }

    /** The last event of the window that ends with a slice and has some: it is in the last slice that has any. */
    private Moment lastOf(final long last) {
        long slice = last;
        while (count(slice) == 0) {
            slice--;
        }
        final int index = index(slice);
        return new Moment(lastTargets[index], lastTicks[index], lastNs[index]);
    }

    /** Events in the window that ends with a slice. */
    private long sum(final long last) {
        long sum = 0;
        for (long slice = last - SLICES + 1; slice <= last; slice++) {
            sum += count(slice);
        }
        return sum;
    }
}
