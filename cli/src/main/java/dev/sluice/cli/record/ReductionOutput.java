// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.record;

import dev.sluice.bpf.reduce.Measure;
import dev.sluice.bpf.reduce.Reduced;
import dev.sluice.cli.output.Json;
import dev.sluice.consumer.record.RecordResult;
import dev.sluice.store.field.HistogramText;
import dev.sluice.store.text.PrintedText;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Prints sums and histograms, as text or JSON. Stateless: any thread. */
final class ReductionOutput {
    private static final int MEAN_DIGITS = 3;

    private ReductionOutput() {
    }

    /** What was found so far, in few words. */
    static String glance(final List<Reduced> all) {
        return all.stream().map(one -> one.measure().field() + (one.measure().kind() == Measure.Kind.SUM
            ? " sum " + number(one.sum()) : " count " + number(one.count()))).collect(Collectors.joining("; "));
    }

    /** All of it, line by line. */
    static String text(final List<Reduced> all) {
        final StringBuilder text = new StringBuilder();
        for (final Reduced one : all) {
            text.append(PrintedText.safe(one.measure().field())).append(": count ").append(number(one.count()));
            if (one.count().signum() > 0) {
                if (one.measure().kind() == Measure.Kind.SUM) {
                    text.append(", sum ").append(number(one.sum())).append(", mean ").append(mean(one));
                }
                text.append(", min ").append(number(one.min())).append(", max ").append(number(one.max()));
            }
            text.append('\n');
            if (one.measure().kind() != Measure.Kind.SUM) {
                final List<Reduced.Range> ranges = one.ranges();
                HistogramText.appendBars(text, ranges.stream().map(range -> bounds(one.measure(), range)).toList(),
                    ranges.stream().map(Reduced.Range::count).toList());
            }
        }
        return text.toString();
    }

    private static String bounds(final Measure measure, final Reduced.Range range) {
        if (range.from() == null) {
            return "below " + number(range.to());
        }
        if (range.to() == null) {
            return "from " + number(range.from()) + " on";
        }
        if (range.to().subtract(range.from()).equals(BigInteger.ONE) && range.from().signum() >= 0) {
            return number(range.from());
        }
        return measure.kind() == Measure.Kind.LOG2 && range.from().signum() < 0
            ? "(" + number(range.from()) + ", " + number(range.to()) + "]"
            : "[" + number(range.from()) + ", " + number(range.to()) + ")";
    }

    private static String number(final BigInteger value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private static String mean(final Reduced one) {
        return String.format(Locale.ROOT, "%,." + MEAN_DIGITS + "f",
            new BigDecimal(one.sum()).divide(new BigDecimal(one.count()), MEAN_DIGITS, RoundingMode.HALF_UP));
    }

    /** The account and all of it, as one JSON object. */
    static String json(final RecordResult result) {
        final Map<String, Object> json = new LinkedHashMap<>();
        final Map<String, Long> lost = new TreeMap<>();
        result.lost().forEach((cause, events) -> lost.put(cause.name().toLowerCase(Locale.ROOT), events));
        json.put("fired", result.fired());
        json.put("reduced", result.stored());
        json.put("discarded", result.discarded());
        json.put("overwritten", result.overwritten());
        json.put("lost", lost);
        json.put("traps", result.traps());
        json.put("bytes", result.bytes());
        json.put("end", result.known() ? "known" : "unknown");
        final List<Object> sums = new ArrayList<>();
        final List<Object> histograms = new ArrayList<>();
        result.reduced().forEach(one -> {
            if (one.measure().kind() == Measure.Kind.SUM) {
                sums.add(figures(one));
            } else {
                histograms.add(histogram(one));
            }
        });
        json.put("sums", sums);
        json.put("histograms", histograms);
        return Json.write(json);
    }

    private static Map<String, Object> figures(final Reduced one) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("field", one.measure().field());
        json.put("count", one.count());
        if (one.measure().kind() == Measure.Kind.SUM) {
            json.put("sum", one.sum());
        }
        json.put("min", one.min());
        json.put("max", one.max());
        return json;
    }

    private static Map<String, Object> histogram(final Reduced one) {
        final Map<String, Object> json = figures(one);
        final List<Object> buckets = new ArrayList<>();
        for (final Reduced.Range range : one.ranges()) {
            final Map<String, Object> bucket = new LinkedHashMap<>();
            bucket.put("from", range.from());
            bucket.put("to", range.to());
            bucket.put("count", range.count());
            buckets.add(bucket);
        }
        json.put("scale", one.measure().kind().name().toLowerCase(Locale.ROOT));
        json.put("buckets", buckets);
        return json;
    }
}
