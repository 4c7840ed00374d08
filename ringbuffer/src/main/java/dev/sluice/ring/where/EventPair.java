// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.where;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.Glob;
import java.util.ArrayList;
import java.util.List;

/**
 * Says which events are pairs, as users write it. {@code BEGIN,END} stands for two events of one thread; an end belongs
 * to the last begin that has no end yet. {@code BEGIN,END,KEY} stands for two events of any threads that have the same
 * value of a field. There may be several keys; {@code a=b} is the field a of the begin and the field b of the end, and
 * {@code thread} is the thread. Immutable.
 *
 * @param text  the text as it was written
 * @param begin names of events that begin something, as in {@link Glob#ofEvents}
 * @param end   names of events that end something
 * @param keys  the fields whose values both events have in common
 */
public record EventPair(String text, String begin, String end, List<Key> keys) {
    /** Stands for the thread of an event, if the event has no field of this name. */
    public static final String THREAD = "thread";
    /** Returned if an event has no such field. */
    public static final int NONE = -1;

    /**
     * A field that both events have.
     *
     * @param ofBegin the field of the event that begins
     * @param ofEnd   the field of the event that ends
     */
    public record Key(String ofBegin, String ofEnd) {
        /** Whether it is the thread. */
        public boolean isThread() {
            return ofBegin.equals(THREAD) && ofEnd.equals(THREAD);
        }
    }

    /** Copies the keys. */
    public EventPair {
        keys = List.copyOf(keys);
    }

    /**
     * Reads the text.
     *
     * @throws IllegalArgumentException if it does not name pairs
     */
    public static EventPair of(final String text) {
        final String[] words = text.split(",", -1);
        boolean isWhole = words.length >= 2;
        for (final String word : words) {
            isWhole &= !word.isEmpty() && !word.startsWith("=") && !word.endsWith("=");
        }
        if (!isWhole) {
            throw new IllegalArgumentException("'" + text + "' are no pairs: write BEGIN,END for events of one thread"
                + " (db:query_begin,db:query_end), or BEGIN,END,KEY for events with the same value of a field"
                + " (shop:placed,shop:filled,id)");
        }
        final List<Key> keys = new ArrayList<>();
        for (int i = 2; i < words.length; i++) {
            final int equals = words[i].indexOf('=');
            keys.add(new Key(equals < 0 ? words[i] : words[i].substring(0, equals), words[i].substring(equals + 1)));
        }
        return new EventPair(text, words[0], words[1], keys);
    }

    /** Whether the two events belong to one thread. */
    public boolean isOfThread() {
        return keys.isEmpty() || keys.stream().anyMatch(Key::isThread);
    }

    /**
     * Finds a field: {@code price} is a field of every event that has it, and {@code shop:order.price} is a field of
     * that event, which may be a pattern as in {@link Glob#ofEvents}.
     *
     * @param event "provider:tracepoint"
     * @return its index, or {@link #NONE}
     */
    public static int field(final String text, final String event, final List<FieldSchema> fields) {
        for (int i = 0; i < fields.size(); i++) {
            final String name = fields.get(i).name();
            if (text.equals(name)) {
                return i;
            }
            final int length = text.length() - name.length() - 1;
            if (length > 0 && text.charAt(length) == '.' && text.endsWith(name)
                && Glob.ofEvents(text.substring(0, length)).matches(event)) {
                return i;
            }
        }
        return NONE;
    }
}
