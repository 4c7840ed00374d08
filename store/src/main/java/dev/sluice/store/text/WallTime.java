// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.text;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * Writes CLOCK_REALTIME as ISO 8601 in UTC with nanoseconds. For one thread: the object remembers the text of the last
 * second.
 */
public final class WallTime {
    private static final long NS_PER_SECOND = 1_000_000_000L;
    private static final DateTimeFormatter SECOND =
        DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss").withZone(ZoneOffset.UTC);

    private long second = Long.MIN_VALUE;
    private String secondText = "";

    /** For example "2026-01-02T03:04:05.000000006Z". */
    public static String format(final long realtimeNs) {
        final StringBuilder text = new StringBuilder();
        new WallTime().appendTo(text, realtimeNs);
        return text.toString();
    }

    /** Appends a time, CLOCK_REALTIME in ns since 1970, in the same form. */
    public void appendTo(final StringBuilder text, final long realtimeNs) {
        final long newSecond = Math.floorDiv(realtimeNs, NS_PER_SECOND);
        if (newSecond != second) {
            second = newSecond;
            secondText = SECOND.format(Instant.ofEpochSecond(newSecond));
        }
        text.append(secondText).append('.');
        final long fraction = Math.floorMod(realtimeNs, NS_PER_SECOND);
        for (long digit = NS_PER_SECOND / 10; digit > 0; digit /= 10) {
            text.append((char) ('0' + fraction / digit % 10));
        }
        text.append('Z');
    }
}
