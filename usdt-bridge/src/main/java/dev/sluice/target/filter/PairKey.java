// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.filter;

/**
 * Takes out of an event what it has in common with the other event of its pair. {@link FilterClass} makes the
 * subclasses. Any thread; it does not throw or allocate.
 */
public abstract class PairKey {
    /** For {@link FilterClass}. */
    protected PairKey() {
    }

    /**
     * Writes the values of the keys, whole words, which are the same for values that are equal.
     *
     * @param fields where the event's encoded fields are
     * @param to     where the words go
     * @return where they end
     */
    public abstract long write(long fields, long to);
}
