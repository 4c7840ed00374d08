// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.diff;

import dev.sluice.ring.event.FieldType;
import dev.sluice.store.report.FieldFigures;
import dev.sluice.store.report.TraceReport;
import dev.sluice.store.text.Counted;
import dev.sluice.store.text.PrintedText;
import dev.sluice.store.text.TextTable;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Writes the differences of two traces as text. For one thread. */
final class DiffText {
    private static final String NONE = "-";
    private static final int MOST_LINES = 20;
    private static final double PERCENT = 100.0;
    /** From here on six digits have none behind the point. */
    private static final double MOST_SIX_DIGITS = 99_999.95;
    /** Below it a general format goes over to exponents. */
    private static final double LEAST_SIX_DIGITS = 0.000_1;

    private final TraceDiff diff;
    private final StringBuilder text = new StringBuilder();

    DiffText(final TraceDiff diff) {
        this.diff = diff;
        side("A", diff.a());
        side("B", diff.b());
        onlyHere("gone, only in A", diff.gone());
        onlyHere("new, only in B", diff.added());
        typeChanges();
        figures();
    }

    private void side(final String name, final TraceSide side) {
        text.append(name).append("  ").append(PrintedText.safe(side.reader().directory().toString())).append(": ")
            .append(Counted.of(side.count(), "event"))
            .append(String.format(Locale.ROOT, " in %.3f s", side.durationNs() / 1e9))
            .append(side.account().isWhole() ? "" : "; events are missing: report has the account").append('\n');
        if (side.misfit() != null) {
            text.append("   nothing of it is selected: ").append(PrintedText.safe(side.misfit().getMessage()))
                .append('\n');
        }
    }

    private void onlyHere(final String heading, final List<OnlyHere> found) {
        if (found.isEmpty()) {
            return;
        }
        final TextTable shown = TextTable.ofAnything();
        for (final OnlyHere.Kind kind : OnlyHere.Kind.values()) {
            final List<OnlyHere> ofKind = found.stream().filter(one -> one.kind() == kind).toList();
            ofKind.stream().limit(MOST_LINES).forEach(one -> shown.row("  " + kind.label, one.name(),
                one.kind() == OnlyHere.Kind.FIELD ? "" : Counted.of(one.events(), "event")
                    + (one.isDeclared() ? "; the other one declares it, and it never fired there" : "")));
            if (ofKind.size() > MOST_LINES) {
                shown.row("  " + kind.label, "and " + count(ofKind.size() - MOST_LINES) + " more: see --json");
            }
        }
        text.append('\n').append(heading).append('\n');
        shown.appendTo(text, "");
    }

    private void typeChanges() {
        if (!diff.typeChanges().isEmpty()) {
            final TextTable table = TextTable.ofAnything().row("other type", "A", "B");
            diff.typeChanges().forEach(change -> table.row(change.field(), types(change.typesA()),
                types(change.typesB())));
            text.append('\n');
            table.appendTo(text, "");
        }
    }

    static String types(final Set<FieldType> types) {
        return types.stream().sorted().map(type -> type.name().toLowerCase(Locale.ROOT))
            .collect(Collectors.joining(", "));
    }

    private void figures() {
        if (diff.events().isEmpty()) {
            text.append("\nno event that is selected is in both traces\n");
            return;
        }
        final TextTable table = TextTable.ofFigures().row("", "A", "B", "change", "from", "to", "");
        for (final EventDiff event : diff.events()) {
            table.row(event.name());
            table.row("  events", count(event.countA()), count(event.countB()));
            row(table, "  a second", event.rate(), DiffText::rate, DiffText::signedRate);
            event.fields().forEach(field -> numbers(table, "  " + field.name() + ' ', field));
        }
        for (final NumbersDiff pair : diff.pairs()) {
            table.row(pair.name());
            table.row("  pairs", count(pair.countA()), count(pair.countB()));
            numbers(table, "  ns ", pair);
        }
        text.append('\n');
        table.appendTo(text, "");
        legend();
    }

    private static void numbers(final TextTable table, final String before, final NumbersDiff numbers) {
        for (final Percentile percentile : Percentile.values()) {
            row(table, before + percentile.label, numbers.percentiles().get(percentile.ordinal()));
        }
    }

    private static void row(final TextTable table, final String name, final Compared compared) {
        row(table, name, compared, FieldFigures::text, DiffText::signed);
    }

    private static void row(final TextTable table, final String name, final Compared compared,
        final Function<Number, String> plain, final DoubleFunction<String> difference) {
        final boolean isRelative = !Double.isNaN(compared.relativeChange())
            && (compared.difference() == null || compared.ratio() != null);
        final Compared.Interval interval = isRelative ? compared.ratio() : compared.difference();
        final DoubleFunction<String> figure = isRelative ? DiffText::percent : difference;
        table.row(name, value(compared.a(), plain), value(compared.b(), plain),
            figure.apply(isRelative ? compared.relativeChange() : compared.change()),
            interval == null ? NONE : figure.apply(interval.low()),
            interval == null ? NONE : figure.apply(interval.high()), compared.isChanged() ? "*" : "");
    }

    private void legend() {
        text.append("\nfrom, to: the interval of the change from A to B; * where it holds no zero, - where there are"
            + " too few events\n");
        if (diff.intervals() > 0) {
            text.append(String.format(Locale.ROOT, "%s together %s with %.0f %%: %,d resamples, seed %d;"
                + " percentiles are at most %.0f %% off, which is allowed for%n",
                Counted.of(diff.intervals(), "interval"), diff.intervals() == 1 ? "holds" : "hold",
                Resampling.CONFIDENCE * PERCENT, diff.options().resamples(), diff.options().seed(),
                TraceReport.PERCENTILE_ERROR * PERCENT));
        }
    }

    private static String value(final Number value, final Function<Number, String> plain) {
        return value == null ? NONE : plain.apply(value);
    }

    /**
     * Six digits, and thousands apart as in a report. A rate is a number of events: it has no exponent. Of a small one
     * ten places are shown: one event in the longest trace that there can be, of 292 years, is in the last of them.
     */
    private static String rate(final Number value) {
        final double size = Math.abs(value.doubleValue());
        return String.format(Locale.ROOT, !(size < MOST_SIX_DIGITS) ? "%,.0f"
            : size > 0 && size < LEAST_SIX_DIGITS ? "%.10f" : "%,.6g", value.doubleValue());
    }

    private static String signedRate(final double value) {
        return Double.isNaN(value) ? NONE : (value < 0 ? "" : "+") + rate(value);
    }

    private static String percent(final double ratio) {
        return Double.isNaN(ratio) ? NONE : String.format(Locale.ROOT, "%+,.1f%%", ratio * PERCENT);
    }

    private static String signed(final double number) {
        return Double.isNaN(number) ? NONE : String.format(Locale.ROOT, "%+.6g", number);
    }

    private static String count(final long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
