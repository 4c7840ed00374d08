// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.page;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.store.html.HtmlText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** One sweep: its plot, and its numbers below. For one thread. */
final class SweepSection {
    private static final String BATCH = "batch";
    private static final String BATCHES = "batches";
    private static final String THREADS = "threads";
    private static final double MILLION = 1e6;
    private static final Map<String, String> HEADINGS = Map.of(BATCH, "How many events share a trap", "payload",
        "How long an event is", THREADS, "How many threads report events");

    private final JsonNode sweep;
    private final StringBuilder html;
    /** Points of each series, and levels: points that stand for all of the axis. */
    private final Map<String, List<Plot.Point>> series = new LinkedHashMap<>();
    private final Map<String, Double> levels = new LinkedHashMap<>();
    /** Events a second of all threads, where threads are varied. */
    private final Map<String, List<Plot.Point>> rates = new LinkedHashMap<>();
    private double fastest = 1;
    private double most = 1;
    private double least = Double.MAX_VALUE;
    private double farthest = 1;

    SweepSection(final JsonNode sweep, final StringBuilder html) {
        this.sweep = sweep;
        this.html = html;
    }

    void append() {
        final String name = sweep.path("name").asText();
        html.append("<h2>").append(HtmlText.text(HEADINGS.getOrDefault(name, name))).append("</h2>\n<p>")
            .append(what(sweep));
        html.append(BATCH.equals(name) ? ". A trap costs the same however many events it carries: the more share one,"
            + " the less of it each pays.</p>\n" : ".</p>\n");
        sweep.path("points").forEach(this::take);
        if (!series.isEmpty() || !levels.isEmpty()) {
            html.append(BATCH.equals(name) ? batches() : THREADS.equals(name) ? threads() : other());
        }
        table();
    }

    /** What a sweep says of itself, as the begin of a sentence. */
    static String what(final JsonNode sweep) {
        final String text = sweep.path("what").asText();
        return HtmlText.text(text.isEmpty() ? text : text.substring(0, 1).toUpperCase(Locale.ROOT)
            + text.substring(1));
    }

    /** What a row is of, and in how many rounds it failed. */
    static String remark(final JsonNode row) {
        return HtmlText.text(row.path("what").asText()) + (row.has("failure") ? " <b class=\"missed\">"
            + HtmlText.text(row.get("failure").asText()) + "</b>" : "");
    }

    /** Begins the row of a way, with its name. */
    static String way(final String name) {
        return "<tr class=\"way\"><td><b>" + HtmlText.text(name) + "</b></td>";
    }

    /** What it is, in a row below, across all columns: in one of them it would break into many lines. */
    static String what(final JsonNode row, final int columns) {
        return "<tr class=\"what\"><td colspan=\"" + columns + "\">" + remark(row) + "</td></tr>\n";
    }

    private void take(final JsonNode point) {
        if (!point.has("ns_per_event") || point.path("base").asBoolean()) {
            return;
        }
        final double ns = Figures.ns(point);
        final double nothing = ns - point.path("ns_over_nothing").asDouble(ns);
        // What the bare loop costs is taken off here as it is for the model.
        final double over = ns - nothing;
        final double low = point.path("low").asDouble(ns) - nothing;
        final double high = point.path("high").asDouble(ns) - nothing;
        most = Math.max(most, high);
        least = Math.min(least, Math.max(0.01, low));
        final double x = point.path("x").asDouble();
        farthest = Math.max(farthest, x);
        if (point.has("events_per_second")) {
            final double rate = point.get("events_per_second").asDouble() / MILLION;
            fastest = Math.max(fastest, rate);
            // The rate is that of the time: the interval of the one is that of the other.
            rates.computeIfAbsent(point.path("series").asText(), key -> new ArrayList<>()).add(new Plot.Point(x, rate,
                rate * ns / point.path("high").asDouble(ns), rate * ns / point.path("low").asDouble(ns),
                point.path("name").asText() + ": " + Numbers.ns(rate) + " million events a second"));
        }
        if (x == 0) {
            levels.put(point.path("what").asText(), over);
        } else {
            series.computeIfAbsent(point.path("series").asText(), key -> new ArrayList<>()).add(new Plot.Point(x, over,
                low, high, point.path("name").asText() + ": " + Numbers.ns(over) + " ns"));
        }
    }

    private String batches() {
        final JsonNode model = sweep.path("model");
        final double trap = model.path("trap_ns").path("value").asDouble();
        final double event = model.path("event_ns").path("value").asDouble();
        final Plot plot = new Plot("ns per event over events per batch",
            Axis.logarithmic("events per batch, logarithmic", 2, 1, farthest),
            Axis.logarithmic("ns per event, logarithmic", 10, Math.min(least, model.isMissingNode() ? least : event),
                most));
        series.forEach((name, points) -> plot.points("measured, with the interval", points));
        if (!model.isMissingNode()) {
            plot.curve(String.format(Locale.ROOT, "model: %s ns / N + %s ns", Numbers.ns(trap), Numbers.ns(event)),
                events -> trap / events + event);
        }
        levels.forEach(plot::level);
        sentences(model);
        final Map<Double, String> marks = new TreeMap<>();
        for (final JsonNode win : sweep.path("wins")) {
            if (win.has("from_events")) {
                marks.merge(win.get("from_events").asDouble(), win.path("over").asText(),
                    (one, other) -> one + " and " + other);
            }
        }
        marks.forEach((from, over) -> plot.mark("cheaper than " + over, from));
        return plot.html();
    }

    private void sentences(final JsonNode model) {
        if (!model.isMissingNode()) {
            html.append("<p id=\"model\">Fitted by least squares to all ").append(model.path("turns").asInt())
                .append(" turns: an event in a batch of N costs <b>")
                .append(Numbers.withInterval(model.path("trap_ns"), "value")).append(" ns / N + ")
                .append(Numbers.withInterval(model.path("event_ns"), "value"))
                .append(" ns</b>. The first is what is done once for a batch, with the trap most of it; the second what"
                    + " is done for each event, the clock and copying among it.</p>\n");
        }
        for (final JsonNode win : sweep.path("wins")) {
            html.append("<p class=\"win\">Against one trap for each event (").append(HtmlText.text(win.path("over")
                .asText())).append(", ").append(Numbers.ns(Figures.ns(win))).append(" ns): ")
                .append(win.has("from_events") ? "cheaper from <b>" + win.get("from_events").asInt()
                    + "</b> a batch on" : "no batch is cheaper")
                .append(win.has("from_events_by_model") ? String.format(Locale.ROOT, "; by the model from %.1f",
                    win.get("from_events_by_model").asDouble()) : "").append(".</p>\n");
        }
    }

    private String threads() {
        final String axis = sweep.path("axis").asText();
        final Plot time = new Plot("ns per event over " + axis,
            Axis.logarithmic(axis, 2, 1, farthest), Axis.decades("ns per event, logarithmic", least, most));
        series.forEach(time::points);
        final Plot rate = new Plot("events a second over " + axis, Axis.logarithmic(axis, 2, 1, farthest),
            Axis.linear("million events a second, all threads", fastest));
        rates.forEach(rate::points);
        return time.html() + (rates.isEmpty() ? "" : "<p>What all threads report together. Where threads are more than"
            + " processors, they share those: the rate stays, and each takes longer.</p>\n" + rate.html());
    }

    private String other() {
        final String axis = sweep.path("axis").asText();
        final Plot plot = new Plot("ns per event over " + axis, Axis.linear(axis, farthest),
            Axis.linear("ns per event", most));
        series.forEach(plot::points);
        levels.forEach(plot::level);
        return plot.html();
    }

    private void table() {
        html.append("<table class=\"sweep\"><tr><th class=\"n\">").append(HtmlText.text(sweep.path("axis").asText()))
            .append("</th><th>what</th><th class=\"n\">ns [low, high]</th><th class=\"n\">over none</th>"
                + "<th class=\"n\">stored</th><th class=\"n\">lost</th></tr>\n");
        for (final JsonNode point : sweep.path("points")) {
            final double x = point.path("x").asDouble();
            html.append("<tr><td class=\"n\">").append(x == 0 ? "" : Axis.label(x)).append("</td><td>")
                .append(remark(point)).append("</td>");
            if (point.has("ns_per_event")) {
                html.append("<td class=\"n\">").append(Numbers.withInterval(point, "ns_per_event"))
                    .append("</td><td class=\"n\">").append(point.has("ns_over_nothing")
                        ? Numbers.ns(point.get("ns_over_nothing").asDouble()) : "").append("</td><td class=\"n\">")
                    .append(point.has("stored") ? Numbers.count(point.get("stored").asLong()) : "-")
                    .append("</td><td class=\"n\">")
                    .append(point.has("lost") ? Numbers.count(point.get("lost").asLong()) : "-")
                    .append("</td></tr>\n");
            } else {
                html.append("<td class=\"quiet\" colspan=\"4\">").append(HtmlText.text(point.path("reason").asText()))
                    .append("</td></tr>\n");
            }
        }
        html.append("</table>\n");
    }
}
