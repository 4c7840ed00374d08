// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.query;

/**
 * A selection that cannot be understood, or that does not fit the trace. The message says which part is wrong and what
 * would be right.
 */
public final class SelectionException extends IllegalArgumentException {
    /** Value of {@link #column} if the problem is not at one character of a text. */
    public static final int NO_COLUMN = 0;

    private static final long serialVersionUID = 1L;

    private final int column;
    private final boolean isMissingField;

    /** A problem that is not at one character of a text. */
    public SelectionException(final String message) {
        super(message);
        column = NO_COLUMN;
        isMissingField = false;
    }

    /** A problem at a character of a text, counted from 1. */
    SelectionException(final int column, final String message) {
        this(column, message, false);
    }

    private SelectionException(final int column, final String message, final boolean isMissingField) {
        super("column " + column + ": " + message);
        this.column = column;
        this.isMissingField = isMissingField;
    }

    /**
     * A condition names a field that an event does not have. This is an error only if no other event has the field
     * either.
     */
    static SelectionException missingField(final int column, final String message) {
        return new SelectionException(column, message, true);
    }

    boolean isMissingField() {
        return isMissingField;
    }

    /** The column of the problem in the text, from 1, or {@link #NO_COLUMN}. */
    public int column() {
        return column;
    }
}
