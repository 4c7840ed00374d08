// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.html;

import dev.sluice.store.text.PrintedText;
import java.util.Locale;

/**
 * Text of a page. Whatever comes from outside goes through {@link #text}: nothing in it is markup, and characters that
 * are not seen, or turn the direction of writing, are escapes as on a terminal. Stateless.
 */
public final class HtmlText {
    private static final String[] UNITS = {"", "k", "M", "G", "T", "P"};
    private static final double THOUSAND = 1_000;

    private HtmlText() {
    }

    /** Text for elements and for attributes in double quotes. */
    public static String text(final String text) {
        return markup(PrintedText.safe(text));
    }

    /** The same for text of several lines. */
    public static String lines(final String text) {
        return markup(PrintedText.safeLines(text));
    }

    private static String markup(final String text) {
        final StringBuilder made = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            final char c = text.charAt(i);
            switch (c) {
                case '&' -> made.append("&amp;");
                case '<' -> made.append("&lt;");
                case '>' -> made.append("&gt;");
                case '"' -> made.append("&quot;");
                case '\'' -> made.append("&#39;");
                // XML has no such characters, not even as references; browsers replace them.
                case '\uFFFE', '\uFFFF' -> made.append('\uFFFD');
                default -> made.append(c);
            }
        }
        return made.toString();
    }

    /** "1,234". */
    public static String count(final long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** "1.23M": three digits. */
    public static String rounded(final double value) {
        double left = value;
        int unit = 0;
        while (Math.abs(left) >= THOUSAND && unit < UNITS.length - 1) {
            left /= THOUSAND;
            unit++;
        }
        final double size = Math.abs(left);
        return String.format(Locale.ROOT, size >= 100 || unit == 0 && left == Math.rint(left) ? "%.0f"
            : size >= 10 ? "%.1f" : "%.2f", left) + UNITS[unit];
    }
}
