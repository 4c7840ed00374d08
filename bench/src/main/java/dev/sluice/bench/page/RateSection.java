// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.page;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.store.html.HtmlText;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What is lost at which rate, under each policy: two plots and their numbers. For one thread. */
final class RateSection {
    private static final double HUNDRED = 100;
    private static final double MILLION = 1e6;

    private final JsonNode sweep;
    private final StringBuilder html;
    private final Map<String, List<Plot.Point>> lost = new LinkedHashMap<>();
    private final Map<String, List<Plot.Point>> fired = new LinkedHashMap<>();
    private double least = Double.MAX_VALUE;
    private double fastest;
    private double most = 1;

    RateSection(final JsonNode sweep, final StringBuilder html) {
        this.sweep = sweep;
        this.html = html;
    }

    void append() {
        html.append("<h2>How many events are lost at which rate</h2>\n<p>").append(SweepSection.what(sweep))
            .append(". <em>Discard</em> refuses an event for which there is no room, <em>block</em> waits"
            + " for room, <em>overwrite</em> gives up the oldest. Each event that was fired and is not in the trace has"
            + " its cause in the trace's account.</p>\n");
        sweep.path("points").forEach(this::take);
        lost.values().forEach(points -> points.sort(Comparator.comparingDouble(Plot.Point::x)));
        fired.values().forEach(points -> points.sort(Comparator.comparingDouble(Plot.Point::x)));
        if (!lost.isEmpty()) {
            final Axis offered = Axis.decades("million events offered a second, logarithmic", least, fastest);
            final Plot losses = new Plot("lost events over the rate", offered,
                Axis.linear("lost, % of what was fired", most));
            lost.forEach(losses::points);
            final Plot rates = new Plot("events fired over events offered", offered,
                Axis.decades("million events fired a second, logarithmic", least, fastest));
            fired.forEach(rates::points);
            rates.curve("all that is offered", rate -> rate);
            html.append(losses.html()).append("<p>What was fired of it. Below the line the events before have kept the"
                + " thread; one point of each is as fast as the thread can.</p>\n").append(rates.html());
        }
        table();
    }

    private void take(final JsonNode point) {
        if (!point.has("lost_share")) {
            return;
        }
        final double rate = point.path("events_per_second").asDouble() / MILLION;
        final double x = point.path("x").asDouble() == 0 ? rate : point.get("x").asDouble() / MILLION;
        final double share = HUNDRED * point.get("lost_share").asDouble();
        final double high = HUNDRED * point.path("lost_share_high").asDouble(share / HUNDRED);
        final String name = point.path("series").asText();
        least = Math.min(least, Math.min(x, rate));
        fastest = Math.max(fastest, Math.max(x, rate));
        most = Math.max(most, high);
        lost.computeIfAbsent(name, key -> new ArrayList<>()).add(new Plot.Point(x, share,
            HUNDRED * point.path("lost_share_low").asDouble(share / HUNDRED), high,
            point.path("name").asText() + ": " + percent(share) + " %"));
        final double ns = Figures.ns(point);
        fired.computeIfAbsent(name, key -> new ArrayList<>()).add(new Plot.Point(x, rate,
            rate * ns / point.path("high").asDouble(ns), rate * ns / point.path("low").asDouble(ns),
            point.path("name").asText() + ": " + Numbers.count(Math.round(rate * MILLION)) + " a second"));
    }

    private static String percent(final double share) {
        return share == 0 ? "0" : String.format(Locale.ROOT, "%.3f", share);
    }

    private void table() {
        html.append("<table class=\"sweep\"><tr><th class=\"n\">offered a second</th><th>what</th><th class=\"n\">fired"
            + " a second</th><th class=\"n\">stored</th><th class=\"n\">lost</th><th class=\"n\">lost, %</th></tr>\n");
        for (final JsonNode point : sweep.path("points")) {
            final double x = point.path("x").asDouble();
            html.append("<tr><td class=\"n\">").append(x == 0 ? "full" : Axis.label(x)).append("</td><td>")
                .append(SweepSection.remark(point)).append("</td>");
            if (point.has("lost_share")) {
                html.append(cell(Numbers.count(Math.round(point.path("events_per_second").asDouble()))))
                    .append(cell(Numbers.count(point.path("stored").asLong())))
                    .append(cell(Numbers.count(point.path("lost").asLong())))
                    .append(cell(percent(HUNDRED * point.get("lost_share").asDouble()))).append("</tr>\n");
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
