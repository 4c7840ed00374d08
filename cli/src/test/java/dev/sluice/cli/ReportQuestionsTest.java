// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.OneJdk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the options of report say and answer. That the answers are right is for the tests of the store. */
@OneJdk
class ReportQuestionsTest {
    private static final EventSchema ORDER = new EventSchema(1, "shop", "order", List.of(
        new FieldSchema("symbol", FieldType.STRING), new FieldSchema("quantity", FieldType.INT32)));

    @TempDir
    private Path directory;

    private String trace(final long refused) {
        final Path trace = directory.resolve("trace");
        final TargetInfo target = TestTraces.target();
        try (TraceWriter writer = TraceWriter.create(trace, TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(ORDER));
            writer.clock(0, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
            final PacketBuilder packets = new PacketBuilder(target.id(), 0);
            for (int i = 0; i < 100; i++) {
                packets.event(ORDER, i * 1_000_000L, 0, i % 4 == 0 ? "ACME" : "B" + i % 3, i);
            }
            packets.append(writer, 0);
            writer.end(0, new EndInfo(EndKind.DETACHED, true, TestTraces.BEGIN_NS, List.of(
                new RingAccount(StreamKey.ofRing(0), 100, refused, 0, 0, 1, 1, 0)), Map.of()));
        }
        return trace.toString();
    }

    @Test
    void shouldAnswerInsteadOfReportingWhenAsked() {
        final String trace = trace(0);
        final MainTest.Result by = MainTest.runMain("report", trace, "--by", "symbol", "--top", "1", "--hist",
            "quantity", "--where", "quantity < 50");
        assertThat(by.status()).as(by.text()).isEqualTo(ExitStatus.OK);
        assertThat(by.text()).startsWith("trace     " + trace).contains("shop:order by symbol\n", "others: 3 values",
            "shop:order.quantity, symbol \"ACME\": 13 values\n", "#|").doesNotContain("account", "missing");
        assertThat(MainTest.runMain("report", trace, "--by", "thread", "--of", "quantity").text())
            .containsPattern("1000 +100 .* quantity ").doesNotContain("symbol");
        final MainTest.Result plain = MainTest.runMain("report", trace);
        assertThat(plain.text()).contains("account").doesNotContain("shop:order by");
    }

    @Test
    void shouldShowTheSlowestWithTheirOwnLinesWhenAsked() {
        final String trace = trace(0);
        final MainTest.Result slow = MainTest.runMain("report", trace, "--slowest", "2", "--of", "quantity",
            "--around", "1ms");
        assertThat(slow.status()).as(slow.text()).isEqualTo(ExitStatus.OK);
        assertThat(slow.text()).contains("\n1. 99  shop:order.quantity\n", "\n2. 98  shop:order.quantity\n",
            "  > 2026-01-02T03:04:05.099000000Z shop:order [1000] symbol=\"B0\" quantity=99\n");
        assertThat(MainTest.runMain("report", trace, "--pair", "shop:order,shop:order,symbol", "--by", "symbol",
            "--hist", "latency").text()).contains("shop:order -> shop:order", "symbol \"ACME\": 24 values\n");
        assertThat(MainTest.runMain("report", trace).text())
            .contains("thread    id  events  a second  from s   to s\n");
    }

    /** What is on it: HtmlReportTest, and in a browser BrowserTest. */
    @Test
    void shouldWriteAPageWhenAFileIsNamed() throws Exception {
        final String trace = trace(3);
        final Path page = directory.resolve("page.html");
        assertThat(MainTest.runMain("report", trace, "--html", page.toString()))
            .isEqualTo(new MainTest.Result(ExitStatus.INCOMPLETE, page + "\n"));
        assertThat(Files.readString(page)).startsWith("<!DOCTYPE html>").contains("shop:order").endsWith("</html>\n");
        assertThat(MainTest.runMain("report", trace, "--json", "--html", page.toString(), "--by", "symbol").text())
            .startsWith("{\"fired\":");
        assertThat(Files.readString(page)).contains("shop:order by symbol");
        final MainTest.Result refused = MainTest.runMain("report", trace, "--html", directory.toString());
        assertThat(refused.status()).isEqualTo(ExitStatus.FAILED);
        assertThat(refused.text()).startsWith("sluice report: cannot write the page: ").endsWith("(--html FILE)\n");
    }

    @Test
    void shouldSayThatEventsAreMissingWhenTheyAre() {
        final MainTest.Result result = MainTest.runMain("report", trace(3), "--hist", "quantity", "--scale", "linear");
        assertThat(result.status()).isEqualTo(ExitStatus.INCOMPLETE);
        assertThat(result.text()).contains("  [0, 5)     5 |").endsWith("\nevents are missing: report without these"
            + " options has the account\n");
    }

    @Test
    void shouldHaveTheKeysOfTheReportTooWhenItIsJson() throws Exception {
        final String trace = trace(0);
        final MainTest.Result asked = MainTest.runMain("report", trace, "--json", "--by", "thread", "--hist", "symbol");
        final JsonNode json = new ObjectMapper().readTree(asked.text());
        assertThat(json.get("stored").asInt()).isEqualTo(100);
        assertThat(json.get("by").get(0).get("values").get(0).get("value").asText()).isEqualTo("1000");
        assertThat(json.get("histograms").get(0).get("of").asText()).isEqualTo("length");
        assertThat(new ObjectMapper().readTree(MainTest.runMain("report", trace, "--json").text()).has("by")).isFalse();
    }

    @Test
    void shouldRefuseWhatCannotBeAnsweredWhenOptionsAreWrong() {
        final String trace = trace(0);
        for (final String[] wrong : new String[][] {{"--by", "colour"}, {"--hist", "shop:order.x"}, {"--top", "0"},
            {"--top", "1001"}, {"--order", "quantity"}, {"--by", "symbol", "--order", "x"},
            {"--by", "symbol", "--of", "symbol"}, {"--by", "symbol", "--of", "x"},
            {"--of", "quantity"}, {"--around", "1ms"}, {"--slowest", "0"}, {"--slowest", "3"},
            {"--slowest", "3", "--of", "symbol"}, {"--slowest", "3", "--of", "quantity", "--around", "soon"},
            {"--pair", "shop:order"}, {"--pair", "shop:order,shop:sold"}, {"--scale", "cubic", "--hist", "quantity"}}) {
            final String[] line = new String[wrong.length + 2];
            line[0] = "report";
            line[1] = trace;
            System.arraycopy(wrong, 0, line, 2, wrong.length);
            final MainTest.Result result = MainTest.runMain(line);
            assertThat(result.status()).as(String.join(" ", line)).isEqualTo(ExitStatus.USAGE);
            assertThat(result.text()).startsWith("sluice report: ").endsWith("; see 'sluice report --help'\n")
                .hasLineCount(1);
        }
        assertThat(MainTest.runMain("report", trace, "--by", "colour").text())
            .contains("no event that is selected has a field 'colour'; there are shop:order.quantity,"
                + " shop:order.symbol");
    }
}
