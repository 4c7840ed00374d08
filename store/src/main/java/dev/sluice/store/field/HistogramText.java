// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.field;

import dev.sluice.store.report.Bucket;
import dev.sluice.store.report.FieldFigures;
import dev.sluice.store.text.PrintedText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Draws a histogram with characters. Stateless. */
public final class HistogramText {
    private static final int BAR = 50;
    /** Between two buckets, so many empty buckets are drawn at most; if there are more, they are left out. */
    private static final int MOST_EMPTY = 3;
    private static final String LEFT_OUT = "...";

    /** One line: the text before the bar, and the count that gives the bar its length. */
    private record Line(String bounds, long count) {
    }

    private HistogramText() {
    }

    /** Appends the lines of a histogram. */
    public static void append(final StringBuilder text, final Histogram histogram) {
        final List<Line> lines = new ArrayList<>();
        for (final Map.Entry<String, Long> value : FieldFigures.values(histogram.figures())) {
            lines.add(new Line(PrintedText.safe(value.getKey()), value.getValue()));
        }
        Bucket before = null;
        for (final Bucket bucket : histogram.buckets()) {
            if (before != null) {
                addEmpty(lines, before, bucket);
            }
            lines.add(new Line(bounds(bucket), bucket.count()));
            before = bucket;
        }
        if (histogram.figures().nanCount() > 0) {
            lines.add(new Line("NaN", histogram.figures().nanCount()));
        }
        append(text, lines);
    }

    /** Appends lines of a histogram that another has made: the bounds of each bucket, and its count. */
    public static void appendBars(final StringBuilder text, final List<String> bounds, final List<Long> counts) {
        final List<Line> lines = new ArrayList<>();
        for (int i = 0; i < bounds.size(); i++) {
            lines.add(new Line(bounds.get(i), counts.get(i)));
        }
        append(text, lines);
    }

    /** A histogram by powers of two has no buckets without values. This adds them, but only if there are few. */
    private static void addEmpty(final List<Line> lines, final Bucket before, final Bucket next) {
        if (before.to().equals(next.from())) {
            return;
        }
        final List<Line> empty = new ArrayList<>();
        double from = before.to().doubleValue();
        final double to = next.from().doubleValue();
        while (from != 0 && from != to && empty.size() <= MOST_EMPTY) {
            final double end = from > 0 ? from * 2 : from / 2;
            empty.add(new Line(bounds(new Bucket(like(before, from), like(before, end), 0)), 0));
            from = end;
        }
        if (from == to && empty.size() <= MOST_EMPTY) {
            lines.addAll(empty);
        } else {
            lines.add(new Line(LEFT_OUT, -1));
        }
    }

    private static Number like(final Bucket bucket, final double bound) {
        return bucket.from() instanceof Double ? (Number) bound : (Number) (long) bound;
    }

    private static String bounds(final Bucket bucket) {
        final String from = FieldFigures.text(bucket.from());
        final String to = FieldFigures.text(bucket.to());
        if (from.equals(to) || bucket.from().equals(0L) && bucket.to().equals(1L)) {
            return from;
        }
        return bucket.to().doubleValue() <= 0 ? "(" + from + ", " + to + "]" : "[" + from + ", " + to + ")";
    }

    private static void append(final StringBuilder text, final List<Line> lines) {
        final long most = lines.stream().mapToLong(Line::count).max().orElse(0);
        final int width = lines.stream().mapToInt(line -> line.bounds.length()).max().orElse(0);
        final int digits = String.format("%,d", most).length();
        for (final Line line : lines) {
            text.append("  ").append(line.bounds);
            if (line.count >= 0) {
                text.append(" ".repeat(width - line.bounds.length()));
                final String count = String.format("%,d", line.count);
                final int bar = most == 0 ? 0 : (int) Math.ceil((double) line.count * BAR / most);
                text.append("  ").append(" ".repeat(digits - count.length())).append(count).append(" |")
                    .append("#".repeat(bar)).append(" ".repeat(BAR - bar)).append('|');
            }
            text.append('\n');
        }
    }
}
