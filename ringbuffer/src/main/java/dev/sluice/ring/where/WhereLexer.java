// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.where;

import java.util.ArrayList;
import java.util.List;

/** Splits a condition into words. For one thread. */
final class WhereLexer {
    /** Kinds of words. */
    enum Kind {
        NAME, QUOTED_NAME, NUMBER, TEXT, SYMBOL, END
    }

    /** One word: its text without the quotes, and the column where it begins, from 1. */
    record Token(Kind kind, String text, int column) {
        boolean is(final String symbol) {
            return kind == Kind.SYMBOL && text.equals(symbol);
        }

        /** The word, as messages name it. */
        String described() {
            return kind == Kind.END ? "the end" : "'" + text + "'";
        }
    }

    private static final List<String> SYMBOLS =
        List.of("&&", "||", "==", "!=", "<=", ">=", "=~", "!~", "<", ">", "!", "(", ")");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;

    private WhereLexer(final String source) {
        this.source = source;
    }

    /** All words of a condition. The last word is {@link Kind#END}. */
    static List<Token> tokens(final String source) {
        final WhereLexer lexer = new WhereLexer(source);
        lexer.run();
        return lexer.tokens;
    }

    private void run() {
        while (at < source.length()) {
            final char c = source.charAt(at);
            if (Character.isWhitespace(c)) {
                at++;
            } else if (Character.isJavaIdentifierStart(c)) {
                final int begin = at;
                while (at < source.length() && isNamePart(source.charAt(at))) {
                    at++;
                }
                add(Kind.NAME, source.substring(begin, at), begin);
            } else if (isNumber(c)) {
                number();
            } else if (c == '"' || c == '\'' || c == '`') {
                final int begin = at;
                add(c == '`' ? Kind.QUOTED_NAME : Kind.TEXT, quoted(c), begin);
            } else {
                symbol();
            }
        }
        tokens.add(new Token(Kind.END, "", source.length() + 1));
    }

    private static boolean isNamePart(final char c) {
        return Character.isJavaIdentifierPart(c) || c == '.';
    }

    /**
     * Whether a number begins here. A sign before digits always belongs to the number, because conditions have no
     * addition and no subtraction.
     */
    private boolean isNumber(final char c) {
        final int next = at + 1;
        return isDigit(c) || (c == '-' || c == '+' || c == '.') && next < source.length()
            && (isDigit(source.charAt(next)) || source.charAt(next) == '.' || source.startsWith("Infinity", next));
    }

    private static boolean isDigit(final char c) {
        return c >= '0' && c <= '9';
    }

    private void number() {
        final int begin = at++;
        while (at < source.length()) {
            final char c = source.charAt(at);
            final boolean isExponentSign = (c == '-' || c == '+') && isExponent(begin);
            if (!isExponentSign && c != '.' && c != '_' && !Character.isLetterOrDigit(c)) {
                break;
            }
            at++;
        }
        add(Kind.NUMBER, source.substring(begin, at), begin);
    }

    private boolean isExponent(final int begin) {
        final char before = source.charAt(at - 1);
        return (before == 'e' || before == 'E') && !source.startsWith("0x", begin)
            && !source.startsWith("0X", begin);
    }

    private void symbol() {
        for (final String symbol : SYMBOLS) {
            if (source.startsWith(symbol, at)) {
                add(Kind.SYMBOL, symbol, at);
                at += symbol.length();
                return;
            }
        }
        final int point = source.codePointAt(at);
        final String hint = switch (point) {
            case '=' -> "; write == to compare";
            case '&' -> "; write && for both";
            case '|' -> "; write || for either";
            default -> "";
        };
        throw new WhereException(at + 1, "'" + Character.toString(point) + "' means nothing here" + hint);
    }

    private void add(final Kind kind, final String text, final int begin) {
        tokens.add(new Token(kind, text, begin + 1));
    }

    private String quoted(final char quote) {
        final int begin = at++;
        final StringBuilder text = new StringBuilder();
        while (at < source.length() && source.charAt(at) != quote) {
            final char c = source.charAt(at++);
            text.append(c == '\\' && quote != '`' ? escaped() : c);
        }
        if (at == source.length()) {
            throw new WhereException(begin + 1, "the text that begins here has no end: " + quote
                + " is missing");
        }
        at++;
        return text.toString();
    }

    private char escaped() {
        if (at == source.length()) {
            throw new WhereException(at, "a backslash at the end");
        }
        final char c = source.charAt(at++);
        return switch (c) {
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case '0' -> '\0';
            case '\\', '"', '\'' -> c;
            case 'u' -> {
                try {
                    at += 4;
                    yield (char) Integer.parseInt(source, at - 4, at, 16);
                } catch (final IndexOutOfBoundsException | NumberFormatException e) {
                    throw new WhereException(Math.min(at, source.length()), "\\u is followed by four digits");
                }
            }
            default -> throw new WhereException(at, "\\" + c + " is no escape; there are \\n \\t \\r \\0 \\\\ \\\""
                + " \\' and \\u1234");
        };
    }
}
