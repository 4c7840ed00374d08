// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.page;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.store.html.HtmlText;
import java.util.ArrayList;
import java.util.List;

/** How long single fires take: which part takes longer than so many ns, and the percentiles. For one thread. */
final class FireSection {
    private static final List<String> PERCENTILES = List.of("p50", "p90", "p99", "p99.9", "p99.99", "max");
    /** The way that rivals are set against as well. */
    private static final String OURS = "owner";

    private final JsonNode sweep;
    private final StringBuilder html;
    private double least = Double.MAX_VALUE;
    private double most = 1;
    private double rarest = 0.1;

    /**
     * A curve.
     *
     * @param name   of it
     * @param points part over ns
     */
    private record Curve(String name, List<Plot.Point> points) {
    }

    FireSection(final JsonNode sweep, final StringBuilder html) {
        this.sweep = sweep;
        this.html = html;
    }

    void append() {
        html.append("<h2>How long a single event takes</h2>\n<p>").append(SweepSection.what(sweep))
            .append(". Whoever is late because the one before took long is counted as late. The clock that measures is"
                + " inside, as in <em>nothing</em>, which reports no event; nothing is taken off. A curve says which"
                + " part of the events took longer than so many ns. The fire that carries a batch into the kernel"
                + " stands apart, and is in the curve of all as well.</p>\n");
        final List<Curve> ours = new ArrayList<>();
        final List<Curve> others = new ArrayList<>();
        for (final JsonNode point : sweep.path("points")) {
            take(point, ours, others);
        }
        if (!ours.isEmpty()) {
            html.append(plot("part of the events that take longer, by Sluice and by traps", ours));
        }
        if (!others.isEmpty()) {
            html.append(plot("part of the events that take longer, beside others", others));
        }
        table();
    }

    private void take(final JsonNode point, final List<Curve> ours, final List<Curve> others) {
        final JsonNode fires = point.path("fires");
        final String name = point.path("series").asText();
        if (!fires.path("all").has("ccdf")) {
            return;
        }
        final Curve all = curve(name, fires.path("all"));
        final boolean isRival = point.path("rival").asBoolean();
        (isRival ? others : ours).add(all);
        if (name.equals(OURS)) {
            others.add(all);
        }
        if (!isRival && fires.has("draining")) {
            ours.add(curve(name + ", that carry the batch", fires.get("draining")));
        }
    }

    private Curve curve(final String name, final JsonNode times) {
        final List<Plot.Point> points = new ArrayList<>();
        for (final JsonNode step : times.path("ccdf")) {
            final double ns = Math.max(1, step.path(0).asDouble());
            final double part = step.path(1).asDouble();
            least = Math.min(least, ns);
            most = Math.max(most, ns);
            rarest = Math.min(rarest, part);
            points.add(new Plot.Point(ns, part, part, part, ""));
        }
        return new Curve(name, points);
    }

    private String plot(final String name, final List<Curve> curves) {
        final Plot plot = new Plot(name, Axis.decades("ns, logarithmic", least, most),
            Axis.decades("part of the events that take longer, logarithmic", rarest, 1));
        curves.forEach(curve -> plot.line(curve.name(), curve.points()));
        return plot.html();
    }

    private void table() {
        html.append("<table class=\"sweep\" id=\"fires\"><tr><th>way</th>");
        PERCENTILES.forEach(name -> html.append("<th class=\"n\">").append(name).append("</th>"));
        html.append("<th class=\"n\">events</th><th class=\"n\">stored</th><th class=\"n\">lost</th></tr>\n");
        for (final JsonNode point : sweep.path("points")) {
            final JsonNode fires = point.path("fires");
            final String name = HtmlText.text(point.path("series").asText());
            if (!fires.has("all")) {
                html.append("<tr><td>").append(name).append("</td><td class=\"quiet\" colspan=\"9\">")
                    .append(HtmlText.text(point.path("reason").asText())).append("</td></tr>\n");
                continue;
            }
            row(name + (point.has("failure") ? " <b class=\"missed\">" + HtmlText.text(point.get("failure").asText())
                + "</b>" : ""), fires.get("all"), count(point, "stored"), count(point, "lost"));
            if (fires.has("draining")) {
                row(name + ", that carry no batch", fires.get("plain"), "", "");
                row(name + ", that carry the batch", fires.get("draining"), "", "");
            }
        }
        html.append("</table>\n");
    }

    private static String count(final JsonNode point, final String field) {
        return point.has(field) ? Numbers.count(point.get(field).asLong()) : "-";
    }

    private void row(final String name, final JsonNode times, final String stored, final String lost) {
        html.append("<tr><td>").append(name).append("</td>");
        PERCENTILES.forEach(percentile -> html.append("<td class=\"n\">")
            .append(Numbers.count(times.path(percentile).asLong())).append("</td>"));
        html.append("<td class=\"n\">").append(Numbers.count(times.path("count").asLong()))
            .append("</td><td class=\"n\">").append(stored).append("</td><td class=\"n\">").append(lost)
            .append("</td></tr>\n");
    }
}
