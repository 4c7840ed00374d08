// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.html;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.store.pair.PairFigures;
import dev.sluice.store.question.Answers;
import dev.sluice.store.question.Questions;
import dev.sluice.store.question.TimeLine.Series;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceAccount;
import dev.sluice.store.report.EventStatistics;
import dev.sluice.store.report.FieldStatistics;
import dev.sluice.store.report.TraceReport;
import dev.sluice.store.text.Counted;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A report as one page that a browser shows without a network: rates over time with what is missing, latencies of
 * pairs and fields as histograms, and the report's text. It has no script, loads nothing, and forbids the browser both.
 * Well-formed XML as well. For one thread.
 */
public final class HtmlReport {
    private static final int MOST_HISTOGRAMS = 60;
    private static final String END_UNKNOWN = "; the end is unknown";
    private static final String STYLE = """
        :root{color-scheme:light dark;--fg:#1c2430;--bg:#fff;--quiet:#66707c;--bar:#3b76b5;--line:#d8dde3}
        @media(prefers-color-scheme:dark){:root{--fg:#dde3ea;--bg:#14181d;--quiet:#8d97a3;--bar:#6aa5e0;--line:#333b44}}
        body{font:14px/1.45 system-ui,sans-serif;margin:0 auto;padding:1.5em;max-width:70em;color:var(--fg);
        background:var(--bg)}
        h1{font-size:1.5em}h2{font-size:1.15em;border-bottom:1px solid var(--line);margin-top:2em}
        pre{font:12px/1.4 ui-monospace,monospace;overflow-x:auto}
        figure{margin:0 0 .6em}figcaption{font-size:.9em}.quiet{color:var(--quiet)}
        svg{display:block;width:100%;height:72px;border-bottom:1px solid var(--line)}
        .histograms{display:grid;grid-template-columns:repeat(auto-fill,minmax(20em,1fr));gap:1.2em}
        .histogram svg{height:110px}
        .axis{display:flex;justify-content:space-between;color:var(--quiet);font-size:.8em}
        rect.rate,rect.bucket{fill:var(--bar)}rect.rate:hover,rect.bucket:hover{opacity:.7}
        rect.lost{fill:#c62828}rect.overwritten{fill:#ef8f1c}rect.discarded{fill:#8e44ad}
        rect.stall{fill:#c62828;opacity:.18}
        .key{padding:0 .4em;border-radius:.2em;color:#fff}.key.lost{background:#c62828}
        .key.overwritten{background:#b96a0c}.key.discarded{background:#8e44ad}
        .key.stall{background:#c628282e;color:inherit}
        .whole,.missing,.unknown{padding:.5em .8em;border-left:4px solid #2e7d32}.missing{border-color:#c62828}
        .unknown{border-color:#ef8f1c}
        """;

    private final Answers answers;
    private final TraceReport report;
    private final StringBuilder html = new StringBuilder();

    private HtmlReport(final Answers answers) {
        this.answers = answers;
        report = answers.report();
    }

    /** The page; answers over time must have been asked, {@link Questions#overTime}. */
    public static String of(final Answers answers) {
        return new HtmlReport(answers).page();
    }

    /**
     * Writes the page to a file, in place of one that was there: it is there as a whole or not at all.
     *
     * @throws IOException if it cannot be written, or something else than an ordinary file is there
     */
    public static void write(final Answers answers, final Path file) throws IOException {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
            && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException(file + " is there and is no ordinary file");
        }
        final Path above = file.toAbsolutePath().getParent();
        if (above != null && !Files.isDirectory(above)) {
            throw new IOException("there is no directory " + above);
        }
        final Path part = file.resolveSibling(file.getFileName() + ".part");
        try {
            Files.deleteIfExists(part);
            Files.writeString(part, of(answers), StandardCharsets.UTF_8, StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE);
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private String page() {
        final String title = "Trace " + report.reader().directory();
        html.append("<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\"><head>"
            + "<meta charset=\"utf-8\"/>\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';"
            + " style-src 'unsafe-inline'; img-src data:\"/>\n<meta name=\"viewport\""
            + " content=\"width=device-width\"/>\n<link rel=\"icon\" href=\"data:,\"/>\n<title>")
            .append(HtmlText.text(title)).append("</title>\n<style>").append(STYLE)
            .append("</style></head><body>\n<h1>").append(HtmlText.text(title)).append("</h1>\n<pre>")
            .append(HtmlText.lines(report.toHeading()))
            .append("</pre>\n");
        missing();
        heading("Events over time");
        if (answers.timeLine().steps() == 0) {
            html.append("<p>No event is selected.</p>\n");
        } else {
            new RatePlots(answers.timeLine(), report.reader().targets(), html).append();
        }
        latencies();
        fields();
        if (!answers.questions().isNone()) {
            heading("Answers");
            html.append("<pre>").append(HtmlText.lines(answers.toText())).append("</pre>\n");
        }
        heading("Report");
        html.append("<pre>").append(HtmlText.lines(report.toText()));
        if (answers.questions().isNone()) {
            html.append(HtmlText.lines(answers.toText()));
        }
        return html.append("</pre>\n</body></html>\n").toString();
    }

    private void heading(final String text) {
        html.append("<h2>").append(text).append("</h2>\n");
    }

    private void missing() {
        final TraceAccount account = report.account();
        if (account.isWhole()) {
            html.append("<p class=\"whole\">Every event that was fired is in the trace: ")
                .append(HtmlText.count(account.stored())).append(removed(account)).append(".</p>\n");
            return;
        }
        final long all = account.lostTotal() + account.overwritten() + account.discarded();
        if (all == 0 && account.isConsistent()) {
            unknown(account);
            return;
        }
        long shown = 0;
        for (final Series missing : answers.timeLine().missing()) {
            shown += missing.total();
        }
        html.append("<p class=\"missing\">Not every event is in the trace: ")
            .append(HtmlText.count(account.lostTotal())).append(" lost, ")
            .append(HtmlText.count(account.overwritten())).append(" overwritten, ")
            .append(HtmlText.count(account.discarded())).append(" discarded")
            .append(account.isConsistent() ? "" : "; " + HtmlText.count(account.difference()) + " not accounted for")
            .append(account.isEndKnown() ? "" : END_UNKNOWN).append('.');
        if (all > shown) {
            html.append(' ').append(HtmlText.count(all - shown))
                .append(" of them come before no selected event, and have no place below.");
        }
        html.append("</p>\n");
    }

    /** Nothing is known to be missing, but the trace has no end, or something in it cannot be read. */
    private void unknown(final TraceAccount account) {
        final long damaged = report.reader().damageCount();
        html.append("<p class=\"unknown\">Every event ")
            .append(account.isEndKnown() ? "that is accounted for" : "up to the last packet")
            .append(" is in the trace: ").append(HtmlText.count(account.stored())).append(removed(account))
            .append(account.isEndKnown() ? "" : END_UNKNOWN)
            .append(damaged == 0 ? "" : "; " + Counted.of(damaged, "place") + " of it cannot be read")
            .append(".</p>\n");
    }

    private static String removed(final TraceAccount account) {
        return account.removed() == 0 ? ""
            : ", or was in segments that were removed since: " + HtmlText.count(account.removed());
    }

    private void latencies() {
        final List<PairFigures> pairs = answers.pairs().stream().filter(pair -> pair.matched() > 0).toList();
        if (!pairs.isEmpty()) {
            heading("Latencies");
            html.append("<div class=\"histograms\">\n");
            final HistogramPlots plots = new HistogramPlots(html);
            pairs.stream().limit(MOST_HISTOGRAMS)
                .forEach(pair -> plots.append(pair.rule().label(), pair.latency(), PairFigures.LATENCY.unit()));
            html.append("</div>\n");
            more(pairs.size());
        }
    }

    private void fields() {
        heading("Fields");
        html.append("<div class=\"histograms\">\n");
        final HistogramPlots plots = new HistogramPlots(html);
        int count = 0;
        final List<EventStatistics> events = new ArrayList<>(report.events());
        events.sort(Comparator.comparingLong(EventStatistics::count).reversed());
        for (final EventStatistics event : events) {
            for (final FieldStatistics field : event.fields()) {
                if (HistogramPlots.has(field) && count++ < MOST_HISTOGRAMS) {
                    plots.append(name(event) + '.' + field.field().name(), field, unit(field.field()));
                }
            }
        }
        html.append("</div>\n");
        more(count);
    }

    /** The unit that is declared, or the one that the name says. */
    private static String unit(final FieldSchema field) {
        return field.unit().isEmpty() && field.type().isInteger() && field.name().endsWith("_ns") ? "ns" : field.unit();
    }

    private String name(final EventStatistics event) {
        final List<TargetTrace> targets = report.reader().targets();
        return event.schema().name() + (targets.size() > 1 ? " (target " + event.target().index() + ")" : "");
    }

    private void more(final int count) {
        if (count > MOST_HISTOGRAMS) {
            html.append("<p>and ").append(HtmlText.count(count - MOST_HISTOGRAMS)).append(" more</p>\n");
        }
    }
}
