// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.flight;

import dev.sluice.cli.output.Durations;
import picocli.CommandLine.TypeConversionException;

/**
 * More events in a time than a number.
 *
 * @param events   the number: one more is too many
 * @param periodNs the time, ns
 */
public record EventRate(long events, long periodNs) {
    private static final long LEAST_NS = 10_000_000;
    private static final long GREATEST_NS = 3_600_000_000_000L;

    /**
     * Reads what stands around the slash: "100" and "s", "10s" or "500ms".
     *
     * @param text all that was given, for messages
     */
    static EventRate of(final String text, final String events, final String period) {
        final long number;
        try {
            number = Long.parseLong(events.replace("_", ""));
        } catch (final NumberFormatException e) {
            throw new TypeConversionException("'" + text + "': " + events + " is no number of events");
        }
        final long ns;
        try {
            ns = new Durations().convert(Character.isDigit(period.charAt(0)) ? period : "1" + period);
        } catch (final TypeConversionException e) {
            throw new TypeConversionException("'" + text + "': '" + period + "' is no time such as s, m, 500ms or 10s");
        }
        if (ns < LEAST_NS || ns > GREATEST_NS) {
            throw new TypeConversionException("'" + text + "': events are counted over a time of 10ms to 1h");
        }
        return new EventRate(number, ns);
    }
}
