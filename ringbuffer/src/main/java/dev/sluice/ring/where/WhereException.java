// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.where;

/** A condition that cannot be understood, or that fits no event. The message says which part is wrong and why. */
public final class WhereException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final int column;

    /**
     * A problem at a character of a text.
     *
     * @param column of the character, from 1
     */
    public WhereException(final int column, final String message) {
        super(message);
        this.column = column;
    }

    /** The column of the problem in the text, from 1. */
    public int column() {
        return column;
    }
}
