// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.follow;

import dev.sluice.store.clock.TargetClock;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.query.Selection;
import dev.sluice.store.query.SelectionException;
import dev.sluice.store.query.TimeBound;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.MissingEvents;
import dev.sluice.store.read.PacketStream;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The events of a trace that is being recorded, as they come, in the order of time. A batch of a ring may be stored
 * after later events of other rings, so each event waits for some time after its batch was read. If a batch comes later
 * than that, its events are passed on at once, out of order, and counted ({@link #late}); none is left out. An event
 * also waits until the trace has a clock reading after it, as its time may be another one before, but for five seconds
 * longer at most.
 * <p> Memory is for one packet of each ring, and for what the trace says beside events; it does not grow with events
 * that were passed on, and those that wait are in the file. For one thread.
 */
public final class TraceTail {
    /** An event waits so much longer for a clock reading. A recording stores one each second. */
    private static final long CLOCK_PATIENCE_NS = 5_000_000_000L;
    /** After the end of every target, more targets may follow for so long. */
    private static final long SETTLE_NS = 500_000_000L;

    private final TraceReader reader;
    private final Selection selection;
    private final EventCursor cursor;
    private final long holdNs;
    /** When something was read, and the time of the newest event by then, ns. */
    private final Deque<long[]> marks = new ArrayDeque<>();
    private long heardNs;
    private long dueNs = Long.MIN_VALUE;
    private long dueAnywayNs = Long.MIN_VALUE;
    private long lastNs = Long.MIN_VALUE;
    private long lastWallNs;
    private long late;
    private long count;
    private boolean isBegun;
    private boolean isPast;
    private long fromNs = Long.MIN_VALUE;
    private long toNs = Long.MAX_VALUE;

    /** Takes events. */
    @FunctionalInterface
    public interface Handler {
        /**
         * Takes one event.
         *
         * @param event valid during the call
         * @throws IOException ends the reading
         */
        void onEvent(EventView event) throws IOException;
    }

    private TraceTail(final TraceReader reader, final Selection selection, final long holdNs, final long nowNs) {
        this.reader = reader;
        this.selection = selection;
        this.holdNs = holdNs;
        heardNs = nowNs;
        cursor = reader.events().select(selection.ofAnyTime()).cursor();
        mark(nowNs);
    }

    /**
     * Opens a trace. Events that it has already come first.
     *
     * @param holdNs how long an event waits for earlier ones of other rings, ns
     * @param nowNs  System.nanoTime
     * @throws TraceStoreException if the directory is no trace
     * @throws SelectionException  if the selection counts back from the last event, which is not there yet
     */
    public static TraceTail open(final Path directory, final Selection selection, final long holdNs,
        final long nowNs) {
        if (counts(selection.from().orElse(null)) || counts(selection.to().orElse(null))) {
            throw new SelectionException("a trace that is being recorded has no last event to count back from: write an"
                + " offset from the first one (+1.5s), or a wall time");
        }
        return new TraceTail(TraceReader.openGrowing(directory), selection, holdNs, nowNs);
    }

    private static boolean counts(final TimeBound bound) {
        return bound != null && bound.origin() == TimeBound.Origin.END;
    }

    /**
     * Reads what was recorded since, and passes on what is due.
     *
     * @param nowNs System.nanoTime
     * @throws IOException if the handler throws it
     */
    public void poll(final long nowNs, final Handler handler) throws IOException {
        if (reader.refresh()) {
            heardNs = nowNs;
            cursor.extend();
            mark(nowNs);
        }
        while (!marks.isEmpty() && nowNs - marks.peekFirst()[0] >= holdNs + CLOCK_PATIENCE_NS) {
            dueAnywayNs = Math.max(dueAnywayNs, marks.removeFirst()[1]);
        }
        for (final long[] mark : marks) {
            if (nowNs - mark[0] < holdNs) {
                break;
            }
            dueNs = Math.max(dueNs, mark[1]);
        }
        pass(handler, false);
    }

    /**
     * Passes on everything that is left, also what is not due.
     *
     * @throws IOException if the handler throws it
     */
    public void finish(final Handler handler) throws IOException {
        reader.refreshToEnd();
        cursor.extend();
        pass(handler, true);
    }

    private void mark(final long nowNs) {
        long newest = Long.MIN_VALUE;
        for (final TargetTrace target : reader.targets()) {
            final TargetClock clock = target.clock();
            for (final PacketStream stream : target.streams()) {
                newest = stream.packetCount() == 0 ? newest
                    : Math.max(newest, clock.monotonicNs(stream.endTicks()));
            }
        }
        if (newest != Long.MIN_VALUE) {
            marks.addLast(new long[] {nowNs, newest});
        }
    }

    private void pass(final Handler handler, final boolean isAll) throws IOException {
        while (!isPast && cursor.nextIf(event -> isAll || isDue(event))) {
            final EventView event = cursor.event();
            begin(event);
            final long ns = event.monotonicNs();
            late += ns < lastNs ? 1 : 0;
            lastNs = Math.max(lastNs, ns);
            if (isBefore(selection.to().orElse(null), event, toNs)) {
                if (!isBefore(selection.from().orElse(null), event, fromNs) || selection.from().isEmpty()) {
                    count++;
                    lastWallNs = ns == lastNs ? event.wallTimeNs() : lastWallNs;
                    handler.onEvent(event);
                }
                isPast = count >= selection.limit();
            } else {
                isPast = true;
            }
        }
    }

    private boolean isDue(final EventView event) {
        final long ns = event.monotonicNs();
        return ns <= dueAnywayNs || ns <= dueNs && event.ticks() < event.target().lastReadingTicks();
    }

    /** Finds the bounds of time, which may count from the first event. */
    private void begin(final EventView event) {
        if (!isBegun) {
            isBegun = true;
            final long beginNs = reader.events().beginNs();
            final long beginWallNs = event.wallTimeNs() - (event.monotonicNs() - beginNs);
            fromNs = selection.from().map(bound -> bound.origin() == TimeBound.Origin.BEGIN ? beginNs + bound.ns()
                : bound.wallNs(beginWallNs, beginWallNs)).orElse(Long.MIN_VALUE);
            toNs = selection.to().map(bound -> bound.origin() == TimeBound.Origin.BEGIN ? beginNs + bound.ns()
                : bound.wallNs(beginWallNs, Long.MAX_VALUE)).orElse(Long.MAX_VALUE);
        }
    }

    private static boolean isBefore(final TimeBound bound, final EventView event, final long ns) {
        return bound == null
            || (bound.origin() == TimeBound.Origin.BEGIN ? event.monotonicNs() : event.wallTimeNs()) < ns;
    }

    /** Whether no event that comes can be wanted: the selection's end, or number of events, was reached. */
    public boolean isPast() {
        return isPast;
    }

    /** Whether the recorder has ended the trace. */
    public boolean isEnded(final long nowNs) {
        return !reader.targets().isEmpty() && reader.targets().stream().allMatch(target -> target.end().isPresent())
            && nowNs - heardNs >= SETTLE_NS;
    }

    /** For how long nothing was recorded, ns. A recorder that runs stores a clock reading each second. */
    public long silenceNs(final long nowNs) {
        return nowNs - heardNs;
    }

    /** How many events were passed on after later ones. */
    public long late() {
        return late;
    }

    /** CLOCK_REALTIME of the last event that was passed on in order, or of the trace's begin, ns since 1970. */
    public long lastWallNs() {
        return count > 0 ? lastWallNs : reader.info() == null ? 0 : reader.info().createdRealtimeNs();
    }

    /** How many events were passed on. */
    public long count() {
        return count;
    }

    /** The trace as it is by now. */
    public TraceReader reader() {
        return reader;
    }

    /** What is missing after the last event of each ring, to be called at the end. */
    public List<MissingEvents> missingAtEnd() {
        return isPast || selection.from().isPresent() || selection.to().isPresent() ? List.of()
            : cursor.missingAtEnd();
    }
}
