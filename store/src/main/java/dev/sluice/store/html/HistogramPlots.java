// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.html;

import dev.sluice.store.report.Bucket;
import dev.sluice.store.report.FieldFigures;
import dev.sluice.store.report.FieldStatistics;
import dev.sluice.store.text.UnitText;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Draws how values are spread, by powers of two or by label. For one thread. */
final class HistogramPlots {
    private static final int WIDTH = 480;
    private static final int HEIGHT = 120;
    private static final int MOST_BARS = 64;

    private final StringBuilder html;

    /** One bar. */
    private record Bar(String label, long count) {
    }

    HistogramPlots(final StringBuilder html) {
        this.html = html;
    }

    /** Whether there is anything to draw. */
    static boolean has(final FieldStatistics field) {
        return field.count() > 0;
    }

    /**
     * Appends a plot.
     *
     * @param name of the field, or of the pairs
     * @param unit of the values; empty if there is none
     */
    void append(final String name, final FieldStatistics field, final String unit) {
        final List<Bar> bars = bars(field, unit);
        html.append("<figure class=\"histogram\"><figcaption>").append(HtmlText.text(name))
            .append(field.of().equals("length") ? " (length)" : "").append(" <span class=\"quiet\">")
            .append(HtmlText.count(field.count()));
        if (!field.field().type().isEnum()) {
            html.append(", p50 ").append(figure(field.quantile(0.5), unit)).append(", p99 ")
                .append(figure(field.quantile(0.99), unit)).append(", max ").append(figure(field.max(), unit));
        }
        html.append("</span></figcaption>\n<svg viewBox=\"0 0 ").append(WIDTH).append(' ').append(HEIGHT)
            .append("\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"").append(HtmlText.text(name))
            .append("\">\n");
        final long most = bars.stream().mapToLong(Bar::count).max().orElse(1);
        final double width = (double) WIDTH / Math.max(1, bars.size());
        for (int i = 0; i < bars.size(); i++) {
            final long count = bars.get(i).count;
            final double height = count == 0 ? 0 : Math.max(1.0, (double) count * HEIGHT / most);
            html.append(String.format(Locale.ROOT, "<rect class=\"bucket\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\""
                + " height=\"%.2f\"><title>%s</title></rect>%n", i * width, HEIGHT - height, Math.max(1, width - 1),
                height, HtmlText.text(bars.get(i).label + ": " + HtmlText.count(count))));
        }
        html.append("</svg>\n<div class=\"axis\"><span>")
            .append(bars.isEmpty() ? "" : HtmlText.text(bars.get(0).label)).append("</span><span>")
            .append(bars.size() < 2 ? "" : HtmlText.text(bars.get(bars.size() - 1).label))
            .append("</span></div></figure>\n");
    }

    private static String figure(final Number value, final String unit) {
        return value == null ? "-"
            : HtmlText.text(unit.isEmpty() ? UnitText.number(value) : UnitText.of(unit, value));
    }

    private static List<Bar> bars(final FieldStatistics field, final String unit) {
        final List<Bar> bars = new ArrayList<>();
        for (final Map.Entry<String, Long> label : FieldFigures.values(field)) {
            bars.add(new Bar(label.getKey(), label.getValue()));
        }
        Bucket before = null;
        for (final Bucket bucket : field.log2Buckets()) {
            if (before != null && !before.to().equals(bucket.from())) {
                bars.add(new Bar("no values between", 0));
            }
            before = bucket;
            final String from = figure(bucket.from(), unit);
            final String to = figure(bucket.to(), unit);
            bars.add(new Bar(from.equals(to) ? from : from + " to " + to, bucket.count()));
        }
        return bars.size() <= MOST_BARS ? bars : joined(bars);
    }

    /** Fewer bars, each of several neighbours: a plot has no room for all powers of two of a double. */
    private static List<Bar> joined(final List<Bar> bars) {
        final int each = (bars.size() + MOST_BARS - 1) / MOST_BARS;
        final List<Bar> joined = new ArrayList<>();
        for (int i = 0; i < bars.size(); i += each) {
            final List<Bar> some = bars.subList(i, Math.min(bars.size(), i + each));
            joined.add(new Bar(some.get(0).label + (some.size() > 1 ? " ... " + some.get(some.size() - 1).label : ""),
                some.stream().mapToLong(Bar::count).sum()));
        }
        return joined;
    }
}
