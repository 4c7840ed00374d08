// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cuts SQL into statements, at each semicolon that stands in no text, name or comment. Stateless. */
public final class SqlStatements {
    /** What a semicolon may stand in without ending anything, the same where it has not ended yet, and a semicolon. */
    private static final Pattern PIECE = Pattern.compile("(?s)\\b[eE]'[^'\\\\]*+(?:\\\\.[^'\\\\]*+)*+'|'[^']*+'"
        + "|\"[^\"]*+\"|--[^\n]*+|/\\*.*?\\*/|(\\$(?:[A-Za-z_]\\w*+)?\\$).*?\\1"
        + "|(?<open>'|\"|/\\*|\\$(?:[A-Za-z_]\\w*+)?\\$).*|(?<end>;)");

    /**
     * What a text holds.
     *
     * @param complete statements, without what ends them
     * @param rest     what follows the last semicolon
     */
    public record Parts(List<String> complete, String rest) {
    }

    private SqlStatements() {
    }

    /** Cuts a text. */
    public static Parts parts(final String sql) {
        final List<String> complete = new ArrayList<>();
        final Matcher piece = PIECE.matcher(sql);
        int begin = 0;
        while (piece.find()) {
            if (piece.group("end") != null) {
                add(complete, sql.substring(begin, piece.start()));
                begin = piece.end();
            }
        }
        return new Parts(complete, sql.substring(begin));
    }

    /** All statements, the last with or without a semicolon. */
    public static List<String> all(final String sql) {
        final Parts parts = parts(sql);
        add(parts.complete(), parts.rest());
        return parts.complete();
    }

    private static void add(final List<String> statements, final String statement) {
        if (!statement.replaceAll("(?s)--[^\n]*|/\\*.*?\\*/", "").isBlank()) {
            statements.add(statement.strip());
        }
    }
}
