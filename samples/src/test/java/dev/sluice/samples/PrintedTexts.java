// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import java.util.Arrays;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The texts that a source file prints, as far as they are literals: what a program puts between two literals of one
 * statement is "…".
 */
final class PrintedTexts {
    /** What stands for a text that is not known before the program runs. */
    static final String HOLE = "…";

    private static final Pattern HOLES = Pattern.compile(HOLE + "(\\s*" + HOLE + ")*");
    private static final Pattern FORMAT = Pattern.compile("%[-,0-9.]*[a-zA-Z]");

    private PrintedTexts() {
    }

    /** A Java file's literals, a statement a line. */
    static String ofJava(final String source) {
        final StringBuilder texts = new StringBuilder();
        final StringBuilder code = new StringBuilder();
        int at = 0;
        while (at < source.length()) {
            final char c = source.charAt(at);
            if (c == '"') {
                final int end = endOfLiteral(source, at + 1, '"');
                texts.append(between(code.toString()));
                code.setLength(0);
                texts.append(FORMAT.matcher(source.substring(at + 1, end).replace("\\\"", "\"")).replaceAll(HOLE));
                at = end + 1;
            } else if (c == '\'') {
                at = endOfLiteral(source, at + 1, '\'') + 1;
                code.append('c');
            } else if (source.startsWith("//", at)) {
                at = source.indexOf('\n', at);
            } else if (source.startsWith("/*", at)) {
                at = source.indexOf("*/", at) + 2;
            } else {
                code.append(c);
                at++;
            }
        }
        return HOLES.matcher(texts.append(HOLE)).replaceAll(HOLE);
    }

    private static int endOfLiteral(final String source, final int begin, final char quote) {
        int at = begin;
        while (source.charAt(at) != quote) {
            at += source.charAt(at) == '\\' ? 2 : 1;
        }
        return at;
    }

    /** What stands between two literals: nothing, something that is not known, or the end of the statement. */
    private static String between(final String code) {
        return code.isBlank() || code.strip().equals("+") ? "" : code.contains(";") ? HOLE + '\n' + HOLE : HOLE;
    }

    /** What finds a message, in which "…" stands for anything, in a line of such texts. */
    static Pattern line(final String message) {
        // No ".*" at the begin: it would find the same as none does, but be tried to the line's end from each place.
        return Pattern.compile(Arrays.stream(message.split(HOLE, -1)).filter(part -> !part.isEmpty())
            .map(Pattern::quote).collect(Collectors.joining(".*")));
    }

    /** A shell script's lines, with what is expanded as "…", and continued words as one. */
    static String ofShell(final String source) {
        final String joined = source.replaceAll("\" *\\\\\n *\"", " ");
        final String expanded = joined.replaceAll("\\$\\{[^}]*\\}|\\$\\([^)]*\\)|\\$[A-Za-z0-9_*@]+", HOLE);
        return HOLES.matcher(expanded).replaceAll(HOLE);
    }
}
