// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.event;

/**
 * A pattern: * for any characters, ? for one, and any other character for itself. Patterns come from other processes,
 * so matching takes at most pattern length times text length steps, whatever the pattern is. Immutable.
 */
public final class Glob {
    private final int[] pattern;

    private Glob(final String text) {
        pattern = text.codePoints().toArray();
    }

    /** Makes a pattern for names, such as those of threads or fields. */
    public static Glob ofNames(final String pattern) {
        return new Glob(pattern);
    }

    /**
     * Makes a pattern for events, "provider:tracepoint", as users write it. A pattern without a colon means all events
     * of a provider.
     */
    public static Glob ofEvents(final String pattern) {
        return new Glob(pattern.indexOf(':') < 0 ? pattern + ":*" : pattern);
    }

    /** Whether an event is selected. */
    public boolean matches(final String provider, final String tracepoint) {
        return matches(provider + ':' + tracepoint);
    }

    /** Whether a text is selected as a whole: a name, or "provider:tracepoint". */
    public boolean matches(final String name) {
        final int[] text = name.codePoints().toArray();
        int at = 0;
        int from = 0;
        // Where the last * is, and at which place of the text the rest of the pattern was tried last. Only the last *
        // needs to be tried again, because a longer match of an earlier * leaves less text to the rest and never more.
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
