// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql;

/** A statement failed. The message is DuckDB's, on one line, and with a remedy of ours where there was no room. */
public final class SqlException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What DuckDB goes on with when it has no room: settings, which are locked here. */
    private static final String ADVICE = "(?s) ?(This limit was set by|Possible solutions:).*";

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
        if (message.startsWith("Out of Memory Error") || message.contains("No space left on device")) {
            final String what = message.replaceFirst(ADVICE, "").replaceFirst("\\.$", "");
            return new SqlException(what + "; a query takes half of the room in " + System.getProperty("java.io.tmpdir")
                + " for what it does not keep in memory: make room there, name another directory"
                + " (JDK_JAVA_OPTIONS=-Djava.io.tmpdir=DIR), or let it keep more in memory (--memory SIZE)",
                false, cause);
        }
        return new SqlException(message, message.matches("(?:Parser|Binder|Catalog|Permission) Error.*"), cause);
    }

    /** Whether the statement itself is wrong, as a name that is not there makes it. */
    public boolean isWrong() {
        return isWrong;
    }
}
