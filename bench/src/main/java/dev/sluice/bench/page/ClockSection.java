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

/** What an event costs by which clock: a bar with its interval for each way, and the numbers. For one thread. */
final class ClockSection {
    private static final int WIDTH = 960;
    private static final int LEFT = 110;
    private static final int RIGHT = 90;
    private static final int ROW = 20;
    private static final int BAR = 14;
    private static final int GAP = 14;
    private static final int FOOT = 48;
    private static final String OVER_NOTHING = "ns_over_nothing";

    private final JsonNode sweep;
    private final StringBuilder html;
    /** Points that were measured, of each clock; and the series, each of which has a colour. */
    private final Map<String, List<JsonNode>> clocks = new LinkedHashMap<>();
    private final List<String> series = new ArrayList<>();
    private double most = 1;

    ClockSection(final JsonNode sweep, final StringBuilder html) {
        this.sweep = sweep;
        this.html = html;
    }

    void append() {
        html.append("<h2>Which clock gives events their time</h2>\n<p>").append(SweepSection.what(sweep))
            .append(". The line at a bar's end is the interval.</p>\n");
        for (final JsonNode point : sweep.path("points")) {
            if (point.has(OVER_NOTHING)) {
                clocks.computeIfAbsent(clock(point), key -> new ArrayList<>()).add(point);
                if (!series.contains(series(point))) {
                    series.add(series(point));
                }
                most = Math.max(most, end(point, "high"));
            }
        }
        if (!clocks.isEmpty()) {
            html.append(plot());
        }
        table();
    }

    /** Names are "clock-WAY-CLOCK". */
    private static String clock(final JsonNode point) {
        final String name = point.path("name").asText();
        return name.substring(name.lastIndexOf('-') + 1);
    }

    private static String series(final JsonNode point) {
        return point.path("series").asText();
    }

    /** An end of the interval, the bare loop taken off. */
    private static double end(final JsonNode point, final String which) {
        final double ns = Figures.ns(point);
        return point.path(which).asDouble(ns) - ns + point.path(OVER_NOTHING).asDouble();
    }

    private String plot() {
        final StringBuilder bars = new StringBuilder();
        final Axis axis = Axis.linear("ns", most).between(LEFT, WIDTH - RIGHT, 0);
        int top = 0;
        for (final Map.Entry<String, List<JsonNode>> clock : clocks.entrySet()) {
            final int height = clock.getValue().size() * ROW;
            bars.append(String.format(Locale.ROOT, "<text class=\"tick\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s"
                + "</text>%n", LEFT - 8, top + height / 2 + 4, HtmlText.text(clock.getKey())));
            for (int i = 0; i < clock.getValue().size(); i++) {
                append(bars, clock.getValue().get(i), top + i * ROW, axis);
            }
            top += height + GAP;
        }
        final StringBuilder svg = new StringBuilder("<figure>" + legend() + "<svg class=\"plot\" viewBox=\"0 0 "
            + WIDTH + ' ' + (top + FOOT) + "\" role=\"img\" aria-label=\"ns per event by clock\">\n");
        for (final double tick : axis.ticks()) {
            svg.append(String.format(Locale.ROOT, "<line class=\"grid\" x1=\"%.2f\" y1=\"0\" x2=\"%.2f\" y2=\"%d\"/>"
                + "<text class=\"tick\" x=\"%.2f\" y=\"%d\" text-anchor=\"middle\">%s</text>%n", axis.place(tick),
                axis.place(tick), top, axis.place(tick), top + 16, Axis.label(tick)));
        }
        return svg.append(bars).append(String.format(Locale.ROOT, "<text class=\"label\" x=\"%.1f\" y=\"%d\""
            + " text-anchor=\"middle\">ns per event, the bare loop taken off</text></svg></figure>%n",
            (LEFT + WIDTH - RIGHT) / 2.0, top + 38)).toString();
    }

    private String legend() {
        final StringBuilder legend = new StringBuilder("<div class=\"legend\">");
        series.forEach(name -> legend.append("<span class=\"entry\"><svg class=\"sample s").append(series.indexOf(name))
            .append("\" viewBox=\"0 0 28 16\"><rect x=\"4\" y=\"2\" width=\"20\" height=\"12\"/></svg> ")
            .append(HtmlText.text(name)).append("</span>"));
        return legend.append("</div>").toString();
    }

    private void append(final StringBuilder bars, final JsonNode point, final int top, final Axis axis) {
        final double over = point.get(OVER_NOTHING).asDouble();
        final int middle = top + ROW / 2;
        final double high = axis.place(end(point, "high"));
        bars.append(String.format(Locale.ROOT, "<g class=\"s%d\"><title>%s: %s ns</title><rect stroke=\"none\""
            + " fill-opacity=\".7\" x=\"%d\" y=\"%d\" width=\"%.2f\" height=\"%d\"/>"
            + "<line x1=\"%.2f\" y1=\"%d\" x2=\"%.2f\" y2=\"%d\" stroke-width=\"2.5\"/></g>"
            + "<text class=\"tick\" x=\"%.2f\" y=\"%d\">%s ns</text>%n", series.indexOf(series(point)),
            HtmlText.text(point.path("name").asText()), Numbers.ns(over), LEFT, middle - BAR / 2,
            axis.place(over) - LEFT, BAR, axis.place(end(point, "low")), middle, high, middle,
            Math.max(high, axis.place(over)) + 6, middle + 4, Numbers.ns(over)));
    }

    private void table() {
        html.append("<table class=\"sweep\" id=\"clocks\"><tr><th>clock</th><th>way</th>"
            + "<th class=\"n\">ns [low, high]</th><th class=\"n\">over none</th><th class=\"n\">stored</th>"
            + "<th class=\"n\">lost</th></tr>\n");
        for (final JsonNode point : sweep.path("points")) {
            html.append("<tr><td>").append(HtmlText.text(clock(point))).append("</td><td>")
                .append(SweepSection.remark(point)).append("</td>");
            if (point.has("ns_per_event")) {
                html.append(cell(Numbers.withInterval(point, "ns_per_event")))
                    .append(cell(point.has(OVER_NOTHING) ? Numbers.ns(point.get(OVER_NOTHING).asDouble()) : ""))
                    .append(cell(point.has("stored") ? Numbers.count(point.get("stored").asLong()) : "-"))
                    .append(cell(point.has("lost") ? Numbers.count(point.get("lost").asLong()) : "-"))
                    .append("</tr>\n");
            } else {
                html.append("<td class=\"quiet\" colspan=\"4\">").append(HtmlText.text(point.path("reason").asText()))
                    .append("</td></tr>\n");
            }
        }
        html.append("</table>\n");
    }

    private static String cell(final String number) {
        return "<td class=\"n\">" + number + "</td>";
    }
}
