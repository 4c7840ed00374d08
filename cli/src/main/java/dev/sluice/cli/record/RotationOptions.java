// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.record;

import dev.sluice.cli.output.Durations;
import dev.sluice.cli.output.Sizes;
import dev.sluice.store.write.SegmentRotation;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/** The options that cut a trace into segments, of which old ones are removed: a picocli mixin. For one thread. */
public final class RotationOptions {
    @Option(names = "--rotate", paramLabel = "SIZE|TIME", converter = Bounds.class, description = "begin another"
        + " segment of the trace after a size or a time: 100M, 1G; 30s, 10m, 1h. M is a size and m is minutes, as of"
        + " perf record --switch-output")
    private SegmentRotation bound;

    @Option(names = "--keep", paramLabel = "N", description = "with --rotate: keep the newest N segments, with the one"
        + " that is written, and remove older ones (default: all)")
    private Integer keep;

    /** Refuses what cannot be together. */
    void require(final CommandSpec spec, final boolean isReducing) {
        if (keep != null && bound == null) {
            throw new ParameterException(spec.commandLine(), "--keep counts segments, and there is only one: add"
                + " --rotate SIZE or --rotate TIME");
        }
        if (keep != null && keep < 2) {
            throw new ParameterException(spec.commandLine(), "Invalid value for option '--keep': " + keep
                + "; it is at least 2, as the newest segment is empty when it begins");
        }
        if (bound != null && isReducing) {
            throw new ParameterException(spec.commandLine(), "with --sum and --hist no event is stored, and there is"
                + " nothing to rotate: leave out --rotate");
        }
    }

    /** Whether there may be several segments. */
    boolean isOn() {
        return bound != null;
    }

    /** When the trace goes on in another segment. */
    SegmentRotation rotation() {
        return bound == null ? SegmentRotation.NONE
            : new SegmentRotation(bound.bytes(), bound.periodNs(), keep == null ? Integer.MAX_VALUE : keep);
    }

    /** What is done, for the line that says that the recording has begun; empty if there is one segment. */
    String describe() {
        if (bound == null) {
            return "";
        }
        return "; a new segment " + (bound.bytes() != Long.MAX_VALUE ? "after " + size(bound.bytes())
            : "every " + time(bound.periodNs())) + (keep == null ? "" : ", of which " + keep + " are kept");
    }

    private static String size(final long bytes) {
        return bytes % (1L << 20) == 0 ? (bytes >> 20) + " MiB" : bytes + " bytes";
    }

    private static String time(final long ns) {
        final long ms = ns / 1_000_000;
        return ms % 60_000 == 0 ? ms / 60_000 + " min" : ms % 1000 == 0 ? ms / 1000 + " s" : ms + " ms";
    }

    /** Reads "100M" as a size and "10m" as a time. */
    static final class Bounds implements ITypeConverter<SegmentRotation> {
        private static final Pattern TIME = Pattern.compile("[0-9.]+(ms|s|m|h)");

        @Override
        public SegmentRotation convert(final String text) {
            if (TIME.matcher(text).matches()) {
                final long ns = new Durations().convert(text);
                if (ns < SegmentRotation.LEAST_NS) {
                    throw new TypeConversionException("'" + text + "' is too short for a segment: at least 100ms");
                }
                return new SegmentRotation(Long.MAX_VALUE, ns, Integer.MAX_VALUE);
            }
            final long bytes;
            try {
                bytes = new Sizes().convert(text);
            } catch (final TypeConversionException e) {
                throw new TypeConversionException("'" + text + "' is neither a size such as 100M or 1G, nor a time such"
                    + " as 30s, 10m or 1h");
            }
            if (bytes < SegmentRotation.LEAST_BYTES) {
                throw new TypeConversionException("'" + text + "' is too small for a segment: at least 1M");
            }
            return new SegmentRotation(bytes, Long.MAX_VALUE, Integer.MAX_VALUE);
        }
    }
}
