// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.text;

/**
 * Every text from outside goes through here before it reaches a terminal: values, names and command lines of traced
 * programs, names of files, and messages that may contain any of them. Such texts may say anything, and terminals obey
 * them: control characters (category Cc, also those from 0x80 on) move the cursor and change what is on the screen,
 * format characters (Cf) change the direction of writing or are invisible, line separators (U+2028, U+2029) begin new
 * lines, and an unpaired surrogate is not a character. All of these are written as escapes. Stateless.
 */
public final class PrintedText {
    /**
     * Hexadecimal digits for the control characters of ASCII, in upper case as JSON encoders write them. Other escapes
     * have the usual lower case.
     */
    private static final String ASCII_HEX = "0123456789ABCDEF";
    private static final String HEX = "0123456789abcdef";
    private static final char FIRST_ABOVE_ASCII = 0x80;

    private PrintedText() {
    }

    /** Appends a text in quotes, which is a JSON string. */
    public static void quote(final StringBuilder line, final String text) {
        line.append('"');
        escape(line, text);
        line.append('"');
    }

    /** Appends a text and escapes quotes and backslashes too, as JSON does. So no two texts look the same. */
    public static void escape(final StringBuilder line, final String text) {
        append(line, text, true, false);
    }

    /** A message, or a name without quotes, on one line. Harmless characters stay as they are. */
    public static String safe(final String text) {
        return made(text, false, false);
    }

    /** Like {@link #safe}, but keeps the line ends of a text of several lines, such as a stack trace. */
    public static String safeLines(final String text) {
        return made(text, false, true);
    }

    /** A JSON document with the same escapes: the characters that are escaped can only be inside of its strings. */
    public static String json(final String document) {
        return made(document, false, true);
    }

    private static String made(final String text, final boolean escapesQuotes, final boolean keepsLines) {
        final StringBuilder made = new StringBuilder(text.length() + 16);
        append(made, text, escapesQuotes, keepsLines);
        return made.toString();
    }

    private static void append(final StringBuilder line, final String text, final boolean escapesQuotes,
        final boolean keepsLines) {
        int plain = 0;
        for (int i = 0; i < text.length(); i++) {
            final char c = text.charAt(i);
            if (c < FIRST_ABOVE_ASCII) {
                final boolean isControl = c < ' ' || c == 0x7F;
                if (isControl && !(keepsLines && (c == '\n' || c == '\t'))
                    || escapesQuotes && (c == '"' || c == '\\')) {
                    line.append(text, plain, i);
                    appendEscape(line, c);
                    plain = i + 1;
                }
                continue;
            }
            final int point = text.codePointAt(i);
            final int length = Character.charCount(point);
            if (isUnsafe(point)) {
                line.append(text, plain, i);
                for (int j = i; j < i + length; j++) {
                    appendEscape(line, text.charAt(j));
                }
                plain = i + length;
            }
            i += length - 1;
        }
        line.append(text, plain, text.length());
    }

    private static boolean isUnsafe(final int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR,
                Character.SURROGATE -> true;
            default -> false;
        };
    }

    private static void appendEscape(final StringBuilder line, final char c) {
        line.append('\\');
        switch (c) {
            case '"', '\\' -> line.append(c);
            case '\n' -> line.append('n');
            case '\r' -> line.append('r');
            case '\t' -> line.append('t');
            case '\b' -> line.append('b');
            case '\f' -> line.append('f');
            default -> {
                line.append('u');
                for (int shift = Character.SIZE - 4; shift >= 0; shift -= 4) {
                    line.append((c < ' ' ? ASCII_HEX : HEX).charAt(c >> shift & 0xF));
                }
            }
        }
    }
}
