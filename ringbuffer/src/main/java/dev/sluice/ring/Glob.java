// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

/**
 * A selection of events: "provider:tracepoint" with * for any characters and ? for one; without a colon, all of a
 * provider. Patterns come from other processes, so matching takes at most pattern length times name length steps,
 * whatever the pattern is. Immutable.
 */
public final class Glob {
    private final int[] pattern;

    /** A pattern as the user wrote it. */
    public Glob(final String text) {
        pattern = (text.indexOf(':') < 0 ? text + ":*" : text).codePoints().toArray();
    }

    /** Whether "provider:tracepoint" is selected. */
    public boolean matches(final String name) {
        final int[] text = name.codePoints().toArray();
        int at = 0;
        int from = 0;
        // Where the last * is, and where in the text what follows it was tried last: only that one needs to be tried
        // again, because a longer match of an earlier * leaves less text to the rest and never more.
        int star = -1;
        int tried = 0;
        while (at < text.length) {
            if (from < pattern.length && pattern[from] == '*') {
                star = from++;
                tried = at;
            } else if (from < pattern.length && (pattern[from] == '?' || pattern[from] == text[at])) {
                from++;
                at++;
            } else if (star >= 0) {
                from = star + 1;
                at = ++tried;
            } else {
                return false;
            }
        }
        while (from < pattern.length && pattern[from] == '*') {
            from++;
        }
        return from == pattern.length;
    }
}
