// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.session;

import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.memory.TaggedWord;

/**
 * The words that a consumer publishes while it receives: for each ring, what the trace has, and the credits that are
 * given back (docs/protocol.md section 2). Each store is a compare-and-set from what this session stored last. So a
 * session that was lost without noticing it changes nothing, and notices it then. For one thread, which is the
 * receiving thread, or another thread after that one has ended; {@link #isLost}, {@link #lose} and
 * {@link #closeCredits} are for any thread.
 */
public final class SessionWords {
    /** Besides this thread, only the receiving thread changes the word. A hostile target may change it for ever. */
    private static final int CLOSE_ATTEMPTS = 100_000;

    private final ControlFile words;
    private final int epoch;
    private final long[] received;
    private final long[] appending;
    private final long[] accounted;
    private final long[] pulled;
    private long consumedUnits;
    private volatile boolean areCreditsClosed;
    private volatile boolean isLost;

    SessionWords(final ControlFile words, final int epoch) {
        this.words = words;
        this.epoch = epoch;
        received = new long[words.slotCount()];
        appending = new long[words.slotCount()];
        accounted = new long[words.slotCount()];
        pulled = new long[words.slotCount()];
    }

    /** Sets where a ring's words stand when the session begins. */
    void begin(final int ring, final long beginReceived, final long beginAppending, final long beginAccounted,
               final long beginPulled) {
        received[ring] = beginReceived;
        appending[ring] = beginAppending;
        accounted[ring] = beginAccounted;
        pulled[ring] = beginPulled;
    }

    /** Whether a store has found a word of another consumer. */
    boolean isLost() {
        return isLost;
    }

    /** Marks the session as lost, because another consumer has changed a word of this session. */
    void lose() {
        isLost = true;
    }

    /**
     * Publishes how many of a ring's discarded events are in traces. If this session ends here, the next session knows
     * from this which of them no trace has.
     *
     * @param count the ring's count of discarded events
     */
    public void publishAccounted(final int ring, final long count) {
        final long value = count & TaggedWord.VALUE_MASK;
        if (value != accounted[ring]) {
            if (words.compareAndSetAccounted(
                ring, TaggedWord.of(epoch, accounted[ring]), TaggedWord.of(epoch, value))) {
                accounted[ring] = value;
            } else {
                isLost = true;
            }
        }
    }

    /** The sequence number of a ring that was published last as received. */
    public long received(final int ring) {
        return received[ring];
    }

    /**
     * Publishes that all batches of a ring up to a sequence number are stored. Returns false if the session is lost.
     */
    public boolean publishReceived(final int ring, final long sequence) {
        if (words.compareAndSetReceived(
            ring, TaggedWord.of(epoch, received[ring]), TaggedWord.of(epoch, sequence))) {
            received[ring] = sequence;
            return true;
        }
        isLost = true;
        return false;
    }

    /** Whether a batch of a ring is perhaps being appended to a trace. */
    boolean isAppending(final int ring) {
        return appending[ring] != 0;
    }

    /**
     * Publishes where the batch ends that will be appended to the trace next, or that there is no such batch. From here
     * on, until head has moved, the next session assumes that this session's trace may have the batch.
     *
     * @param endPosition 0 if there is no such batch
     * @return false if the session is lost; then nothing may be appended
     */
    public boolean publishAppending(final int ring, final long endPosition) {
        final long value = endPosition >>> 3 & TaggedWord.VALUE_MASK;
        if (words.compareAndSetAppending(
            ring, TaggedWord.of(epoch, appending[ring]), TaggedWord.of(epoch, value))) {
            appending[ring] = value;
            return true;
        }
        isLost = true;
        return false;
    }

    /** Whether the last {@link #publishAppending} still stands: no other consumer has taken it over. */
    public boolean isStillAppending(final int ring) {
        if (words.appendingVolatile(ring) == TaggedWord.of(epoch, appending[ring])) {
            return true;
        }
        isLost = true;
        return false;
    }

    /** Up to where this consumer, or one before it, has pulled a ring's events: the value of the word. */
    public long pulled(final int ring) {
        return pulled[ring];
    }

    /**
     * Publishes up to where a ring's events are pulled: the target carries its head there. Returns false if the session
     * is lost.
     */
    public boolean publishPulled(final int ring, final long position) {
        final long value = position >>> 3 & TaggedWord.VALUE_MASK;
        if (words.compareAndSetPulled(ring, TaggedWord.of(epoch, pulled[ring]), TaggedWord.of(epoch, value))) {
            pulled[ring] = value;
            return true;
        }
        isLost = true;
        return false;
    }

    /**
     * Publishes how many bytes of credits were given back since the session began. Returns false if the session is
     * lost.
     */
    public boolean publishConsumed(final long bytes) {
        final long units = bytes >>> 3;
        if (units == consumedUnits) {
            return !isLost;
        }
        if (words.compareAndSetCreditsConsumed(
            TaggedWord.of(epoch, consumedUnits), TaggedWord.of(epoch, units))) {
            consumedUnits = units;
            return true;
        }
        if (areCreditsClosed) {
            return true;
        }
        isLost = true;
        return false;
    }

    /**
     * Takes all credits away. A word without an epoch gives credits to no session, so no drain begins any more, and
     * events that threads still fire wait in their rings for the next session. A drain that had begun holds its ring's
     * lock.
     */
    public void closeCredits() {
        areCreditsClosed = true;
        for (int attempt = 0; attempt < CLOSE_ATTEMPTS; attempt++) {
            final long word = words.creditsConsumedVolatile();
            if (TaggedWord.epoch(word) != epoch
                || words.compareAndSetCreditsConsumed(word, TaggedWord.of(0, TaggedWord.value(word)))) {
                return;
            }
        }
    }
}
