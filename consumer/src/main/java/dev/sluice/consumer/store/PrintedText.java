// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.store;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

/** Texts of a traced program on a line that is printed: they may say anything, and terminals obey. Stateless. */
public final class PrintedText {
    private PrintedText() {
    }

    /** Appends a text in quotes. */
    public static void quote(final StringBuilder line, final String text) {
        line.append('"');
        escape(line, text);
        line.append('"');
    }

    /** As in JSON: quotes, backslashes and control characters; here also those above 0x7F, which steer terminals. */
    public static void escape(final StringBuilder line, final String text) {
        int from = line.length();
        JsonStringEncoder.getInstance().quoteAsString(text, line);
        for (; from < line.length(); from++) {
            final char c = line.charAt(from);
            if (c >= 0x7F && c < 0xA0) {
                line.replace(from, from + 1, String.format("\\u%04x", (int) c));
            }
        }
    }
}
