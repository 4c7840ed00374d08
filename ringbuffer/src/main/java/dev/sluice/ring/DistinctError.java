// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

/**
 * One of the errors that happened inside a target's tracer, as its log has it.
 *
 * @param count   how often it was seen
 * @param firstMs when it was seen first, ms since 1970 by the target's clock
 * @param lastMs  when it was seen last
 * @param text    the error in its first line, below it where it came from
 */
public record DistinctError(long count, long firstMs, long lastMs, String text) {
    /** The first line of the text. */
    public String headline() {
        final int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end);
    }
}
