// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.flight;

import dev.sluice.cli.output.Durations;
import dev.sluice.cli.output.Sizes;
import dev.sluice.store.write.SegmentRotation;
import java.util.Locale;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * How much a flight recorder keeps.
 *
 * @param windowNs its last time, ns; 0 if it is a size
 * @param bytes    its last bytes; 0 if it is a time
 */
public record FlightBound(long windowNs, long bytes) {
    private static final long LEAST_NS = 1_000_000_000;
    private static final long LEAST_BYTES = 16L << 20;
    /** A window is so many segments, and the oldest one of more than these may be half of it. */
    private static final int SEGMENTS = 8;
    /** Segments beyond the window: the one that is written, one that is cut, and time to read them. */
    private static final int SPARE = 4;
    private static final Pattern TIME = Pattern.compile("[0-9.]+(ms|s|m|h)");

    /** The rotation that keeps so much, and a little more: while a snapshot is read, recording goes on. */
    public SegmentRotation rotation() {
        return windowNs > 0
            ? new SegmentRotation(Long.MAX_VALUE, Math.max(SegmentRotation.LEAST_NS, windowNs / SEGMENTS),
                SEGMENTS + SPARE)
            : new SegmentRotation(bytes / (2 * SEGMENTS), Long.MAX_VALUE, 2 * SEGMENTS);
    }

    /** For people: "the last 60 s". */
    public String describe() {
        return windowNs > 0 ? String.format(Locale.ROOT, "the last %.1f s", windowNs / 1e9)
            : "the last " + (bytes >> 20) + " MiB";
    }

    /** Reads "512M" as a size and "60s" as a time. */
    public static final class Text implements ITypeConverter<FlightBound> {
        @Override
        public FlightBound convert(final String text) {
            if (TIME.matcher(text).matches()) {
                final long ns = new Durations().convert(text);
                if (ns < LEAST_NS) {
                    throw new TypeConversionException("'" + text + "' is too short for a flight recorder: at least 1s");
                }
                return new FlightBound(ns, 0);
            }
            final long bytes;
            try {
                bytes = new Sizes().convert(text);
            } catch (final TypeConversionException e) {
                throw new TypeConversionException("'" + text + "' is neither a time such as 60s or 5m, nor a size such"
                    + " as 512M or 2G");
            }
            if (bytes < LEAST_BYTES) {
                throw new TypeConversionException("'" + text + "' is too small for a flight recorder: at least 16M");
            }
            return new FlightBound(0, bytes);
        }
    }
}
