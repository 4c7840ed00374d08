// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.page;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.store.html.HtmlText;
import java.util.Locale;

/** What tracing costs a program that does something: a table with bars. For one thread. */
final class WorkloadSection {
    private static final double NS_OF_SECOND = 1e9;
    private static final double US = 1e3;
    private static final String PROCESSOR = "firing_processor_ns_per_event";
    private static final int BAR = 200;
    private static final int COLUMNS = 9;

    private final JsonNode sweep;
    private final StringBuilder html;

    WorkloadSection(final JsonNode sweep, final StringBuilder html) {
        this.sweep = sweep;
        this.html = html;
    }

    void append() {
        double most = 1;
        for (final JsonNode point : sweep.path("points")) {
            most = point.has("ns_per_event") ? Math.max(most, rate(point)) : most;
        }
        html.append("<h2>What a program feels that does something</h2>\n<p>").append(SweepSection.what(sweep))
            .append(". The bar is the rate of queries. <em>Times</em>: how many times as long a query takes"
            + " as without tracing, in the same round. <em>Processor</em>: that of the thread that asks, for each"
            + " query.</p>\n<table id=\"workload\"><tr><th>way</th>"
            + "<th class=\"n\">queries a second</th><th>0 to " + Numbers.count(Math.round(most))
            + "</th><th class=\"n\">times [low, high]</th>"
            + "<th class=\"n\">processor, us</th><th class=\"n\">p50, us</th><th class=\"n\">p99, us</th>"
            + "<th class=\"n\">events stored</th>"
            + "<th class=\"n\">lost</th></tr>\n");
        for (final JsonNode point : sweep.path("points")) {
            row(point, most);
        }
        html.append("</table>\n");
    }

    private static double rate(final JsonNode point) {
        return NS_OF_SECOND / Figures.ns(point);
    }

    private void row(final JsonNode point, final double most) {
        html.append(SweepSection.way(point.path("series").asText()));
        if (!point.has("ns_per_event")) {
            html.append("<td class=\"quiet\" colspan=\"8\">").append(HtmlText.text(point.path("reason").asText()))
                .append("</td></tr>\n").append(SweepSection.what(point, COLUMNS));
            return;
        }
        final JsonNode times = point.path("fires").path("all");
        cell(Numbers.count(Math.round(rate(point))));
        html.append(String.format(Locale.ROOT, "<td class=\"bar\"><svg viewBox=\"0 0 %d 14\""
            + " preserveAspectRatio=\"none\" class=\"%s\"><rect x=\"0\" y=\"2\" width=\"%.2f\" height=\"10\""
            + " stroke=\"none\"/></svg></td>", BAR, point.path("rival").asBoolean() ? "s1" : "s0",
            BAR * rate(point) / most));
        cell(point.has("times_untraced") ? String.format(Locale.ROOT, "%.3f [%.3f, %.3f]",
            point.get("times_untraced").asDouble(), point.path("times_untraced_low").asDouble(),
            point.path("times_untraced_high").asDouble()) : "");
        cell(point.has(PROCESSOR) ? Numbers.ns(point.get(PROCESSOR).asDouble() / US) : "");
        cell(Numbers.ns(times.path("p50").asDouble() / US));
        cell(Numbers.ns(times.path("p99").asDouble() / US));
        cell(point.has("stored") ? Numbers.count(point.get("stored").asLong()) : "-");
        cell(point.has("lost") ? Numbers.count(point.get("lost").asLong()) : "-");
        html.append("</tr>\n").append(SweepSection.what(point, COLUMNS));
    }

    private void cell(final String text) {
        html.append("<td class=\"n\">").append(text).append("</td>");
    }
}
