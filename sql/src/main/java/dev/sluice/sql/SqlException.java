// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql;

/** A statement failed. The message is DuckDB's, on one line. */
public final class SqlException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean isWrong;

    SqlException(final String message, final boolean isWrong, final Throwable cause) {
        super(message, cause);
        this.isWrong = isWrong;
    }

    /** Makes one of DuckDB's. Behind its message there may be a drawing of the place, or our own stack. */
    static SqlException of(final Exception cause) {
        final String text = String.valueOf(cause.getMessage());
        final String message = text.replaceFirst("(?s)\n+LINE \\d+:.*", "").replaceFirst("(?s)\n\tat .*", "")
            .strip().replaceAll("\\s*\n\\s*", " ");
        return new SqlException(message, message.matches("(?:Parser|Binder|Catalog|Permission) Error.*"), cause);
    }

    /** Whether the statement itself is wrong, as a name that is not there makes it. */
    public boolean isWrong() {
        return isWrong;
    }
}
