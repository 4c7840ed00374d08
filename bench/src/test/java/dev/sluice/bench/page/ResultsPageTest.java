// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.testsupport.OneJdk;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

/** The page is well-formed, draws what there is, and shows text from outside as text, whatever it says. */
@OneJdk
class ResultsPageTest {
    private static final String HOSTILE = "</td></svg><script>alert(\"1\")</script>&amp;<!--']]>\u001b\u202e\uffff";
    private static final int BATCHES = 12;

    @TempDir
    private Path directory;

    /** Made-up results of three rounds: every way, a target of each kind, and sweeps. */
    static ObjectNode results(final String text) {
        final ObjectNode root = new ObjectMapper().createObjectNode();
        final ObjectNode machine = root.putObject("environment").put("processor", "AMD EPYC" + text)
            .put("processors", "2").put("virtualisation", "virtual machine").put("kernel", "6.18").put("java", "25")
            .put("clock", "tsc").put("load", "0.5 0.4 0.3 1/2 3").put("commit", "abc").put("command", "sluice bench");
        machine.putObject("mitigations").put("spectre_v2", "Mitigation: Retpolines");
        root.put("rounds", 3).put("seed", 7);
        final ArrayNode paths = root.putArray("paths");
        row(paths.addObject(), "nothing", 1.2);
        row(paths.addObject(), "disabled", 1.5);
        row(paths.addObject(), "clock-tsc", 9.8);
        row(paths.addObject(), "ring", 10.6);
        row(paths.addObject(), "owner", 12.1).put("instructions_per_event", 60).put("cycles_per_event", 30)
            .put("cache_misses_per_event", 0.05);
        row(paths.addObject(), "owner-stored", 17.8).put("stored_bytes_per_event", 24.0234)
            .put("stored_place", "disk");
        row(paths.addObject(), "syscall", 90).put("stored_place", "nowhere");
        row(paths.addObject(), "native-call", 9);
        row(paths.addObject(), "trap-opt-count-java", 420);
        row(paths.addObject(), "trap-opt-store-java", 610);
        row(paths.addObject(), "trap-nop1-store-java", 1_400);
        row(paths.addObject(), "jfr", 38).put("rival", true).put("stored", 900).put("lost", 100);
        paths.addObject().put("name", "lttng-c").put("what", "LTTng").put("rival", true)
            .put("reason", "missing: package lttng-tools" + text);
        final ArrayNode targets = root.putArray("targets");
        targets.addObject().put("name", "jfr over owner, times").put("target", 2.5).put("at_least", true)
            .put("measured", 3.4).put("low", 3.3).put("high", 3.6).put("rounds", 3).put("pass", true);
        targets.addObject().put("name", "ring over clock-tsc, ns").put("target", 0.5).put("at_least", false)
            .put("measured", 0.8).put("low", 0.7).put("high", 0.9).put("rounds", 3).put("pass", false);
        targets.addObject().put("name", "lttng-c over owner, times").put("target", 5).put("at_least", true)
            .putNull("measured").putNull("pass");
        sweeps(root.putArray("sweeps"));
        return root;
    }

    private static void sweeps(final ArrayNode sweeps) {
        final ObjectNode batch = sweeps.addObject().put("name", "batch").put("what", "events of 32 bytes")
            .put("axis", "events per batch");
        final ArrayNode points = batch.putArray("points");
        for (int i = 0; i < BATCHES; i++) {
            final int events = 1 << i;
            row(points.addObject().put("series", "batches").put("x", events), "batch-" + events,
                1.2 + 900.0 / events + 12 * (1 + 0.03 * (i % 3)));
        }
        points.addObject().put("series", "batches").put("x", 4096).put("name", "batch-4096").put("what", "too many")
            .put("reason", "missing: a batch is one chunk");
        row(points.addObject().put("series", "batch-trap-opt").put("x", 0), "batch-trap-opt", 620);
        row(points.addObject().put("series", "batch-trap-nop1").put("x", 0), "batch-trap-nop1", 1_450);
        final ObjectNode model = batch.putObject("model").put("turns", 3 * BATCHES);
        model.putObject("trap_ns").put("value", 900).put("low", 890).put("high", 910);
        model.putObject("event_ns").put("value", 12).put("low", 11.9).put("high", 12.1);
        batch.putArray("wins").addObject().put("over", "batch-trap-opt").put("ns_per_event", 619)
            .put("from_events", 2).put("from_events_by_model", 1.5);
        final ObjectNode threads = sweeps.addObject().put("name", "threads").put("what", "a tracepoint for all, or one"
            + " each").put("axis", "threads");
        for (int i = 0; i < 8; i++) {
            row(threads.withArray("points").addObject().put("series", i % 2 == 0 ? "one for all" : "one each")
                .put("x", 1 << i / 2).put("events_per_second", 1e9 / (12 + i)), "threads-" + i, 12 + i);
        }
        row(threads.withArray("points").addObject().put("series", "no tracing").put("x", 2).put("base", true),
            "threads-nothing-2", 1.2).remove("ns_over_nothing");
        sizes(sweeps.addObject().put("name", "chunk").put("what", "chunks").put("axis", "KiB of a chunk"), 4, 5);
        sizes(sweeps.addObject().put("name", "ring").put("what", "rings").put("axis", "KiB of a ring"), 256, 8);
        clocks(sweeps.addObject().put("name", "clock").put("what", "events by each clock").put("axis", "clock")
            .putArray("points"));
        rates(sweeps.addObject().put("name", "rate").put("what", "offered").put("axis", "offered a second")
            .putArray("points"));
        fires(sweeps.addObject().put("name", "latency").put("what", "single").put("axis", "ns").putArray("points"));
        final ArrayNode queries = sweeps.addObject().put("name", "workload").put("what", "queries")
            .put("axis", "ns of a query").putArray("points");
        row(queries.addObject().put("series", "nothing").put("x", 0).put("base", true), "workload-nothing", 5_000);
        row(queries.addObject().put("series", "owner").put("x", 0).put("times_untraced", 1.016)
            .put("firing_processor_ns_per_event", 4_500)
            .put("times_untraced_low", 1.01).put("times_untraced_high", 1.02), "workload-owner", 5_080)
            .putObject("fires").putObject("all").put("p50", 4_000).put("p99", 21_000);
        queries.addObject().put("series", "lttng-java").put("x", 0).put("reason", "missing: package lttng-tools");
    }

    private static void sizes(final ObjectNode sweep, final int shortest, final int count) {
        final String name = sweep.get("name").asText();
        for (final String policy : List.of("block, received", "discard, stored")) {
            for (int i = 0; i < count; i++) {
                row(sweep.withArray("points").addObject().put("series", policy).put("x", shortest << i), name + "-"
                    + policy.charAt(0) + i, 14 + 8.0 / (1 + i)).put("traps_per_million_events", 6_000.0 / (1 << i))
                    .put("lost_share", policy.startsWith("block") ? 0 : 0.3 / (1 + i));
            }
        }
    }

    private static void clocks(final ArrayNode points) {
        for (final String clock : List.of("tsc", "nano", "coarse")) {
            final double reading = clock.equals("tsc") ? 9 : clock.equals("nano") ? 24 : 1;
            row(points.addObject().put("series", "a bare reading").put("x", 0), "clock-bare-" + clock, 1.2 + reading);
            row(points.addObject().put("series", "received").put("x", 0), "clock-owner-" + clock, 3 + reading);
        }
        points.addObject().put("series", "received").put("x", 0).put("name", "clock-owner-sampled")
            .put("what", "sampled, received").put("reason", "missing: needs root");
    }

    private static void rates(final ArrayNode points) {
        for (final String policy : List.of("discard", "block", "overwrite")) {
            for (int i = 0; i < 5; i++) {
                final double rate = Math.pow(10, i + 3);
                row(points.addObject().put("series", policy).put("x", i == 4 ? 0 : rate), "rate-" + policy + i,
                    1e9 / rate).put("events_per_second", rate)
                    .put("lost_share", "block".equals(policy) ? 0 : i / 40.0);
            }
        }
    }

    private static void fires(final ArrayNode points) {
        for (final String way : List.of("nothing", "owner", "trap-opt-store-java", "agrona", "chronicle")) {
            final ObjectNode point = row(points.addObject().put("series", way).put("x", 0), "latency-" + way, 100)
                .put("rival", way.startsWith("a") || way.startsWith("c"));
            final ObjectNode fires = point.putObject("fires");
            for (final String kind : way.equals("owner") ? List.of("all", "plain", "draining") : List.of("all")) {
                final ObjectNode times = fires.putObject(kind).put("count", 1_000).put("p50", 50).put("p90", 60)
                    .put("p99", 1_234).put("p99.9", 5_000).put("p99.99", 20_000).put("max", 99_999);
                final ArrayNode curve = times.putArray("ccdf");
                for (int i = 1; i < 20; i++) {
                    curve.addArray().add(50 * Math.pow(1.5, i)).add(Math.pow(0.6, i));
                }
            }
        }
        points.addObject().put("series", "lttng-java").put("x", 0).put("reason", "missing: package lttng-tools");
    }

    private static ObjectNode row(final ObjectNode node, final String name, final double ns) {
        node.put("name", name).put("what", "what " + name + " is").put("rival", false).put("ns_per_event", ns)
            .put("low", ns * 0.97).put("high", ns * 1.04).put("ns_over_nothing", ns - 1.2).put("bytes_per_event", 0.0)
            .put("fired", 1_000).put("stored", 1_000).put("lost", 0)
            .put("traps_per_million_events", 366.4);
        for (int round = -1; round <= 1; round++) {
            node.withArray("rounds").addObject().put("ns_per_event", ns * (1 + 0.01 * round));
        }
        return node;
    }

    private static Document parse(final String page) throws Exception {
        final DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        return factory.newDocumentBuilder().parse(new InputSource(new StringReader(page)));
    }

    private static int count(final Document page, final String path) throws Exception {
        return ((Number) XPathFactory.newInstance().newXPath().evaluate("count(" + path + ")", page,
            XPathConstants.NUMBER)).intValue();
    }

    private static String string(final Document page, final String path) throws Exception {
        return XPathFactory.newInstance().newXPath().evaluate("string(" + path + ")", page);
    }

    @Test
    void shouldDrawWhatThereIsWhenAllWasMeasured() throws Exception {
        final Document page = parse(ResultsPage.of(results("")));
        // Two headings, and two rows for each way; the rival that is missing has its reason in place of figures.
        assertThat(count(page, "//table[@id='paths']/tr")).isEqualTo(1 + 2 * (12 - 1) + 1 + 2 * 2);
        assertThat(count(page, "//table[@id='paths']//svg")).isEqualTo(12);
        assertThat(string(page, "//table[@id='paths']/tr[last()-1]/td[@colspan]")).startsWith("missing: package");
        assertThat(string(page, "//table[@id='counts']/tr[2]")).isEqualTo("owner60.0030.002.000.0500");
        assertThat(string(page, "//table[@id='paths']/tr[2]/td[8]")).isEqualTo("366");
        assertThat(count(page, "//td[@class='met']")).isEqualTo(1);
        assertThat(count(page, "//td[@class='missed']")).isEqualTo(1);
        assertThat(string(page, "//table[@id='targets']/tr[4]/td[3]")).isEqualTo("not measured");
        assertThat(string(page, "//p[@id='model']")).contains("900 [890, 910] ns / N + 12.00 [11.90, 12.10] ns");
        assertThat(string(page, "//p[@class='win']")).contains("batch-trap-opt, 619 ns", "from 2 a batch on",
            "from 1.5.");
        assertThat(count(page, "//ul[@id='method']/li")).isGreaterThan(5);
        assertThat(string(page, "//table[@id='environment']")).contains("Mitigation: Retpolines", "sluice bench", "7");
    }

    @Test
    void shouldNameEachAxisAndEachSeriesWhenItDraws() throws Exception {
        final Document page = parse(ResultsPage.of(results("")));
        // Two pictures of costs, the batches, two of threads, three each of chunks and rings, one of clocks, two of
        // rates, two of single fires.
        assertThat(count(page, "//svg[@class='plot']")).isEqualTo(16);
        assertThat(count(page, "//svg[@class='plot'][not(@aria-label)]")).isZero();
        for (final String label : new String[] {"ns per event, in batches", "ns per event, one trap each",
            "events per batch, logarithmic", "million events a second, all threads"}) {
            assertThat(count(page, "//text[@class='label'][.='" + label + "']")).as(label).isEqualTo(1);
        }
        for (final String label : new String[] {"ns per event, logarithmic", "threads"}) {
            assertThat(count(page, "//text[@class='label'][.='" + label + "']")).as(label).isEqualTo(2);
        }
        final String batches = "//svg[@aria-label='ns per event over events per batch']";
        assertThat(count(page, batches + "//circle")).isEqualTo(BATCHES);
        assertThat(count(page, batches + "/polyline[contains(@class,'curve')]")).isEqualTo(1);
        assertThat(count(page, batches + "//line[@class='level']")).isEqualTo(2);
        assertThat(count(page, batches + "/line[@class='mark']")).isEqualTo(1);
        assertThat(count(page, "//figure[svg/@aria-label='ns per event over events per batch']//span[@class='entry']"))
            .isEqualTo(4);
        // Two series differ by shape as well as by colour.
        final String threads = "//svg[@aria-label='ns per event over threads']";
        assertThat(count(page, threads + "//g[@class='s0']/circle")).isEqualTo(4);
        assertThat(count(page, threads + "//g[@class='s1']/rect")).isEqualTo(4);
        // The bare loop is what is taken off, and no series.
        assertThat(count(page, threads + "//g[@class='s2']")).isZero();
        assertThat(count(page, "//svg[@aria-label='events a second over threads']//circle")).isEqualTo(4);
    }

    @Test
    void shouldDrawWhatChunksRingsAndClocksCostWhenTheyWereVaried() throws Exception {
        final Document page = parse(ResultsPage.of(results("")));
        for (final String[] plot : new String[][] {{"ns per event over KiB of a chunk", "ns per event", "5"},
            {"traps over KiB of a chunk", "traps per million events, logarithmic", "5"},
            {"events not stored over KiB of a ring", "not stored, % of what was fired", "8"}}) {
            final String svg = "//svg[@aria-label='" + plot[0] + "']";
            assertThat(count(page, svg + "//text[@class='label'][.='" + plot[1] + "']")).as(plot[0]).isEqualTo(1);
            assertThat(count(page, svg + "//g[@class='s0']/circle")).as(plot[0]).isEqualTo(Integer.parseInt(plot[2]));
            assertThat(count(page, svg + "//g[@class='s1']/rect")).as(plot[0]).isEqualTo(Integer.parseInt(plot[2]));
        }
        assertThat(string(page, "//svg[@aria-label='ns per event over KiB of a ring']//text[@class='label'][1]"))
            .isEqualTo("KiB of a ring, logarithmic");
        // The last row of the rings: the longest one, of which a part is not stored.
        assertThat(string(page, "//table[@class='sweep'][.//th='KiB of a ring']/tr[last()]"))
            .isEqualTo("32,768what ring-d7 is15.00 [14.55, 15.60]13.80471,00003.750");
        assertThat(string(page, "//table[@class='sweep'][.//th='KiB of a ring']/tr[1]"))
            .endsWith("storednot storednot stored, %");

        final String clocks = "//svg[@aria-label='ns per event by clock']";
        assertThat(count(page, clocks + "//rect")).isEqualTo(6);
        assertThat(string(page, clocks + "//text[@text-anchor='end'][3]")).isEqualTo("coarse");
        assertThat(string(page, clocks + "//text[@class='label']"))
            .isEqualTo("ns per event, the bare loop taken off");
        assertThat(count(page, "//figure[svg/@aria-label='ns per event by clock']//span[@class='entry']")).isEqualTo(2);
        assertThat(string(page, "//table[@id='clocks']/tr[last()]")).isEqualTo("sampledsampled, receivedmissing: needs"
            + " root");
    }

    @Test
    void shouldSayWhatIsStoredOfAnEventWhenTheFileHasItAndNothingWhenItIsOlder() throws Exception {
        final Document page = parse(ResultsPage.of(results("")));
        final String cell = "//table[@id='paths']/tr[td[1]/b='%s']/td[last()]";
        assertThat(string(page, "//table[@id='paths']/tr[1]/th[last()]")).isEqualTo("stored, B/event");
        assertThat(string(page, String.format(cell, "owner-stored"))).isEqualTo("24.02 disk");
        assertThat(string(page, String.format(cell, "syscall"))).isEqualTo("nothing");
        assertThat(string(page, String.format(cell, "owner"))).isEmpty();
    }

    @Test
    void shouldSayWhatAWayIsBelowItsFiguresSoThatItDoesNotBreakIntoManyLines() throws Exception {
        final Document page = parse(ResultsPage.of(results("")));
        assertThat(string(page, "//table[@id='paths']/tr[2]/td[1]")).isEqualTo("nothing");
        assertThat(string(page, "//table[@id='paths']/tr[3]")).isEqualTo("what nothing is");
        assertThat(string(page, "//table[@id='paths']/tr[3]/td/@colspan")).isEqualTo("11");
        assertThat(count(page, "//table[@id='paths']/tr[1]/th")).isEqualTo(11);
        assertThat(count(page, "//table[@id='paths']//th[.='what']")).isZero();
    }

    @Test
    void shouldDrawLossesAndSingleFiresWhenTheyWereMeasured() throws Exception {
        final Document page = parse(ResultsPage.of(results("")));
        final String losses = "//svg[@aria-label='lost events over the rate']";
        // A policy has a colour and a shape of its own; the point as fast as the thread can stands at what was fired.
        assertThat(count(page, losses + "//g[@class='s0']/circle")).isEqualTo(5);
        assertThat(count(page, losses + "//g[@class='s1']/rect")).isEqualTo(5);
        assertThat(count(page, losses + "//g[@class='s2']/path")).isEqualTo(5);
        assertThat(count(page, losses + "//text[@class='label'][.='lost, % of what was fired']")).isEqualTo(1);
        assertThat(string(page, losses + "//g[@class='s0'][5]/title")).isEqualTo("rate-discard4: 10.000 %");
        assertThat(count(page, "//svg[@aria-label='events fired over events offered']/polyline[contains(@class,"
            + "'curve')]")).isEqualTo(1);

        assertThat(string(page, losses + "//text[@class='label'][1]")).startsWith("million events offered a second");
        // Every axis has two numbers at least, however little values differ.
        assertThat(count(page, "//svg[@class='plot'][count(.//text[@class='tick'][@text-anchor='end']) < 2]"))
            .isZero();

        final String ours = "//svg[@aria-label='part of the events that take longer, by Sluice and by traps']";
        final String others = "//svg[@aria-label='part of the events that take longer, beside others']";
        // The fire that carries the batch has a curve of its own.
        assertThat(count(page, ours + "/polyline")).isEqualTo(4);
        assertThat(count(page, others + "/polyline")).isEqualTo(3);
        assertThat(string(page, "//table[@id='fires']/tr[4]/td[1]")).isEqualTo("owner, that carry no batch");
        assertThat(string(page, "//table[@id='fires']/tr[2]/td[4]")).isEqualTo("1,234");
        assertThat(string(page, "//table[@id='fires']/tr[last()]/td[2]")).isEqualTo("missing: package lttng-tools");
    }

    @Test
    void shouldShowWhatQueriesTakeWhenTheyWereMeasured() throws Exception {
        final Document page = parse(ResultsPage.of(results("")));
        final String table = "//table[@id='workload']";
        assertThat(string(page, table + "/tr[5]")).isEqualTo("what workload-owner is");
        assertThat(string(page, table + "/tr[4]")).isEqualTo("owner196,8501.016 [1.010, 1.020]"
            + "4.504.0021.001,0000");
        assertThat(count(page, table + "//rect")).isEqualTo(2);
        assertThat(string(page, table + "/tr[2]//rect/@width")).isEqualTo("200.00");
        assertThat(string(page, table + "/tr[last()-1]/td[2]")).isEqualTo("missing: package lttng-tools");
    }

    @Test
    void shouldShowTextAsTextWhenItLooksLikeMarkup() throws Exception {
        final String page = ResultsPage.of(results(HOSTILE));
        final Document parsed = parse(page);
        assertThat(count(parsed, "//script")).isZero();
        assertThat(page).doesNotContain("\u001b").doesNotContain("\u202e").contains("&lt;script&gt;");
        assertThat(string(parsed, "//table[@id='environment']")).contains("<script>alert(");
    }

    @Test
    void shouldLoadNothingWhenItIsOpened() throws Exception {
        final String page = ResultsPage.of(results(""));
        final Document parsed = parse(page);
        assertThat(count(parsed, "//@src")).isZero();
        assertThat(count(parsed, "//@href")).isEqualTo(1);
        assertThat(string(parsed, "//link/@href")).isEqualTo("data:,");
        assertThat(page).contains("default-src 'none'").doesNotContain("url(").doesNotContain("http:/" + "/www.g");
    }

    @Test
    void shouldSayWhatWasNotMeasuredWhenThereIsOneRoundOnABusyMachine() throws Exception {
        final ObjectNode results = results("").put("rounds", 1);
        ((ObjectNode) results.get("environment")).put("load", "9.5 1 1 1/2 3");
        results.putArray("paths");
        results.putArray("sweeps").addObject().put("name", "batch").put("what", "events").put("axis", "events")
            .putArray("points").addObject().put("name", "batch-1").put("x", 1).put("what", "one")
            .put("reason", "missing: needs root");
        final Path file = directory.resolve("results.json");
        new ObjectMapper().writeValue(file.toFile(), results);
        ResultsPage.write(file, directory.resolve("report.html"));
        final Document page = parse(Files.readString(directory.resolve("report.html")));
        assertThat(count(page, "//p[@class='busy']")).isEqualTo(2);
        assertThat(count(page, "//svg[@class='plot']")).isZero();
        assertThat(string(page, "//table[@class='sweep']")).contains("missing: needs root");
    }

    @Test
    void shouldMarkVerdictsWhenFewerThanTenRoundsWereRun() throws Exception {
        final ObjectNode results = results("");
        final ArrayNode targets = results.putArray("targets");
        for (final int rounds : new int[]{1, 9, 10}) {
            targets.addObject().put("name", "t").put("target", 2.5).put("at_least", true).put("measured", 3.4)
                .put("low", 3.3).put("high", 3.6).put("rounds", rounds).put("pass", true);
        }
        final Document page = parse(ResultsPage.of(results));
        final String row = "//table[@id='targets']/tr[%d]/td[%s]";
        assertThat(string(page, String.format(row, 2, "3"))).isEqualTo("3.40");
        assertThat(string(page, String.format(row, 2, "last()"))).isEqualTo("\u2713 met?");
        assertThat(string(page, String.format(row, 3, "3"))).isEqualTo("3.40 [3.30, 3.60]");
        assertThat(string(page, String.format(row, 3, "last()"))).isEqualTo("\u2713 met?");
        assertThat(string(page, String.format(row, 4, "last()"))).isEqualTo("\u2713 met");
    }

    @Test
    void shouldCountWhatSingleFiresLostWhenTheyWereStored() throws Exception {
        final Document page = parse(ResultsPage.of(results("")));
        assertThat(string(page, "//table[@id='fires']/tr[1]")).endsWith("eventsstoredlost");
        assertThat(string(page, "//table[@id='fires']/tr[3]/td[9]")).isEqualTo("1,000");
        assertThat(string(page, "//table[@id='fires']/tr[3]/td[10]")).isEqualTo("0");
        assertThat(string(page, "//table[@id='fires']/tr[4]/td[10]")).isEmpty();
    }

    @Test
    void shouldNameTheAxisOfBarsWhenWaysAreSetBesideEachOther() throws Exception {
        final Document page = parse(ResultsPage.of(results("")));
        assertThat(string(page, "//table[@id='paths']/tr[1]/th[3]")).isEqualTo("ns, logarithmic0.11101001,000");
        assertThat(string(page, "//table[@id='paths']/tr[1]/th[3]//span[1]/@style")).isEqualTo("left:0.0%");
        assertThat(count(page, "//table[@id='paths']/tr[2]//svg/line")).isEqualTo(5);
        assertThat(string(page, "//table[@id='workload']/tr[1]/th[3]")).isEqualTo("0 to 200,000");
    }
}
