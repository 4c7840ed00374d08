// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.pair;

import dev.sluice.ring.where.EventPair;
import dev.sluice.store.field.FieldName;
import dev.sluice.store.query.SelectionException;
import java.util.List;

/**
 * Says which events of a trace are pairs, as users write it: {@link EventPair}. Immutable.
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

    /** The same pairs, for a trace. */
    static PairName of(final EventPair pair) {
        return new PairName(pair.text(), pair.begin(), pair.end(), pair.keys().stream()
            .map(key -> new Key(new FieldName(key.ofBegin()), new FieldName(key.ofEnd()))).toList());
    }

    /**
     * Reads the text.
     *
     * @throws SelectionException if it does not name pairs
     */
    public static PairName parse(final String text) {
        try {
            return of(EventPair.of(text));
        } catch (final IllegalArgumentException e) {
            throw new SelectionException(e.getMessage());
        }
    }
}
