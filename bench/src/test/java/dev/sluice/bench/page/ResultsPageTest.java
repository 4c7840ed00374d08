// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

/** The page is well-formed, draws what there is, and shows text from outside as text, whatever it says. */
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
        row(paths.addObject(), "owner", 12.1);
        row(paths.addObject(), "owner-stored", 17.8);
        row(paths.addObject(), "syscall", 90);
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
                .put("x", 1 << i / 2), "threads-" + i, 12 + i);
        }
    }

    private static ObjectNode row(final ObjectNode node, final String name, final double ns) {
        node.put("name", name).put("what", "what " + name + " is").put("rival", false).put("ns_per_event", ns)
            .put("low", ns * 0.97).put("high", ns * 1.04).put("ns_over_nothing", ns - 1.2).put("bytes_per_event", 0.0)
            .put("fired", 1_000).put("stored", 1_000).put("lost", 0);
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
        // Two headings, and every row; the rival that is missing has its reason in place of figures.
        assertThat(count(page, "//table[@id='paths']/tr")).isEqualTo(1 + 12 - 1 + 1 + 2);
        assertThat(count(page, "//table[@id='paths']//svg")).isEqualTo(12);
        assertThat(string(page, "//table[@id='paths']/tr[last()]/td[@colspan]")).startsWith("missing: package");
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
        // Two pictures of costs, the batches, the threads.
        assertThat(count(page, "//svg[@class='plot']")).isEqualTo(4);
        assertThat(count(page, "//svg[@class='plot'][not(@aria-label)]")).isZero();
        for (final String label : new String[] {"ns per event, in batches", "ns per event, one trap each",
            "events per batch, logarithmic", "ns per event, logarithmic", "threads", "ns per event"}) {
            assertThat(count(page, "//text[@class='label'][.='" + label + "']")).as(label).isEqualTo(1);
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
}
