// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.testsupport;

/**
 * Which part of what runs once in a run this JVM takes, {@code -Dsluice.share=K/N}: part K, from 0 on, of N, one for
 * each JDK. Without the property it is everything.
 *
 * @param part  this JVM's part
 * @param parts number of parts that are everything together
 */
public record Share(int part, int parts) {
    /** The property that says it. */
    public static final String PROPERTY = "sluice.share";

    /** The share of this JVM. */
    public static final Share OF_THIS_RUN = of(System.getProperty(PROPERTY, "0/1"));

    /** Refuses a share of which no part is everything. */
    public Share {
        if (part < 0 || part >= parts) {
            throw new IllegalArgumentException("part=" + part + " parts=" + parts);
        }
    }

    /** A share as the property has it. */
    public static Share of(final String text) {
        final String[] numbers = text.split("/");
        if (numbers.length != 2) {
            throw new IllegalArgumentException(PROPERTY + "=" + text + " is not K/N");
        }
        return new Share(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]));
    }

    /** Whether the case of a number is in this share; it is in exactly one of all. */
    public boolean takes(final long number) {
        return Math.floorMod(number, (long) parts) == part;
    }
}
