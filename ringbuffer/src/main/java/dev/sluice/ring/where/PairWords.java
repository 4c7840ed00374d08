// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.where;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;

/**
 * Finds pairs that nobody has to name, because the names of their events show it. The two events belong to one
 * provider, and their names differ only in how they end: {@code query_begin} and {@code query_end}, {@code gc__entry}
 * and {@code gc__return}, {@code txStart} and {@code txDone}, or {@code begin} and {@code end}. Stateless.
 */
public final class PairWords {
    private static final String[][] WORDS = {{"begin", "end"}, {"entry", "return"}, {"start", "done"},
        {"start", "end"}, {"start", "stop"}};
    /** The most kinds of pairs that are found, because a process may declare very many events. */
    private static final int MOST = 200;

    private PairWords() {
    }

    /** The pairs among events of these names, at most 200 kinds of them. */
    public static List<EventPair> of(final SortedSet<String> names) {
        final Set<EventPair> pairs = new LinkedHashSet<>();
        for (final String name : names) {
            final String end = endOf(name, names);
            if (end != null && pairs.size() < MOST) {
                pairs.add(new EventPair(name + ',' + end, name, end, List.of()));
            }
        }
        return new ArrayList<>(pairs);
    }

    /** Name of the event that ends what an event begins, or null. */
    private static String endOf(final String name, final Set<String> names) {
        for (final String[] words : WORDS) {
            final int stem = name.length() - words[0].length();
            if (stem > 0 && isWord(name, stem, words[0])) {
                final String end = name.substring(0, stem)
                    + (Character.isUpperCase(name.charAt(stem)) ? capitalized(words[1]) : words[1]);
                if (names.contains(end)) {
                    return end;
                }
            }
        }
        return null;
    }

    /** Whether the end of a name is a whole word, and not only the last letters of a longer word. */
    private static boolean isWord(final String name, final int at, final String word) {
        return name.endsWith(word) && !Character.isLetterOrDigit(name.charAt(at - 1))
            || name.endsWith(capitalized(word));
    }

    private static String capitalized(final String word) {
        return Character.toUpperCase(word.charAt(0)) + word.substring(1);
    }
}
