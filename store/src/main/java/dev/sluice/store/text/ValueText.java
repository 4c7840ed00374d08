// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.text;

import java.util.HexFormat;

/**
 * Writes every value of an event, for people or as JSON, by appending it to a line. So a stored event and the same
 * event in a trap look the same. Allocates little more than the digits of numbers. For one thread.
 */
public final class ValueText {
    private static final String NULL = "null";

    private final StringBuilder line;
    private final boolean isJson;

    /** Appends to a line, which the caller keeps. */
    public ValueText(final StringBuilder line, final boolean isJson) {
        this.line = line;
        this.isJson = isJson;
    }

    /** Appends a value that is null. */
    public void nothing() {
        line.append(NULL);
    }

    /** Appends a value that could not be read. In JSON it is null, because JSON has no other word for this. */
    public void unknown() {
        line.append(isJson ? NULL : "?");
    }

    /** Appends a text, in quotes. */
    public void text(final String text) {
        PrintedText.quote(line, text);
    }

    /** A label for people who read null as a word too: in quotes if it would look like that, as conditions take it. */
    public static String word(final String label) {
        return label.equals(NULL) ? '"' + label + '"' : label;
    }

    /** Appends the label of an enumeration's value. People read it as a word without quotes, unless it is "null". */
    public void label(final String label) {
        if (isJson || label.equals(NULL)) {
            PrintedText.quote(line, label);
        } else {
            PrintedText.escape(line, label);
        }
    }

    /** Appends a byte sequence, in hexadecimal. */
    public void bytes(final byte[] bytes) {
        line.append(isJson ? "\"" : "0x").append(HexFormat.of().formatHex(bytes)).append(isJson ? "\"" : "");
    }

    /** Appends a bool. */
    public void bool(final boolean value) {
        line.append(value);
    }

    /** Appends a signed integer, or an unsigned one of less than 64 bits. */
    public void integer(final long value) {
        line.append(value);
    }

    /** Appends an unsigned integer of 64 bits. */
    public void unsigned(final long value) {
        if (value >= 0) {
            line.append(value);
        } else {
            line.append(Long.toUnsignedString(value));
        }
    }

    /** Appends a floating-point number of 32 bits, with as few digits as tell it from its neighbours. */
    public void floating(final float value) {
        floating(Float.toString(value), Float.isFinite(value));
    }

    /** Appends a floating-point number of 64 bits, with as few digits as tell it from its neighbours. */
    public void floating(final double value) {
        floating(Double.toString(value), Double.isFinite(value));
    }

    /** Appends a floating-point number. JSON has no NaN and no infinity, so these become strings. */
    private void floating(final String text, final boolean isFinite) {
        final boolean isQuoted = isJson && !isFinite;
        line.append(isQuoted ? "\"" : "").append(text).append(isQuoted ? "\"" : "");
    }
}
