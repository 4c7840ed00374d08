// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.question;

import dev.sluice.store.field.Breakdown;
import dev.sluice.store.field.FieldValue;
import dev.sluice.store.field.Histogram;
import dev.sluice.store.field.HistogramText;
import dev.sluice.store.field.ValueGroup;
import dev.sluice.store.pair.PairFigures;
import dev.sluice.store.report.FieldFigures;
import dev.sluice.store.report.FieldStatistics;
import dev.sluice.store.report.TraceReport;
import dev.sluice.store.text.Counted;
import dev.sluice.store.text.PrintedText;
import dev.sluice.store.text.TextTable;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;

/** Writes answers as text. For one thread. */
final class AnswersText {
    private static final double PERCENT = 100.0;
    private static final double NS_PER_SECOND = 1e9;
    private static final int MOST_THREADS = 20;

    private final Answers answers;
    private final StringBuilder text = new StringBuilder();

    AnswersText(final Answers answers) {
        this.answers = answers;
        if (answers.isAboutPairs()) {
            pairs();
        }
        answers.breakdowns().forEach(this::breakdown);
        answers.histograms().forEach(this::histogram);
        if (!answers.questions().isNone() && (!answers.breakdowns().isEmpty() || answers.isAboutPairs())) {
            text.append(String.format(Locale.ROOT, "%npercentiles are approximate: at most %.0f %% off%n",
                TraceReport.PERCENTILE_ERROR * PERCENT));
        }
        for (int i = 0; i < answers.slowest().size(); i++) {
            slow(i + 1, answers.slowest().get(i));
        }
        if (answers.questions().isNone()) {
            threads();
        } else if (text.isEmpty()) {
            text.append(answers.questions().slowest() == null ? "\nno event with such a field was selected\n"
                : "\nnothing was selected that could be slow\n");
        }
    }

    private void pairs() {
        final List<PairFigures> pairs = answers.pairs();
        final TextTable table =
            TextTable.ofFigures().row("latency", "count", "min", "p50", "p90", "p99", "p99.9", "max", "sum");
        for (final PairFigures pair : pairs) {
            final FieldStatistics latency = pair.latency();
            table.row(pair.rule().label(), count(pair.matched()), figure(latency, latency.min()),
                figure(latency, latency.quantile(0.5)), figure(latency, latency.quantile(0.9)),
                figure(latency, latency.quantile(0.99)), figure(latency, latency.quantile(0.999)),
                figure(latency, latency.max()), figure(latency, latency.sum()));
        }
        text.append('\n');
        table.appendTo(text, "");
        pairs.stream().filter(pair -> pair.beginsWithoutEnd() + pair.endsWithoutBegin() > 0).forEach(this::unmatched);
    }

    private void unmatched(final PairFigures pair) {
        final StringJoiner reasons = new StringJoiner(", ");
        reason(reasons, pair.open(), "still open at the end");
        reason(reasons, pair.begunAgain(), "begun again before an end");
        reason(reasons, pair.cut(), "before missing events of the thread");
        reason(reasons, pair.givenUp(), "forgotten, as too many were open at a time");
        text.append("  ").append(PrintedText.safe(pair.rule().label())).append(": ");
        if (pair.beginsWithoutEnd() > 0) {
            text.append(Counted.of(pair.beginsWithoutEnd(), "begin")).append(" without an end (").append(reasons)
                .append(pair.endsWithoutBegin() > 0 ? "), " : ")");
        }
        if (pair.endsWithoutBegin() > 0) {
            text.append(Counted.of(pair.endsWithoutBegin(), "end")).append(" without a begin");
        }
        text.append('\n');
    }

    private static void reason(final StringJoiner reasons, final long count, final String what) {
        if (count > 0) {
            reasons.add(count(count) + ' ' + what);
        }
    }

    private String subject(final String name, final int target) {
        return PrintedText.safe(name)
            + (target >= 0 && answers.report().reader().targets().size() > 1 ? " (target " + target + ")" : "");
    }

    private void breakdown(final Breakdown breakdown) {
        text.append('\n').append(subject(breakdown.subject(), breakdown.target())).append(" by ")
            .append(PrintedText.safe(breakdown.by())).append(breakdown.order() == null ? ""
                : ", in the order of the sum of " + PrintedText.safe(breakdown.order())).append('\n');
        final TextTable table = TextTable.ofFigures();
        table.row(breakdown.by(), "count", "share", "a second", "field", "min", "p50", "p90", "p99", "p99.9", "max",
            "sum");
        for (final ValueGroup group : breakdown.groups()) {
            rows(table, breakdown, group, FieldValue.text(breakdown.field(), group.value()));
        }
        if (breakdown.others().events() > 0) {
            rows(table, breakdown, breakdown.others(), "others: " + (breakdown.otherValues() < 0
                ? "very many values" : Counted.of(breakdown.otherValues(), "value")));
        }
        table.appendTo(text, "");
        if (breakdown.mostForgotten() > 0) {
            text.append("there were more values than are counted at a time: one that should stand here ")
                .append(breakdown.order() == null ? "occurred at most "
                    + Counted.of((long) breakdown.mostForgotten(), "time")
                    : "has a sum of at most " + FieldFigures.text(breakdown.mostForgotten())).append('\n');
        }
    }

    private void rows(final TextTable table, final Breakdown breakdown, final ValueGroup group, final String name) {
        Object[] head = {name, count(group.events()),
            String.format(Locale.ROOT, "%.1f%%", group.events() * PERCENT / breakdown.total()),
            String.format(Locale.ROOT, "%,.0f", answers.report().rate(group.events()))};
        if (group.fields().isEmpty()) {
            table.row(head);
        }
        for (final FieldStatistics field : group.fields()) {
            table.row(head[0], head[1], head[2], head[3], field.field().name()
                + (field.of().equals("length") ? " (length)" : ""), figure(field, field.min()),
                figure(field, field.quantile(0.5)), figure(field, field.quantile(0.9)),
                figure(field, field.quantile(0.99)), figure(field, field.quantile(0.999)), figure(field, field.max()),
                figure(field, field.sum()));
            head = new Object[] {"", "", "", ""};
        }
    }

    private void slow(final int place, final SlowOne slow) {
        text.append('\n').append(place).append(". ").append(PrintedText.safe(slow.lengthText())).append("  ")
            .append(PrintedText.safe(slow.subject()));
        if (slow.field() != PairFigures.LATENCY) {
            text.append('.').append(PrintedText.safe(slow.field().name()));
        }
        text.append('\n');
        for (final Surrounding line : slow.surroundings()) {
            leftOut(line.leftOutBefore(), line.othersLeftOut());
            text.append("  ").append(line.role().mark()).append(' ').append(line.text()).append('\n');
        }
        leftOut(slow.leftOutOfThread() - slow.surroundings().stream().mapToLong(Surrounding::leftOutBefore).sum(),
            slow.leftOutOfOthers() - slow.surroundings().stream().mapToLong(Surrounding::othersLeftOut).sum());
    }

    private void leftOut(final long ofThread, final long ofOthers) {
        if (ofThread + ofOthers > 0) {
            text.append("    ... ");
            if (ofThread > 0) {
                text.append(count(ofThread)).append(" of its thread").append(ofOthers > 0 ? " and " : "");
            }
            text.append(ofOthers > 0 ? count(ofOthers) + " of others" : "").append('\n');
        }
    }

    private void threads() {
        final List<ThreadFigures> threads = answers.threads();
        if (threads.isEmpty()) {
            return;
        }
        final long begin = threads.stream().mapToLong(ThreadFigures::firstNs).min().orElseThrow();
        final TextTable table = TextTable.ofFigures().row("thread", "id", "events", "a second", "from s", "to s");
        for (final ThreadFigures thread : threads.subList(0, Math.min(MOST_THREADS, threads.size()))) {
            table.row(thread.isOne() ? subject(thread.name().isEmpty() ? "?" : thread.name(), thread.target())
                : "others", thread.isOne() ? Integer.toString(thread.tid()) : "-", count(thread.events()),
                String.format(Locale.ROOT, "%,.0f", answers.report().rate(thread.events())),
                seconds(thread.firstNs() - begin), seconds(thread.lastNs() - begin));
        }
        text.append('\n');
        table.appendTo(text, "");
        if (threads.size() > MOST_THREADS) {
            text.append("and ").append(Counted.of(threads.size() - MOST_THREADS, "thread")).append(" with ")
                .append(Counted.of(threads.stream().skip(MOST_THREADS).mapToLong(ThreadFigures::events).sum(), "event"))
                .append(": see --json\n");
        }
    }

    private static String seconds(final long ns) {
        return String.format(Locale.ROOT, "%,.3f", ns / NS_PER_SECOND);
    }

    private void histogram(final Histogram histogram) {
        text.append('\n').append(subject(histogram.subject(), histogram.target())).append('.')
            .append(PrintedText.safe(histogram.field().name()))
            .append(histogram.figures().of().equals("length") ? " (length)" : "")
            .append(histogram.field().unit().isEmpty() ? "" : ", " + PrintedText.safe(histogram.field().unit()));
        if (histogram.by() != null) {
            text.append(", ").append(PrintedText.safe(histogram.by())).append(' ').append(histogram.value() == null
                ? "of other values" : PrintedText.safe(FieldValue.text(histogram.byField(), histogram.value())));
        }
        text.append(": ").append(Counted.of(histogram.figures().count(), "value")).append('\n');
        HistogramText.append(text, histogram);
    }

    private static String figure(final FieldStatistics field, final Number value) {
        return FieldFigures.text(field.field(), value);
    }

    private static String count(final long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
