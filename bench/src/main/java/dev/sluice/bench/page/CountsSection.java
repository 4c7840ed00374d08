// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.page;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.store.html.HtmlText;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** What the processor has counted for each event; nothing where it has no counters. For one thread. */
final class CountsSection {
    private static final String INSTRUCTIONS = "instructions_per_event";
    private static final String CYCLES = "cycles_per_event";
    private static final String MISSES = "cache_misses_per_event";

    private final Figures figures;
    private final StringBuilder html;

    CountsSection(final Figures figures, final StringBuilder html) {
        this.figures = figures;
        this.html = html;
    }

    void append() {
        final List<JsonNode> rows = Stream.of(false, true).flatMap(areRivals -> figures.rows(areRivals).stream())
            .filter(row -> row.has(INSTRUCTIONS)).toList();
        if (rows.isEmpty()) {
            return;
        }
        html.append("<h2>What the processor has counted</h2>\n<p>For each event, of the thread that fires, in its own"
            + " code and in the kernel. <em>IPC</em>: instructions in a cycle.</p>\n<table id=\"counts\"><tr>"
            + "<th>way</th><th class=\"n\">instructions</th><th class=\"n\">cycles</th><th class=\"n\">IPC</th>"
            + "<th class=\"n\">cache misses</th></tr>\n");
        for (final JsonNode row : rows) {
            final double instructions = row.get(INSTRUCTIONS).asDouble();
            final double cycles = row.path(CYCLES).asDouble();
            html.append("<tr><td>").append(HtmlText.text(row.path("name").asText())).append("</td>")
                .append(cell(Numbers.ns(instructions))).append(cell(Numbers.ns(cycles)))
                .append(cell(Numbers.ns(instructions / cycles)))
                .append(cell(String.format(Locale.ROOT, "%.4f", row.path(MISSES).asDouble()))).append("</tr>\n");
        }
        html.append("</table>\n");
    }

    private static String cell(final String number) {
        return "<td class=\"n\">" + number + "</td>";
    }
}
