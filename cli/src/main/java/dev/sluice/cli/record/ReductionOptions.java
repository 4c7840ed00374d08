// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.record;

import dev.sluice.bpf.reduce.Measure;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options that make sums and histograms of events in place of a trace: a picocli mixin. For one thread. */
public final class ReductionOptions {
    @Option(names = "--sum", paramLabel = "FIELD", converter = Sums.class, description = "store nothing, and have the"
        + " kernel count and sum a field, with least and greatest value: PROVIDER:TRACEPOINT.FIELD, an integer; may be"
        + " repeated")
    private List<Measure> sums = List.of();

    @Option(names = "--hist", paramLabel = "FIELD", converter = Histograms.class, description = "store nothing, and"
        + " have the kernel make a histogram of a field: PROVIDER:TRACEPOINT.FIELD by powers of two, or with"
        + " :linear=FROM,TO,STEP behind it in equal steps; may be repeated")
    private List<Measure> histograms = List.of();

    /** What is to be made, sums first; none if events are to be stored. */
    public List<Measure> measures() {
        final List<Measure> all = new ArrayList<>(sums);
        all.addAll(histograms);
        return all;
    }

    private static Measure read(final Function<String, Measure> reading, final String text) {
        try {
            return reading.apply(text);
        } catch (final IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    /** Reads a sum. */
    static final class Sums implements ITypeConverter<Measure> {
        @Override
        public Measure convert(final String text) {
            return read(Measure::sum, text);
        }
    }

    /** Reads a histogram. */
    static final class Histograms implements ITypeConverter<Measure> {
        @Override
        public Measure convert(final String text) {
            return read(Measure::histogram, text);
        }
    }
}
