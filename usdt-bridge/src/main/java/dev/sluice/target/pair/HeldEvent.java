// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.pair;

import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.memory.Memory;
import java.util.Arrays;

/** An event that is held back, or one that has begun something and is written. Guarded by its {@link HeldEvents}. */
final class HeldEvent {
    /** An array that is longer is not kept for the next event. */
    private static final int MOST_KEPT_WORDS = 64;
    private static final long[] NONE = new long[0];
    /** What an event takes beside its fields and its key, about. */
    private static final int OWN_WORDS = 16;

    long ticks;
    int id;
    /** Exact bytes of the event, header word included. */
    int length;
    HeldPair pair;
    /** Words of memory that it takes. */
    int cost;
    /** The virtual thread that has fired it, where several share their held events. */
    long virtualId;
    long hash;
    /** Whether it is in the queue, and not yet written. */
    boolean isQueued;
    /** Whether it is to be written as soon as those before it are decided. */
    boolean isPassed;
    /** Whether it has begun something that has not ended. */
    boolean isOpen;
    HeldEvent earlier;
    HeldEvent later;
    HeldEvent openedBefore;
    HeldEvent openedAfter;
    HeldEvent nextInBucket;
    HeldEvent beforeInBucket;
    private long[] words = NONE;
    private long[] key = NONE;
    private int keyWords;

    /** Copies an event and its key; what a failure leaves is not linked to anything. */
    void set(final long newTicks, final int newId, final int newLength, final HeldPair newPair, final long fields,
        final long newKey, final int newKeyWords) {
        ticks = newTicks;
        id = newId;
        length = newLength;
        pair = newPair;
        isQueued = false;
        isPassed = false;
        isOpen = false;
        words = copy(fields, EventDescriptor.align(newLength) - EventDescriptor.HEADER_LENGTH >> 3, words);
        key = copy(newKey, newKeyWords, key);
        keyWords = newKeyWords;
        cost = OWN_WORDS + words() + newKeyWords;
    }

    private static long[] copy(final long from, final int count, final long[] reused) {
        final long[] to = reused.length >= count ? reused : new long[count];
        for (int i = 0; i < count; i++) {
            to[i] = Memory.getLong(from + (long) Long.BYTES * i);
        }
        return to;
    }

    /** Puts the fields where room for them was claimed. */
    void putFields(final long to) {
        final int count = words();
        for (int i = 0; i < count; i++) {
            Memory.putLong(to + (long) Long.BYTES * i, words[i]);
        }
    }

    /** It is written, and only its key is needed. Returns how many words less it takes now. */
    int dropFields() {
        final int dropped = words();
        words = NONE;
        cost -= dropped;
        return dropped;
    }

    /** How many words its fields take, while it is not written. */
    int words() {
        return EventDescriptor.align(length) - EventDescriptor.HEADER_LENGTH >> 3;
    }

    /** Whether it is of such pairs, with such a key. */
    boolean matches(final int number, final long otherKey, final int otherWords) {
        if (pair.number() != number || keyWords != otherWords) {
            return false;
        }
        for (int i = 0; i < otherWords; i++) {
            if (key[i] != Memory.getLong(otherKey + (long) Long.BYTES * i)) {
                return false;
            }
        }
        return true;
    }

    /** Forgets what takes much memory. */
    void clear() {
        words = words.length > MOST_KEPT_WORDS ? NONE : words;
        key = key.length > MOST_KEPT_WORDS ? NONE : key;
        pair = null;
    }

    @Override
    public String toString() {
        return "id=" + id + " ticks=" + ticks + " queued=" + isQueued + " passed=" + isPassed + " open=" + isOpen
            + " key=" + Arrays.toString(Arrays.copyOf(key, keyWords));
    }
}
