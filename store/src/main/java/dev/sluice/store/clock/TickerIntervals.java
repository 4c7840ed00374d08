// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.clock;

import dev.sluice.ring.clock.TickerState;
import dev.sluice.store.format.TickerInfo;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongUnaryOperator;

/**
 * Tells until when an event can have been fired that carries a reading of a sampled clock. The clock's ticker has
 * proven that such an event was fired within the ticker's interval that contains the event's ticks. Memory is bounded:
 * if there are more late intervals than are kept, neighbours are merged, which proves less but nothing wrong. One
 * thread fills this object in the order of the trace; after that it is immutable.
 */
public final class TickerIntervals {
    /** The time is not known. */
    public static final long UNKNOWN = Long.MAX_VALUE;
    /** The most late intervals that are kept. */
    static final int CAPACITY = 1 << 16;

    /**
     * Late intervals by their begin. An end is the greatest of all ends up to its index, so a search finds the interval
     * that reaches farthest.
     */
    private long[] begins = new long[4];
    private long[] ends = new long[4];
    private int count;
    private long nextNumber;
    private long lateCount;
    private long longestTicks;
    private long every;
    private long allowedTicks;
    private long confirmedTicks;
    private long untilMonotonicNs;
    private boolean isAllBefore;

    /** Knows nothing yet: the ticker has not reported anything. */
    public TickerIntervals() {
    }

    /**
     * Adds the next report of the ticker.
     *
     * @throws IllegalArgumentException if the report contradicts itself
     */
    public void add(final TickerInfo info) {
        final TickerState state = info.state();
        final List<TickerState.Late> late = state.late();
        final long first = state.lateCount() - late.size();
        if (state.allowedTicks() < 0 || state.every() < 1 || first < 0 || late.stream().anyMatch(one ->
            one.endTicks() < one.beginTicks() || one.endTicks() - one.beginTicks() < 0)) {
            throw new IllegalArgumentException("a ticker that contradicts itself: " + state);
        }
        for (int i = 0; i < late.size(); i++) {
            // If numbers are missing, those intervals lie between the last known one and this one.
            final boolean isAfterHole = first + i > nextNumber;
            if (first + i >= nextNumber) {
                add(isAfterHole ? lastBegin() : late.get(i).beginTicks(), late.get(i).endTicks());
                longestTicks = Math.max(longestTicks, late.get(i).endTicks() - late.get(i).beginTicks());
                nextNumber = first + i + 1;
            }
        }
        if (state.lateCount() > nextNumber) {
            // All that is known of these late intervals is that they are before the interval that has not ended.
            add(lastBegin(), state.confirmedTicks() + state.allowedTicks());
            nextNumber = state.lateCount();
        }
        lateCount = Math.max(lateCount, state.lateCount());
        every = state.every();
        allowedTicks = Math.max(allowedTicks, state.allowedTicks());
        confirmedTicks = state.confirmedTicks();
        untilMonotonicNs = info.untilMonotonicNs();
        isAllBefore = untilMonotonicNs > 0;
    }

    /** Says that a packet follows. Its events may have been fired after the last report. */
    public void addPacket() {
        isAllBefore = false;
    }

    private long lastBegin() {
        return count == 0 ? Long.MIN_VALUE : begins[count - 1];
    }

    private void add(final long begin, final long end) {
        if (count == CAPACITY) {
            for (int i = 0; i < CAPACITY / 2; i++) {
                begins[i] = begins[2 * i];
                ends[i] = ends[2 * i + 1];
            }
            count = CAPACITY / 2;
        }
        if (count == begins.length) {
            begins = Arrays.copyOf(begins, 2 * count);
            ends = Arrays.copyOf(ends, 2 * count);
        }
        int at = count;
        // An interval begins before others only if the clock went back.
        while (at > 0 && begins[at - 1] > begin) {
            begins[at] = begins[at - 1];
            ends[at] = Math.max(ends[at - 1], end);
            at--;
        }
        begins[at] = begin;
        ends[at] = at > 0 ? Math.max(ends[at - 1], end) : end;
        count++;
    }

    /**
     * The latest moment at which an event with a reading can have been fired.
     *
     * @param ticks       the reading
     * @param monotonicNs converts ticks to CLOCK_MONOTONIC
     * @return CLOCK_MONOTONIC, ns, or {@link #UNKNOWN}
     */
    public long latestNs(final long ticks, final LongUnaryOperator monotonicNs) {
        if (every == 0 || ticks >= confirmedTicks) {
            return isAllBefore ? untilMonotonicNs : UNKNOWN;
        }
        final long inTime = ticks > Long.MAX_VALUE - allowedTicks ? Long.MAX_VALUE : ticks + allowedTicks;
        final int found = Arrays.binarySearch(begins, 0, count, ticks);
        int at = found >= 0 ? found : -found - 2;
        while (at >= 0 && at + 1 < count && begins[at + 1] == ticks) {
            at++;
        }
        return monotonicNs.applyAsLong(at >= 0 ? Math.max(inTime, ends[at]) : inTime);
    }

    /** Whether the ticker has reported anything. */
    public boolean isKnown() {
        return every > 0;
    }

    /** The clock was read at least once in so many events; 0 if this is unknown. */
    public long every() {
        return every;
    }

    /** The most ticks of an interval that is not late. */
    public long allowedTicks() {
        return allowedTicks;
    }

    /** Number of late intervals: those longer than {@link #allowedTicks}. */
    public long lateCount() {
        return lateCount;
    }

    /** Ticks of the longest late interval among those whose own length is known; 0 if there is none. */
    public long longestTicks() {
        return longestTicks;
    }
}
