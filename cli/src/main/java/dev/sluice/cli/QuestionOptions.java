// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli;

import dev.sluice.store.pair.PairName;
import dev.sluice.store.query.SelectionException;
import dev.sluice.store.query.TimeBound;
import dev.sluice.store.question.Questions;
import dev.sluice.store.question.SlowestQuestion;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Options for questions about a trace in addition to its report: a picocli mixin. For one thread. */
final class QuestionOptions {
    /** How the bounds of histograms follow one another. */
    enum Scale {
        LOG2, LINEAR;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(names = "--by", paramLabel = "FIELD", description = "count and figures for each of the most frequent"
        + " values of FIELD, which is 'symbol' of every event that has it, 'shop:order.symbol' of that event, or"
        + " 'thread'; may be repeated")
    private List<String> by = List.of();

    @Option(names = "--hist", paramLabel = "FIELD", description = "a histogram of FIELD: with --by, for each value; may"
        + " be repeated")
    private List<String> histograms = List.of();

    @Option(names = "--scale", paramLabel = "SCALE", defaultValue = "log2", description = "bounds of histograms:"
        + " ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
    private Scale scale;

    @Option(names = "--top", paramLabel = "N", defaultValue = "20", description = "so many values of --by, the most"
        + " frequent ones; all others count together (default: ${DEFAULT-VALUE})")
    private int top;

    @Option(names = "--order", paramLabel = "FIELD", description = "the values of --by with the greatest sums of FIELD,"
        + " in place of the most frequent ones")
    private String order;

    @Option(names = "--pair", paramLabel = "BEGIN,END[,KEY]", converter = PairText.class, description = "latencies from"
        + " event BEGIN to event END of the same thread, or with the same value of field KEY; may be repeated. --by and"
        + " --hist latency are then of these pairs")
    private List<String> pairs = List.of();

    @Option(names = "--slowest", paramLabel = "N", description = "the N slowest pairs, or events by --of")
    private Integer slowest;

    @Option(names = "--of", paramLabel = "FIELD", description = "the field by which --slowest events are the slowest: a"
        + " duration. Without --slowest, the only field of which --by has figures (default: every numeric field)")
    private String of;

    @Option(names = "--around", paramLabel = "DURATION", converter = AroundText.class, description = "also what"
        + " happened so long before and after each of the --slowest, on its thread and on others: 10ms, 500us")
    private Long aroundNs;

    /** Reads "500us" as nanoseconds. */
    static final class AroundText implements ITypeConverter<Long> {
        @Override
        public Long convert(final String text) {
            try {
                return TimeBound.parse('+' + text).ns();
            } catch (final SelectionException e) {
                throw new TypeConversionException("'" + text + "' is no duration such as 500us, 10ms or 1.5s");
            }
        }
    }

    /** Checks a text that names pairs. */
    static final class PairText implements ITypeConverter<String> {
        @Override
        public String convert(final String text) {
            try {
                PairName.parse(text);
                return text;
            } catch (final SelectionException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    /** The questions that the options ask. */
    Questions questions() {
        Questions questions = Questions.NONE.by(by.toArray(String[]::new))
            .histogramsOf(histograms.toArray(String[]::new)).top(top);
        for (final String pair : pairs) {
            questions = questions.pairs(pair);
        }
        if (order != null && by.isEmpty()) {
            throw new SelectionException("--order says more of --by, which is not there");
        }
        questions = order == null ? questions : questions.orderedBy(order);
        if (of != null && by.isEmpty() && slowest == null) {
            throw new SelectionException("--of says more of --slowest or of --by, which are not there");
        }
        if (aroundNs != null && slowest == null) {
            throw new SelectionException("--around says more of --slowest, which is not there");
        }
        if (slowest != null) {
            questions = questions.slowest(slowest, of, aroundNs == null ? SlowestQuestion.NOTHING_AROUND : aroundNs);
        } else if (of != null) {
            questions = questions.measuring(of);
        }
        return scale == Scale.LINEAR ? questions.linear() : questions;
    }
}
