// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.pair;

import dev.sluice.store.field.FieldName;
import dev.sluice.store.query.SelectionException;
import java.util.ArrayList;
import java.util.List;

/**
 * Says which events are pairs, as users write it. {@code BEGIN,END} stands for two events of one thread; an end belongs
 * to the last begin that has no end yet. {@code BEGIN,END,KEY} stands for two events of any threads that have the same
 * value of a field. There may be several keys; {@code a=b} is the field a of the begin and the field b of the end, and
 * {@code thread} is the thread. Immutable.
 *
 * @param text  the text as it was written
 * @param begin names of events that begin something, as in {@link dev.sluice.ring.event.Glob#ofEvents}
 * @param end   names of events that end something
 * @param keys  the fields whose values both events have in common
 */
public record PairName(String text, String begin, String end, List<Key> keys) {
    /**
     * A field that both events have.
     *
     * @param ofBegin the field of the event that begins
     * @param ofEnd   the field of the event that ends
     */
    public record Key(FieldName ofBegin, FieldName ofEnd) {
        String text() {
            return ofBegin.text().equals(ofEnd.text()) ? ofBegin.text() : ofBegin.text() + '=' + ofEnd.text();
        }

        boolean isThread() {
            return ofBegin.text().equals(FieldName.THREAD) && ofEnd.text().equals(FieldName.THREAD);
        }
    }

    /** Copies the keys. */
    public PairName {
        keys = List.copyOf(keys);
    }

    /**
     * Reads the text.
     *
     * @throws SelectionException if it does not name pairs
     */
    public static PairName parse(final String text) {
        final String[] words = text.split(",", -1);
        boolean isWhole = words.length >= 2;
        for (final String word : words) {
            isWhole &= !word.isEmpty() && !word.startsWith("=") && !word.endsWith("=");
        }
        if (!isWhole) {
            throw new SelectionException("'" + text + "' are no pairs: write BEGIN,END for events of one thread"
                + " (db:query_begin,db:query_end), or BEGIN,END,KEY for events with the same value of a field"
                + " (shop:placed,shop:filled,id)");
        }
        final List<Key> keys = new ArrayList<>();
        for (int i = 2; i < words.length; i++) {
            final int equals = words[i].indexOf('=');
            keys.add(new Key(new FieldName(equals < 0 ? words[i] : words[i].substring(0, equals)),
                new FieldName(words[i].substring(equals + 1))));
        }
        return new PairName(text, words[0], words[1], keys);
    }
}
