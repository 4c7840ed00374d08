// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.question;

import dev.sluice.store.clock.TargetClock;
import dev.sluice.store.field.EventKinds;
import dev.sluice.store.field.EventKinds.Kind;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.MissingEvents;
import dev.sluice.store.read.TargetTrace;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/**
 * Counts events of each kind, and what is missing, over time: in at most {@link #MOST_STEPS} steps of equal length,
 * which doubles whenever the trace turns out to be longer. So memory does not grow with the trace. For one thread.
 */
public final class TimeLine {
    /** Most steps; there are at least half as many once there were enough events. */
    public static final int MOST_STEPS = 256;
    private static final long LEAST_STEP_NS = 1_000;
    /** Kinds with a line of their own; a trace may have very many. */
    private static final int MOST_KINDS = 1_000;

    /** Events of one kind, by step. Immutable for others. */
    public static final class Series {
        private final String name;
        private final int target;
        private final long[] counts = new long[MOST_STEPS];
        private long total;

        private Series(final String name, final int target) {
            this.name = name;
            this.target = target;
        }

        /** The event's name; of all kinds without a line of their own, "others". */
        public String name() {
            return name;
        }

        /** Index of its target, or -1. */
        public int target() {
            return target;
        }

        /** All of them. */
        public long total() {
            return total;
        }

        /** How many in a step. */
        public long count(final int step) {
            return counts[step];
        }

        /** The most in any step. */
        public long most() {
            long most = 0;
            for (final long count : counts) {
                most = Math.max(most, count);
            }
            return most;
        }

        private void add(final int step, final long events) {
            counts[step] += events;
            total += events;
        }

        private void fold() {
            for (int i = 0; i < MOST_STEPS; i++) {
                counts[i] = i < MOST_STEPS / 2 ? counts[2 * i] + counts[2 * i + 1] : 0;
            }
        }
    }

    private final EventKinds.Table<Series> byKind = new EventKinds.Table<>();
    private final List<Series> kinds = new ArrayList<>();
    private final Series others = new Series("others", -1);
    private final Series all = new Series("all events", -1);
    private final Series lost = new Series("lost", -1);
    private final Series overwritten = new Series("overwritten", -1);
    private final Series discarded = new Series("discarded", -1);
    private long stepNs = LEAST_STEP_NS;
    private long beginNs;
    private long endNs;
    private long beginWallNs;
    private TargetTrace lastTarget;
    private long lastTicks;

    void add(final EventView event) {
        final long ns = event.monotonicNs();
        if (all.total == 0) {
            beginNs = ns;
            endNs = ns;
            beginWallNs = event.wallTimeNs();
        }
        final int step = step(ns);
        endNs = Math.max(endNs, ns);
        lastTarget = event.target();
        lastTicks = event.ticks();
        all.add(step, 1);
        series(event).add(step, 1);
        final MissingEvents missing = event.missingBefore();
        if (missing != null) {
            lost.add(step, missing.lost());
            overwritten.add(step, missing.overwritten());
            discarded.add(step, missing.discarded());
        }
    }

    /** The step of a time; of one before the begin, which clocks of several targets may give, the first. */
    private int step(final long ns) {
        final long since = Math.max(0, ns - beginNs);
        while (since / stepNs >= MOST_STEPS) {
            stepNs *= 2;
            kinds.forEach(Series::fold);
            List.of(others, all, lost, overwritten, discarded).forEach(Series::fold);
        }
        return (int) (since / stepNs);
    }

    private Series series(final EventView event) {
        Series series = byKind.get(event);
        if (series == null) {
            series = kinds.size() < MOST_KINDS ? new Series(event.schema().name(), event.target().index()) : others;
            byKind.put(new Kind(event.target(), event.schema()), series);
            if (series != others) {
                kinds.add(series);
            }
        }
        return series;
    }

    /** Length of a step, ns. */
    public long stepNs() {
        return stepNs;
    }

    /** Steps up to the last event; 0 if there is none. */
    public int steps() {
        return all.total == 0 ? 0 : (int) ((endNs - beginNs) / stepNs) + 1;
    }

    /** CLOCK_MONOTONIC of the first event, ns. */
    public long beginNs() {
        return beginNs;
    }

    /** CLOCK_REALTIME of the first event, ns since 1970. */
    public long beginWallNs() {
        return beginWallNs;
    }

    /** CLOCK_REALTIME of the last event, ns since 1970. */
    public long endWallNs() {
        if (lastTarget == null) {
            return 0;
        }
        final TargetClock clock = lastTarget.clock();
        return clock.realtimeNs(lastTicks);
    }

    /** All events. */
    public Series all() {
        return all;
    }

    /** Each kind of event, the most frequent first; at the end all that are too many, if any are. */
    public List<Series> kinds() {
        final List<Series> sorted = new ArrayList<>(kinds);
        sorted.sort(Comparator.comparingLong(Series::total).reversed());
        if (others.total > 0) {
            sorted.add(others);
        }
        return Collections.unmodifiableList(sorted);
    }

    /** What is missing, by the events that come next in the same ring: lost, overwritten, and discarded. */
    public List<Series> missing() {
        return List.of(lost, overwritten, discarded);
    }
}
