// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer;

import java.util.List;
import java.util.regex.Pattern;

/** A selection of events: "provider:tracepoint" with * and ?; without a colon, all of a provider. Immutable. */
public final class EventPattern {
    private final Pattern regex;

    /** A pattern as the user wrote it. */
    public EventPattern(final String glob) {
        final String whole = glob.indexOf(':') < 0 ? glob + ":*" : glob;
        final StringBuilder text = new StringBuilder();
        whole.codePoints().forEach(c -> {
            if (c == '*') {
                text.append(".*");
            } else if (c == '?') {
                text.append('.');
            } else {
                text.append(Pattern.quote(Character.toString(c)));
            }
        });
        regex = Pattern.compile(text.toString());
    }

    /** Whether an event is selected. */
    public boolean matches(final String provider, final String tracepoint) {
        return regex.matcher(provider + ':' + tracepoint).matches();
    }

    /** Whether any of the patterns selects an event. */
    public static boolean anyMatches(final List<EventPattern> patterns, final String provider, final String name) {
        return patterns.stream().anyMatch(p -> p.matches(provider, name));
    }
}
