// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.region;

/**
 * One of the errors that happened inside a target's tracer, as the target's log has it.
 *
 * @param count   how often the error was seen
 * @param firstMs when it was seen first, ms since 1970 by the target's clock
 * @param lastMs  when it was seen last, ms since 1970 by the target's clock
 * @param text    the error in the first line, and below it where the error came from
 */
public record DistinctError(long count, long firstMs, long lastMs, String text) {
    /** The first line of the text. */
    public String headline() {
        final int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end);
    }
}
