// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.filter;

/**
 * Decides about events that are fired by name. {@link FilterClass} makes the subclasses; each has only those methods
 * that its tracepoint's fields fit. Any thread; no method throws or allocates.
 */
public abstract class EventFilter {
    /** For {@link FilterClass}. */
    protected EventFilter() {
    }

    /** Whether an event of up to six integers is wanted; those that it has not are 0. */
    public boolean integers(final long a, final long b, final long c, final long d, final long e, final long f) {
        return true;
    }

    /** Whether an event of a text and up to five integers is wanted. */
    public boolean text(final String text, final long a, final long b, final long c, final long d, final long e) {
        return true;
    }

    /** Whether an event is wanted whose encoded fields lie at an address. */
    public boolean encoded(final long address) {
        return true;
    }
}
