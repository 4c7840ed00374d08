// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

/**
 * A deterministic part of all class files: every K-th in sorted order, beginning with the first.
 *
 * @param divisor K, 1 or more; 1 is all of them
 */
public record Share(int divisor) {
    /** Every class file. */
    public static final Share ALL = new Share(1);

    /** Checks the divisor. */
    public Share {
        if (divisor < 1) {
            throw new IllegalArgumentException("divisor=" + divisor + " must be 1 or more");
        }
    }

    /**
     * Parses {@code 1/K}.
     *
     * @throws IllegalArgumentException if the text is anything else
     */
    public static Share parse(final String text) {
        if (!text.matches("1/[1-9][0-9]{0,8}")) {
            throw new IllegalArgumentException("share '" + text + "' is not of the form 1/K");
        }
        return new Share(Integer.parseInt(text.substring(2)));
    }

    @Override
    public String toString() {
        return "1/" + divisor;
    }
}
