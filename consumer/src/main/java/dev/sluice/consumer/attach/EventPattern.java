// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import dev.sluice.ring.Glob;
import java.util.List;

/** A selection of events by provider and name, as {@link Glob} says it. Immutable. */
public final class EventPattern {
    private final Glob glob;

    /** A pattern as the user wrote it. */
    public EventPattern(final String pattern) {
        glob = new Glob(pattern);
    }

    /** Whether an event is selected. */
    public boolean matches(final String provider, final String tracepoint) {
        return glob.matches(provider + ':' + tracepoint);
    }

    /** Whether any of the patterns selects an event. */
    public static boolean anyMatches(final List<EventPattern> patterns, final String provider, final String name) {
        return patterns.stream().anyMatch(p -> p.matches(provider, name));
    }
}
