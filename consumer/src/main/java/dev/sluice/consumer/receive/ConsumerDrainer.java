// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.receive;

import dev.sluice.consumer.attach.TargetRegion;
import dev.sluice.consumer.session.Session;
import dev.sluice.ring.drain.BatchSelector;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.packet.EventWalker;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Drains rings without any help of the target: takes turns between the rings, and gives up those that contradict
 * themselves. How a batch is taken is the subclass's. For the receiving thread.
 */
public abstract class ConsumerDrainer {
    /** Of one ring, before the others have their turn. */
    private static final int BATCH_LIMIT = 64;
    /** An owner that overwrites has written a whole chunk each time; more often in a row is a lie, over and over. */
    private static final int AGAIN_LIMIT = 1000;
    /** An owner that has stopped firing has decided long before that whether it overwrites a chunk. */
    private static final long UNDECIDED_NS = TimeUnit.SECONDS.toNanos(1);

    private final Session session;
    private final TargetTraceWriter trace;
    private final TargetRegion region;
    private final boolean[] isBroken;
    private final int[] againInARow;
    /** Of each ring since when nothing of it could be taken, once owners have stopped; 0 if something could. */
    private final long[] undecidedSince;
    /** Of each ring the last look at all rings, open chunks included, by which it had nothing left. */
    private final long[] emptied;
    /** Number of looks at all rings, open chunks included. */
    private long looks;
    private boolean isEnding;
    private final BatchSelector selector = new BatchSelector();
    /** Those that the walker knows. */
    private List<EventSchema> schemas = List.of();
    private EventWalker walker = new EventWalker(schemas);
    private int schemaLength;
    private String fault = "";
    private String unreadable = "";

    /** What has come of a try to take a batch. */
    enum Outcome {
        /** There is none. */
        NOTHING,
        /** It was taken, or head has moved over a hole. */
        SOMETHING,
        /** The ring contradicts itself: {@link #selector} says how. */
        BROKEN,
        /** The ring's memory cannot be copied. */
        UNREADABLE,
        /** Nothing was taken, because the chunk was overwritten meanwhile, or so it seems. */
        AGAIN
    }

    public ConsumerDrainer(final Session session, final TargetTraceWriter trace) {
        this.session = session;
        this.trace = trace;
        region = session.target().region();
        isBroken = new boolean[region.slotCount()];
        againInARow = new int[region.slotCount()];
        undecidedSince = new long[region.slotCount()];
        emptied = new long[region.slotCount()];
    }

    /** Tries to take one batch of a ring. */
    public abstract Outcome drainOne(int ring, boolean partial);

    /**
     * Whether it is worth trying.
     *
     * @param limit rings that there are; they are asked for in order
     */
    public abstract boolean mayHaveMore(int ring, int limit);

    /**
     * Whether the target's process has ended before everything was taken: then what is left is to be read from its
     * region.
     */
    public boolean isCutOff() {
        return false;
    }

    /** Gives back what the drainer itself has taken. Idempotent. */
    public void close() {
        // Nothing.
    }

    /**
     * Takes what all rings have, in turn.
     *
     * @param partial whether events of open chunks are wanted
     * @return false if there was nothing
     */
    public final boolean drain(final boolean partial) {
        boolean any = false;
        looks += partial ? 1 : 0;
        final int limit = region.slotLimit();
        for (int i = 0; i < limit && !session.isLost(); i++) {
            if (mayHaveMore(i, limit) && !isBroken[i]) {
                any |= drain(i, partial);
            } else if (partial) {
                emptied[i] = looks;
            }
        }
        return any;
    }

    /**
     * Says that the target has answered that its threads have stopped firing: from now on, a chunk whose state keeps it
     * from being taken is waited for no longer than an owner needs that has lost its processor.
     */
    public final void ownersHaveStopped() {
        isEnding = true;
    }

    /** Number of looks at all rings, open chunks included. */
    public final long looks() {
        return looks;
    }

    /** Whether each ring had nothing left at some moment after a number of looks. */
    public final boolean isEmptiedSince(final long look) {
        final int limit = region.slotLimit();
        for (int i = 0; i < limit; i++) {
            if (emptied[i] <= look) {
                return false;
            }
        }
        return true;
    }

    /**
     * What is wrong with the first ring that is not read any more, or an empty text.
     *
     * @param hasExited whether the target's process has ended: its memory cannot be copied then, and its region is read
     */
    public final String fault(final boolean hasExited) {
        return fault.isEmpty() && !hasExited ? unreadable : fault;
    }

    private boolean drain(final int ring, final boolean partial) {
        Outcome outcome = drainOne(ring, partial);
        final boolean any = outcome != Outcome.NOTHING;
        boolean isUndecided = outcome == Outcome.AGAIN;
        for (int i = 1; mayGoOn(ring, outcome) && i < BATCH_LIMIT; i++) {
            outcome = drainOne(ring, partial);
            isUndecided &= outcome == Outcome.AGAIN;
        }
        if (partial && (outcome == Outcome.NOTHING || outcome == Outcome.BROKEN || outcome == Outcome.UNREADABLE)) {
            emptied[ring] = looks;
        }
        if (outcome == Outcome.BROKEN) {
            breakRing(ring, selector.fault());
        } else if (outcome == Outcome.UNREADABLE) {
            isBroken[ring] = true;
            unreadable = "ring " + ring + " cannot be copied, and is not read any more: it is not mapped where its"
                + " process says, or its file was truncated";
        } else if (againInARow[ring] >= AGAIN_LIMIT) {
            breakRing(ring, "its chunk states change for ever and nothing can be taken");
        } else if (isEnding && isUndecidedForLong(ring, isUndecided)) {
            breakRing(ring, "the state of a chunk keeps it from being taken, for "
                + TimeUnit.NANOSECONDS.toMillis(UNDECIDED_NS) + " ms after the target's threads have stopped firing");
        }
        return any;
    }

    private boolean isUndecidedForLong(final int ring, final boolean isUndecided) {
        final long now = System.nanoTime();
        if (!isUndecided) {
            undecidedSince[ring] = 0;
        } else if (undecidedSince[ring] == 0) {
            undecidedSince[ring] = now;
        }
        return isUndecided && now - undecidedSince[ring] > UNDECIDED_NS;
    }

    /**
     * Whether an honest owner that overwrites may be ahead of this consumer as often as it likes. If so, the ring has
     * its next turn after the others, and is never taken for one that lies.
     */
    boolean mayBeOvertaken() {
        return false;
    }

    private boolean mayGoOn(final int ring, final Outcome outcome) {
        if (mayBeOvertaken()) {
            return outcome == Outcome.SOMETHING;
        }
        againInARow[ring] = outcome == Outcome.AGAIN ? againInARow[ring] + 1 : 0;
        return outcome == Outcome.SOMETHING || outcome == Outcome.AGAIN && againInARow[ring] < AGAIN_LIMIT;
    }

    private void breakRing(final int ring, final String how) {
        isBroken[ring] = true;
        if (fault.isEmpty()) {
            fault = "ring " + ring + " contradicts itself, and is not read any more: " + how;
        }
    }

    /** What was selected last. */
    public final BatchSelector selector() {
        return selector;
    }

    /** Knows the events that {@link #refreshSchema} has read. */
    public final EventWalker walker() {
        return walker;
    }

    /** Reads what the target has declared. Returns whether there is an event that is new. */
    public final boolean refreshSchema() {
        if (region.schemaLength() == schemaLength) {
            return false;
        }
        schemaLength = region.schemaLength();
        final List<EventSchema> all = trace.schema();
        if (all == schemas) {
            // The log has grown, but by no event.
            return false;
        }
        schemas = all;
        walker = new EventWalker(all);
        onSchema(all);
        return true;
    }

    /** Is told of all events, whenever one is new. */
    void onSchema(final List<EventSchema> all) {
        // Most drainers need no more than the walker.
    }
}
