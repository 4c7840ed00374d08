// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.scene;

/**
 * What an event contains, computed from its thread and its running index. So the program that fires the event and the
 * test that reads it know the same.
 */
public final class Contents {
    private static final int LABELS = 61;
    private static final String DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzäöü✓€".repeat(2);

    private Contents() {
    }

    /** A number that depends on every bit of thread and index. */
    public static long check(final int thread, final long index) {
        long z = index * 0x9E3779B97F4A7C15L + thread;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }

    /** Whether the event is of the kind with a text. */
    public static boolean isText(final int thread, final long index) {
        return (check(thread, index) & 3) == 0;
    }

    /** The event's text; texts differ in length. */
    public static String label(final int thread, final long index) {
        final long check = check(thread, index) >>> 2;
        return Long.toHexString(check) + DIGITS.substring(0, (int) Long.remainderUnsigned(check, LABELS));
    }
}
