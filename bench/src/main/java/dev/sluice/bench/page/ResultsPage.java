// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.page;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.bench.measure.Median;
import dev.sluice.store.html.HtmlText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A file of results as one page for a browser: for who has read nothing else. It has no script, loads nothing, and
 * forbids the browser both. Well-formed XML as well. For one thread.
 */
public final class ResultsPage {
    private static final String STYLE = """
        :root{color-scheme:light dark;--fg:#1c2430;--bg:#fff;--quiet:#5a646f;--line:#d8dde3;--grid:#e6e9ed;
        --s0:#0072b2;--s1:#d55e00;--s2:#009e73;--s3:#a0527d;--s4:#8a6d00;--s5:#3f8fbf;--s6:#555}
        @media(prefers-color-scheme:dark){:root{--fg:#dde3ea;--bg:#14181d;--quiet:#98a2ad;--line:#333b44;--grid:#262d35;
        --s0:#56b4e9;--s1:#f08c4a;--s2:#2fc79b;--s3:#d48fb5;--s4:#e0c050;--s5:#8fc7e8;--s6:#aaa}}
        body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;padding:1.5em;max-width:84em;color:var(--fg);
        background:var(--bg)}
        h1{font-size:1.6em;margin-bottom:.2em}h2{font-size:1.2em;border-bottom:1px solid var(--line);margin-top:2.2em}
        p{max-width:52em}.quiet{color:var(--quiet)}figure{margin:1em 0;max-width:66em}
        table{border-collapse:collapse;font-size:.88em;width:100%}
        th,td{text-align:left;padding:.22em .6em;border-bottom:1px solid var(--line);vertical-align:top}
        td.n,th.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
        td.bar{min-width:14em}td.bar svg{display:block;width:100%;height:14px}
        .ticks{position:relative;height:1.4em;font-weight:400}
        .ticks span{position:absolute;transform:translateX(-50%)}
        th.group{padding-top:1em}
        .met{color:var(--s0);font-weight:600}.missed{color:var(--s1);font-weight:600}
        tr.what td{color:var(--quiet)}tr.way td{border:0;padding-bottom:0}
        tr.what td{padding-top:0}
        .busy{padding:.5em .8em;border-left:4px solid var(--s1)}
        svg.plot{display:block;width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:var(--fg)}
        svg text.label{font-size:13px}svg text.tick,svg text.quiet{fill:var(--quiet)}
        svg text.inside{fill:var(--bg);font-weight:600}
        line.grid{stroke:var(--grid)}line.mark{stroke:var(--quiet);stroke-dasharray:2 4}
        .s0{stroke:var(--s0);fill:var(--s0)}.s1{stroke:var(--s1);fill:var(--s1)}.s2{stroke:var(--s2);fill:var(--s2)}
        .s3{stroke:var(--s3);fill:var(--s3)}.s4{stroke:var(--s4);fill:var(--s4)}.s5{stroke:var(--s5);fill:var(--s5)}
        .s6{stroke:var(--s6);fill:var(--s6)}
        svg g text{stroke:none}polyline{fill:none!important}.thin{stroke-width:1;opacity:.55}
        .curve{stroke-width:2.5;stroke-dasharray:9 5}.level{stroke-width:2;stroke-dasharray:2 3}
        .line{stroke-width:2}.d1{stroke-dasharray:10 3}.d2{stroke-dasharray:3 3}.d3{stroke-dasharray:12 3 2 3}
        rect.part{stroke:var(--bg);stroke-width:1.5}
        .legend{display:flex;flex-wrap:wrap;gap:.2em 1.6em;font-size:.88em}.entry{white-space:nowrap}
        svg.sample{width:28px;height:16px;vertical-align:-3px}
        """;
    private static final String NOTHING = "nothing";
    private static final double LEAST_BAR_NS = 0.1;
    private static final int BAR = 200;
    private static final double MOST_NAMED_NS = 9_999;
    private static final double HUNDRED = 100;
    /** Of the table of all ways. */
    private static final int COLUMNS = 11;
    private static final int DECIDING_ROUNDS = 10;

    private final JsonNode root;
    private final Figures figures;
    private final StringBuilder html = new StringBuilder();

    private ResultsPage(final JsonNode root) {
        this.root = root;
        figures = new Figures(root);
    }

    /** The page of a file's content. */
    static String of(final JsonNode results) {
        return new ResultsPage(results).page();
    }

    /**
     * Writes the page of a file of results, in place of one that was there: it is there as a whole or not at all.
     *
     * @throws IOException if the results cannot be read, or the page cannot be written
     */
    public static void write(final Path results, final Path page) throws IOException {
        final Path part = page.resolveSibling(page.getFileName() + ".part");
        try {
            Files.writeString(part, of(new ObjectMapper().readTree(results.toFile())), StandardCharsets.UTF_8);
            Files.move(part, page, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private String page() {
        html.append("<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\"><head>"
            + "<meta charset=\"utf-8\"/>\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"
            + " style-src 'unsafe-inline'; img-src data:\"/>\n<meta name=\"viewport\""
            + " content=\"width=device-width\"/>\n<link rel=\"icon\" href=\"data:,\"/>\n<title>What an event"
            + " costs</title>\n<style>").append(STYLE).append("</style></head><body>\n");
        head();
        if (!root.path("paths").isEmpty()) {
            targets();
            paths();
            new CountsSection(figures, html).append();
            costs();
        }
        root.path("sweeps").forEach(this::sweep);
        html.append(Method.HTML);
        environment();
        return html.append("</body></html>\n").toString();
    }

    private void sweep(final JsonNode sweep) {
        switch (sweep.path("name").asText()) {
            case "chunk", "ring" -> new SizeSection(sweep, html).append();
            case "clock" -> new ClockSection(sweep, html).append();
            case "rate" -> new RateSection(sweep, html).append();
            case "latency" -> new FireSection(sweep, html).append();
            case "workload" -> new WorkloadSection(sweep, html).append();
            default -> new SweepSection(sweep, html).append();
        }
    }

    private void heading(final String text) {
        html.append("<h2>").append(text).append("</h2>\n");
    }

    private void head() {
        final JsonNode machine = root.path("environment");
        final int rounds = root.path("rounds").asInt();
        html.append("<h1>What an event costs</h1>\n<p class=\"quiet\">")
            .append(text(machine, "processor")).append(", ").append(text(machine, "processors"))
            .append(" processors (").append(text(machine, "virtualisation")).append("), Linux ")
            .append(text(machine, "kernel")).append(", Java ").append(text(machine, "java")).append(", clock ")
            .append(text(machine, "clock")).append("; ").append(rounds).append(rounds == 1 ? " round" : " rounds")
            .append("</p>\n<p>A tracer tells what a program does, event by event, and each event costs the thread that"
                + " reports it some nanoseconds (ns, billionths of a second). This page says how many, for one event:"
                + " two numbers of 64 bits and the time. Sluice writes it into a buffer in the program's own memory,"
                + " and enters the kernel once for thousands of them: one <em>trap</em> a batch. The other ways are a"
                + " trap for each event, and other tracers, logs and queues.</p>\n");
        if (rounds < 2) {
            html.append("<p class=\"busy\">This was one round only: the intervals are of its iterations, and say"
                + " nothing of how much another run would differ.</p>\n");
        }
        if (isBusy(machine)) {
            html.append("<p class=\"busy\">The machine was busy when this began: load ").append(text(machine, "load"))
                .append(" on ").append(text(machine, "processors"))
                .append(" processors. The figures are of its other work as well.</p>\n");
        }
    }

    private static boolean isBusy(final JsonNode machine) {
        final String load = machine.path("load").asText().split(" ")[0];
        try {
            return Double.parseDouble(load) > machine.path("processors").asInt();
        } catch (final NumberFormatException e) {
            return false;
        }
    }

    private static String text(final JsonNode node, final String field) {
        return HtmlText.text(node.path(field).asText("unknown"));
    }

    private void targets() {
        heading("Targets");
        html.append("<table id=\"targets\"><tr><th>target</th><th class=\"n\">bound</th><th class=\"n\">measured"
            + "</th><th class=\"n\">undisturbed</th><th></th></tr>\n");
        for (final JsonNode target : root.path("targets")) {
            final boolean isMeasured = !target.path("measured").isNull() && target.has("measured");
            final boolean isMet = target.path("pass").asBoolean();
            html.append("<tr><td>").append(text(target, "name")).append("</td><td class=\"n\">")
                .append(target.path("at_least").asBoolean() ? "at least " : "at most ")
                .append(target.path("target").asDouble()).append("</td><td class=\"n\">")
                .append(isMeasured ? measured(target) : "not measured").append("</td><td class=\"n\">")
                .append(target.has("undisturbed") ? Numbers.ns(target.get("undisturbed").asDouble()) : "")
                .append("</td><td class=\"").append(isMeasured ? isMet ? "met" : "missed" : "quiet").append("\">")
                .append(isMeasured ? verdict(target) : "").append("</td></tr>\n");
        }
        html.append("</table>\n<p class=\"quiet\">Ten rounds decide; with fewer this is a hint, and has a question"
            + " mark. <em>Undisturbed</em>: by the fastest iteration of each round. It does not decide.</p>\n");
    }

    /** One round has no interval. */
    private static String measured(final JsonNode target) {
        return target.path("rounds").asInt() < 2 ? Numbers.ns(target.get("measured").asDouble())
            : Numbers.withInterval(target, "measured");
    }

    private static String verdict(final JsonNode target) {
        final String mark = target.path("rounds").asInt() < DECIDING_ROUNDS ? "?" : "";
        return target.path("pass").asBoolean() ? "&#10003; met" + mark : "&#10007; missed" + mark
            + (target.path("pass_undisturbed").asBoolean() ? ", met in undisturbed turns only" : "");
    }

    private void paths() {
        heading("All ways, ns per event");
        final int rounds = root.path("rounds").asInt();
        final double most = most();
        html.append("<p>The bar has a logarithmic scale from 0.1 ns on; the dark end of it is the interval, which "
            + (rounds < 2 ? "is that of the iterations of one round" : Median.meaning(rounds))
            + ". <em>Over none</em>: what the loop costs that only counts is taken off."
            + " <em>Firing</em> and <em>other</em>: processor time for each event, of the thread that fires, and of all"
            + " others of its program and of those that listen. <em>Traps/M</em>: how often the firing thread is"
            + " trapped into the kernel for a million of events. <em>Lost</em>: reported, and not found on the other"
            + " side. <em>B/event</em>: what all threads of the program's JVM allocate. <em>Stored, B/event</em>: what"
            + " the other side has of an event, in files on disk, or handed over in memory to a thread that took it;"
            + " nothing, where there is but a number or a sum.</p>\n<table id=\"paths\"><tr><th>way</th>"
            + "<th class=\"n\">ns [low, high]</th>" + scale(most) + "<th class=\"n\">over none</th>"
            + "<th class=\"n\">firing</th><th class=\"n\">other</th><th class=\"n\">B/event</th>"
            + "<th class=\"n\">traps/M</th><th class=\"n\">stored</th><th class=\"n\">lost</th>"
            + "<th class=\"n\">stored, B/event</th></tr>\n");
        figures.rows(false).forEach(row -> path(row, most));
        if (!figures.rows(true).isEmpty()) {
            html.append("<tr><th class=\"group\" colspan=\"11\">Other tracers, logs and queues</th></tr>\n");
            figures.rows(true).forEach(row -> path(row, most));
        }
        html.append("</table>\n");
    }

    private double most() {
        double most = 1;
        for (final JsonNode row : root.path("paths")) {
            most = Math.max(most, row.path("high").asDouble(row.path("ns_per_event").asDouble(0)));
        }
        return most;
    }

    private void path(final JsonNode row, final double most) {
        html.append(SweepSection.way(row.path("name").asText()));
        if (!row.has("ns_per_event")) {
            html.append("<td class=\"quiet\" colspan=\"10\">").append(text(row, "reason")).append("</td></tr>\n");
            html.append(SweepSection.what(row, COLUMNS));
            return;
        }
        html.append("<td class=\"n\">").append(Numbers.withInterval(row, "ns_per_event")).append("</td><td"
            + " class=\"bar\">").append(bar(row, most)).append("</td>");
        number(row.has("ns_over_nothing") ? Numbers.ns(row.get("ns_over_nothing").asDouble()) : "");
        number(row.has("firing_processor_ns_per_event")
            ? Numbers.ns(row.get("firing_processor_ns_per_event").asDouble()) : "");
        number(row.has("other_processor_ns_per_event")
            ? Numbers.ns(row.get("other_processor_ns_per_event").asDouble()) : "");
        number(row.has("bytes_per_event") ? Numbers.ns(row.get("bytes_per_event").asDouble()) : "");
        number(row.has("traps_per_million_events")
            ? Numbers.count(Math.round(row.get("traps_per_million_events").asDouble())) : "");
        number(row.has("stored") ? Numbers.count(row.get("stored").asLong()) : "-");
        number(row.has("lost") ? Numbers.count(row.get("lost").asLong()) : "-");
        number(storedBytes(row));
        html.append("</tr>\n").append(SweepSection.what(row, COLUMNS));
    }

    /** Files of results that were made before this was counted say nothing of it. */
    private static String storedBytes(final JsonNode row) {
        return !row.has("stored_place") ? "" : row.has("stored_bytes_per_event")
            ? Numbers.ns(row.get("stored_bytes_per_event").asDouble()) + " " + text(row, "stored_place") : "nothing";
    }

    private void number(final String number) {
        html.append("<td class=\"n\">").append(number).append("</td>");
    }

    private static Axis scaleOfBars(final double most) {
        return Axis.logarithmic("ns", 10, LEAST_BAR_NS, most).between(0, BAR, 0);
    }

    /** The heading of the bars: their axis, a number at each power of ten. */
    private static String scale(final double most) {
        final StringBuilder scale = new StringBuilder("<th>ns, logarithmic<div class=\"ticks\">");
        // Side by side, more numbers than these run into one another.
        final double step = most > MOST_NAMED_NS ? HUNDRED : 10;
        for (double tick = LEAST_BAR_NS; tick <= most; tick *= step) {
            scale.append(String.format(Locale.ROOT, "<span style=\"left:%.1f%%\">%s</span>",
                HUNDRED * scaleOfBars(most).place(tick) / BAR, Axis.label(tick)));
        }
        return scale.append("</div></th>").toString();
    }

    private static String bar(final JsonNode row, final double most) {
        final Axis axis = scaleOfBars(most);
        final StringBuilder lines = new StringBuilder();
        for (double tick = LEAST_BAR_NS; tick <= most; tick *= 10) {
            lines.append(String.format(Locale.ROOT, "<line class=\"grid\" x1=\"%.2f\" y1=\"0\" x2=\"%.2f\""
                + " y2=\"14\" vector-effect=\"non-scaling-stroke\"/>", axis.place(tick), axis.place(tick)));
        }
        final double low = axis.place(row.path("low").asDouble(Figures.ns(row)));
        return String.format(Locale.ROOT, "<svg viewBox=\"0 0 200 14\" preserveAspectRatio=\"none\""
            + " class=\"%s\">" + lines
            + "<rect x=\"0\" y=\"3\" width=\"%.2f\" height=\"8\" fill-opacity=\".45\" stroke=\"none\"/>"
            + "<rect x=\"%.2f\" y=\"1\" width=\"%.2f\" height=\"12\" stroke=\"none\"/></svg>",
            row.path("rival").asBoolean() ? "s1" : "s0", axis.place(Figures.ns(row)),
            low, Math.max(1, axis.place(row.path("high").asDouble(Figures.ns(row))) - low));
    }

    private void costs() {
        final String clock = root.path("environment").path("clock").asText().equals("tsc") ? "clock-tsc" : "clock-nano";
        final String batch = new CostBars(figures)
            .bar("a disabled tracepoint", NOTHING, "test", "disabled")
            .bar("into the ring, not drained", NOTHING, "clock", clock, "ring", "ring")
            .bar("drained in batches, received", NOTHING, "clock", clock, "ring", "ring", "drain", "owner")
            .bar("drained, stored in a trace", NOTHING, "clock", clock, "ring", "ring", "drain", "owner", "store",
                "owner-stored")
            .html("ns per event, in batches");
        final String trap = new CostBars(figures)
            .bar("the cheapest system call", NOTHING, "kernel entry", "syscall")
            .bar("optimised trap, counted", NOTHING, "native call", "native-call", "trap", "trap-opt-count-java")
            .bar("optimised trap, stored", NOTHING, "native call", "native-call", "trap", "trap-opt-count-java",
                "store", "trap-opt-store-java")
            .bar("int3 trap, counted", NOTHING, "native call", "native-call", "trap", "trap-nop1-count-java")
            .bar("int3 trap, stored", NOTHING, "native call", "native-call", "trap", "trap-nop1-count-java", "store",
                "trap-nop1-store-java")
            .html("ns per event, one trap each");
        if (batch.isEmpty() && trap.isEmpty()) {
            return;
        }
        heading("Of what the cost consists");
        html.append("<p>Each part is what one way costs more than another that does all but that part, in the same"
            + " round: the bare reading of the clock, the way into the ring over it, the drained way over the ring,"
            + " the stored one over the drained one. A processor does many of these things at the same time, so parts"
            + " are differences and not durations. Note the other scale of the second picture.");
        ratio("trap-opt-store-java").ifPresent(times -> html.append(" One optimised trap for each event costs ")
            .append(times).append(" times as much as an event that is drained in batches."));
        html.append("</p>\n").append(batch).append(trap);
    }

    private Optional<String> ratio(final String way) {
        final Optional<Median> ours = figures.over("owner", NOTHING);
        final Optional<Median> other = figures.over(way, NOTHING);
        return ours.isPresent() && other.isPresent() && ours.get().value() > 0
            ? Optional.of(Numbers.ns(other.get().value() / ours.get().value())) : Optional.empty();
    }

    private void environment() {
        heading("Environment");
        html.append("<table id=\"environment\">\n");
        row("seed of the order", root.path("seed").asText());
        final Iterator<Map.Entry<String, JsonNode>> facts = root.path("environment").properties().iterator();
        while (facts.hasNext()) {
            final Map.Entry<String, JsonNode> fact = facts.next();
            if (fact.getValue().isTextual()) {
                row(fact.getKey().replace('_', ' '), fact.getValue().asText());
            }
        }
        root.path("environment").path("mitigations").properties().forEach(flaw -> row("mitigation of "
            + flaw.getKey(), flaw.getValue().asText()));
        html.append("</table>\n");
    }

    private void row(final String name, final String value) {
        html.append("<tr><td>").append(HtmlText.text(name)).append("</td><td>").append(HtmlText.text(value))
            .append("</td></tr>\n");
    }
}
