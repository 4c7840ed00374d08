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

/**
 * How long a chunk or a ring is: plots of what an event costs, how often it traps and what is not stored, and their
 * numbers. For one thread.
 */
final class SizeSection {
    private static final double HUNDRED = 100;
    private static final String CHUNK = "chunk";
    private static final String OVER_NOTHING = "ns_over_nothing";
    private static final String TRAPS = "traps_per_million_events";
    private static final String LOST = "lost_share";

    private final JsonNode sweep;
    private final StringBuilder html;
    private final Map<String, List<Plot.Point>> ns = new LinkedHashMap<>();
    private final Map<String, List<Plot.Point>> traps = new LinkedHashMap<>();
    private final Map<String, List<Plot.Point>> lost = new LinkedHashMap<>();
    private double shortest = Double.MAX_VALUE;
    private double longest;
    private double mostNs = 1;
    private double leastTraps = Double.MAX_VALUE;
    private double mostTraps;
    private double mostLost;

    SizeSection(final JsonNode sweep, final StringBuilder html) {
        this.sweep = sweep;
        this.html = html;
    }

    void append() {
        html.append(CHUNK.equals(sweep.path("name").asText())
            ? "<h2>How long a chunk is</h2>\n<p>A chunk is what shares a trap: the longer, the fewer traps, and the"
                + " later the other side sees an event. "
            : "<h2>How long a ring is</h2>\n<p>A ring is what a thread may fill while nobody drains it. ")
            .append(SweepSection.what(sweep)).append(". Under <em>block</em> a thread waits for room, and that is in"
            + " its time; under <em>discard</em> an event for which there is no room is refused, which is quick. The"
            + " trace's account names the cause of each event that is not in it: room is one of several.</p>\n");
        sweep.path("points").forEach(this::take);
        if (!ns.isEmpty()) {
            html.append(plot("ns per event", ns, Axis.linear("ns per event", mostNs)));
        }
        if (!traps.isEmpty()) {
            html.append(plot("traps", traps, Axis.decades("traps per million events, logarithmic", leastTraps,
                mostTraps)));
        }
        if (mostLost > 0) {
            html.append(plot("events not stored", lost, Axis.linear("not stored, % of what was fired", mostLost)));
        }
        table();
    }

    private String plot(final String what, final Map<String, List<Plot.Point>> series, final Axis y) {
        final String axis = sweep.path("axis").asText();
        final Plot plot =
            new Plot(what + " over " + axis, Axis.logarithmic(axis + ", logarithmic", 2, shortest, longest), y);
        series.forEach(plot::points);
        return plot.html();
    }

    private void take(final JsonNode point) {
        if (!point.has(OVER_NOTHING)) {
            return;
        }
        final String series = point.path("series").asText();
        final String name = point.path("name").asText();
        final double x = point.path("x").asDouble();
        shortest = Math.min(shortest, x);
        longest = Math.max(longest, x);
        final double over = point.get(OVER_NOTHING).asDouble();
        final double nothing = Figures.ns(point) - over;
        final double high = point.path("high").asDouble(Figures.ns(point)) - nothing;
        mostNs = Math.max(mostNs, high);
        add(ns, series, new Plot.Point(x, over, point.path("low").asDouble(Figures.ns(point)) - nothing, high,
            name + ": " + Numbers.ns(over) + " ns"));
        if (point.path(TRAPS).asDouble() > 0) {
            final double value = point.get(TRAPS).asDouble();
            leastTraps = Math.min(leastTraps, value);
            mostTraps = Math.max(mostTraps, value);
            add(traps, series, new Plot.Point(x, value, value, value, name + ": " + Numbers.ns(value)
                + " traps per million events"));
        }
        if (point.has(LOST)) {
            final double value = HUNDRED * point.get(LOST).asDouble();
            final double most = HUNDRED * point.path(LOST + "_high").asDouble(value / HUNDRED);
            mostLost = Math.max(mostLost, most);
            add(lost, series, new Plot.Point(x, value, HUNDRED * point.path(LOST + "_low").asDouble(value / HUNDRED),
                most, name + ": " + percent(point) + " %"));
        }
    }

    private static void add(final Map<String, List<Plot.Point>> all, final String series, final Plot.Point point) {
        all.computeIfAbsent(series, key -> new ArrayList<>()).add(point);
    }

    private static String percent(final JsonNode point) {
        final double share = point.path(LOST).asDouble();
        return share == 0 ? "0" : String.format(Locale.ROOT, "%.3f", HUNDRED * share);
    }

    private void table() {
        html.append("<table class=\"sweep\"><tr><th class=\"n\">").append(HtmlText.text(sweep.path("axis").asText()))
            .append("</th><th>what</th><th class=\"n\">ns [low, high]</th><th class=\"n\">over none</th>"
                + "<th class=\"n\">traps/M</th><th class=\"n\">stored</th><th class=\"n\">not stored</th>"
                + "<th class=\"n\">not stored, %</th></tr>\n");
        for (final JsonNode point : sweep.path("points")) {
            html.append("<tr>").append(cell(Axis.label(point.path("x").asDouble()))).append("<td>")
                .append(SweepSection.remark(point)).append("</td>");
            if (point.has("ns_per_event")) {
                html.append(cell(Numbers.withInterval(point, "ns_per_event")))
                    .append(cell(point.has(OVER_NOTHING) ? Numbers.ns(point.get(OVER_NOTHING).asDouble()) : ""))
                    .append(cell(point.has(TRAPS) ? Numbers.count(Math.round(point.get(TRAPS).asDouble())) : ""))
                    .append(cell(point.has("stored") ? Numbers.count(point.get("stored").asLong()) : "-"))
                    .append(cell(point.has("lost") ? Numbers.count(point.get("lost").asLong()) : "-"))
                    .append(cell(point.has(LOST) ? percent(point) : "")).append("</tr>\n");
            } else {
                html.append("<td class=\"quiet\" colspan=\"6\">").append(HtmlText.text(point.path("reason").asText()))
                    .append("</td></tr>\n");
            }
        }
        html.append("</table>\n");
    }

    private static String cell(final String number) {
        return "<td class=\"n\">" + number + "</td>";
    }
}
