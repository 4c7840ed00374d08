// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cuts SQL into statements, at each semicolon that stands in no text, name or comment. Stateless. */
public final class SqlStatements {
    /** What a semicolon may stand in without ending anything, the same where it has not ended yet, and a semicolon. */
    private static final Pattern PIECE = Pattern.compile("(?s)\\b[eE]'[^'\\\\]*+(?:\\\\.[^'\\\\]*+)*+'|'[^']*+'"
        + "|\"[^\"]*+\"|--[^\n]*+|/\\*.*?\\*/|(\\$(?:[A-Za-z_]\\w*+)?\\$).*?\\1"
        + "|(?<open>'|\"|/\\*|\\$(?:[A-Za-z_]\\w*+)?\\$).*|(?<end>;)");

    private static final char BYTE_ORDER_MARK = '\uFEFF';

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

    /** Whether a statement would fetch an extension, which DuckDB does whatever else it is forbidden. */
    static boolean isInstallation(final String statement) {
        int begin = skipBlank(statement, 0);
        String word = word(statement, begin);
        if ("force".equals(word)) {
            begin = skipBlank(statement, begin + word.length());
            word = word(statement, begin);
        }
        return "install".equals(word);
    }

    /** Where something stands that is neither a space nor part of a comment. A comment may have others in it. */
    private static int skipBlank(final String sql, final int begin) {
        int depth = 0;
        int i = begin;
        while (i < sql.length()) {
            if (sql.startsWith("/*", i)) {
                depth++;
                i += 2;
            } else if (depth > 0 && sql.startsWith("*/", i)) {
                depth--;
                i += 2;
            } else if (depth == 0 && sql.startsWith("--", i)) {
                final int end = sql.indexOf('\n', i);
                i = end < 0 ? sql.length() : end;
            } else if (depth > 0 || isBlank(sql.charAt(i))) {
                i++;
            } else {
                break;
            }
        }
        return i;
    }

    private static boolean isBlank(final char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == BYTE_ORDER_MARK;
    }

    private static String word(final String sql, final int begin) {
        int end = begin;
        while (end < sql.length() && Character.isLetter(sql.charAt(end))) {
            end++;
        }
        return sql.substring(begin, end).toLowerCase(Locale.ROOT);
    }

    private static void add(final List<String> statements, final String statement) {
        if (!statement.replaceAll("(?s)--[^\n]*|/\\*.*?\\*/", "").isBlank()) {
            statements.add(statement.strip());
        }
    }
}
