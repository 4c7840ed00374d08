// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay.pace;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * How fast events follow each other. Immutable.
 *
 * @param text   the speed as the user wrote it
 * @param factor how many times as fast as they were fired; infinite if events have no due time
 */
public record ReplaySpeed(String text, double factor) {
    /** Greatest factor that is not {@code max}, and the inverse of the least one. */
    private static final double MOST = 1e6;

    /** Whether events follow each other without any wait. */
    public boolean isMax() {
        return Double.isInfinite(factor);
    }

    /** Reads a speed. */
    public static final class Converter implements ITypeConverter<ReplaySpeed> {
        @Override
        public ReplaySpeed convert(final String text) {
            if (text.equals("original")) {
                return new ReplaySpeed(text, 1);
            }
            if (text.equals("max")) {
                return new ReplaySpeed(text, Double.POSITIVE_INFINITY);
            }
            final double factor = text.matches("[0-9]{1,9}(\\.[0-9]{1,9})?") ? Double.parseDouble(text) : 0;
            if (factor < 1 / MOST || factor > MOST) {
                throw new TypeConversionException("'" + text + "' is no speed: it is original, max, or a factor such as"
                    + " 2 or 0.5");
            }
            return new ReplaySpeed(text, factor);
        }
    }
}
