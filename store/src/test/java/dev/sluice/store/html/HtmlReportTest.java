// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.html;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StallInfo;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.question.Answers;
import dev.sluice.store.question.Questions;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

/** The page is well-formed, draws what there is, and shows text from outside as text, whatever it says. */
@OneJdk
class HtmlReportTest {
    private static final String HOSTILE =
        "</pre></title></svg><script>alert(\"1\")</script>&amp;<!--']]>\u001b\u202e\uffff";

    @TempDir
    private Path directory;

    private Answers answers(final String text, final Questions questions) {
        final Path trace = directory.resolve("trace");
        final TargetInfo target = new TargetInfo(TargetId.random(), 42, 4711, new UUID(1, 2), 1, 1_000_000_000L, 1,
            1000, text, "17");
        final EventSchema begin = new EventSchema(1, "p", "query_begin", List.of(
            new FieldSchema("text" + text, FieldType.STRING),
            new FieldSchema("color", FieldType.ENUM8, List.of("RED" + text, "GREEN"))));
        final EventSchema end = new EventSchema(2, "p", "query_end", List.of(
            new FieldSchema("took_ns", FieldType.INT64), new FieldSchema("ratio", FieldType.FLOAT64)));
        final EventSchema other = new EventSchema(3, "x" + text, "e" + text, List.of());
        try (TraceWriter writer = TraceWriter.create(trace, TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(begin, end, other));
            writer.clock(0, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
            writer.thread(0, new ThreadInfo(0, StreamClass.PLATFORM, 1, 1000, 20, "thread" + text, 0, 0, 0, 0));
            final PacketBuilder packets = new PacketBuilder(target.id(), 0);
            for (int i = 0; i < 200; i++) {
                if (i == 100) {
                    packets.append(writer, 0).skip(1, 40, 960).counts(7, 5);
                } else if (i == 110) {
                    packets.append(writer, 0);
                }
                packets.event(begin, i * 1_000_000L, 0, "value" + i % 3 + text, i % 2)
                    .event(end, i * 1_000_000L + 1_000 * (i + 1), 0, 1_000L * i, i / 10.0)
                    .event(other, i * 1_000_000L + 900_000, 0);
            }
            packets.append(writer, 0);
            writer.stall(0, new StallInfo(50_000_000, 70_000_000, TestTraces.BEGIN_NS, TestTraces.BEGIN_NS + 1,
                Map.of(0, 7L)));
            writer.loss(0, new LossInfo(0, LossCause.BUFFER_FULL, 35, 1));
            writer.end(0, new EndInfo(EndKind.DETACHED, true, TestTraces.BEGIN_NS, List.of(
                new RingAccount(StreamKey.ofRing(0), 640, 7, 5, 35, 3, 3, 0)), Map.of()));
        }
        return Answers.of(TraceReader.open(trace).events(), questions.overTime());
    }

    private static Document parsed(final String page) throws Exception {
        final DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
        factory.setFeature("http://xml.org/sax/features/external-general-entities", false);
        return factory.newDocumentBuilder().parse(new InputSource(new StringReader(page)));
    }

    private static double number(final Document page, final String expression) throws Exception {
        return (double) XPathFactory.newInstance().newXPath().evaluate(expression, page, XPathConstants.NUMBER);
    }

    @Test
    void shouldDrawRatesLossesStallsAndHistogramsWhenATraceHasThem() throws Exception {
        final Answers answers = answers("", Questions.NONE);
        final Document page = parsed(HtmlReport.of(answers));
        // All, and three kinds; every step with events has a bar.
        assertThat(number(page, "count(//svg[@class='rates'])")).isEqualTo(4);
        final int steps = answers.timeLine().steps();
        assertThat(steps).isBetween(128, 256);
        assertThat(number(page, "count((//svg[@class='rates'])[1]/rect[@class='rate'])")).isBetween(100.0, 256.0);
        for (int plot = 1; plot <= 4; plot++) {
            for (final String mark : List.of("lost", "overwritten", "discarded", "stall")) {
                assertThat(number(page, "count((//svg[@class='rates'])[" + plot + "]/rect[@class='" + mark + "'])"))
                    .as(mark).isEqualTo(1);
            }
        }
        assertThat(XPathFactory.newInstance().newXPath().evaluate("//rect[@class='lost']/title", page))
            .startsWith("35 events lost at +");
        // Around the place of the hundredth event of two hundred.
        assertThat(number(page, "number(//rect[@class='lost']/@x)")).isBetween(480.0, 520.0);
        assertThat(number(page, "number(//rect[@class='stall']/@x)")).isBetween(240.0, 260.0);
        // One for the pairs, and one for each field.
        assertThat(number(page, "count(//figure[@class='histogram'])")).isEqualTo(1 + 4);
        assertThat(number(page, "count(//figure[@class='histogram'][.//figcaption[contains(.,'color')]]"
            + "//rect[@class='bucket'])")).isEqualTo(2);
        assertThat(XPathFactory.newInstance().newXPath().evaluate("//p[@class='missing']", page))
            .isEqualTo("Not every event is in the trace: 35 lost, 5 overwritten, 7 discarded.");
        long drawn = 0;
        for (int step = 0; step < steps; step++) {
            drawn += answers.timeLine().all().count(step);
        }
        assertThat(drawn).isEqualTo(600).isEqualTo(answers.report().account().stored());
    }

    /** What the page says of a trace of two events. */
    private String said(final EndInfo end) throws Exception {
        final Path trace = directory.resolve("small" + System.nanoTime());
        final TargetInfo target = TestTraces.target();
        try (TraceWriter writer = TraceWriter.create(trace, TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(TestTraces.PAIR));
            writer.clock(0, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
            new PacketBuilder(target.id(), 0).event(TestTraces.PAIR, 1, 0, 1L, 2L).event(TestTraces.PAIR, 2, 0, 1L, 2L)
                .append(writer, 0);
            if (end != null) {
                writer.end(0, end);
            }
        }
        final Document page = parsed(HtmlReport.of(Answers.of(TraceReader.open(trace).events(),
            Questions.NONE.overTime())));
        return XPathFactory.newInstance().newXPath().evaluate("concat(//h1/following::p/@class, ': ',"
            + " //h1/following::p)", page);
    }

    private static EndInfo end(final boolean isKnown, final long written, final long discarded) {
        return new EndInfo(EndKind.DETACHED, isKnown, TestTraces.BEGIN_NS,
            List.of(new RingAccount(StreamKey.ofRing(0), written, discarded, 0, 0, 1, 1, 0)), Map.of());
    }

    @Test
    void shouldSayWhetherAnythingIsMissingAsTheReportDoes() throws Exception {
        assertThat(said(end(true, 2, 0))).isEqualTo("whole: Every event that was fired is in the trace: 2.");
        final String cut = "unknown: Every event up to the last packet is in the trace: 2; the end is unknown.";
        assertThat(said(null)).isEqualTo(cut);
        assertThat(said(end(false, 2, 0))).isEqualTo(cut);
        assertThat(said(end(false, 2, 3))).isEqualTo("missing: Not every event is in the trace: 0 lost, 0 overwritten,"
            + " 3 discarded; the end is unknown. 3 of them come before no selected event, and have no place below.");
        assertThat(said(end(true, 7, 0))).isEqualTo("missing: Not every event is in the trace: 0 lost, 0 overwritten,"
            + " 0 discarded; 5 not accounted for.");
    }

    @Test
    void shouldShowTextAsTextWhenItLooksLikeMarkup() throws Exception {
        final String html = HtmlReport.of(answers(HOSTILE,
            Questions.NONE.by("color").slowest(2, null, 1_000).histogramsOf("color")));
        final Document page = parsed(html);
        assertThat(number(page, "count(//script)")).isZero();
        assertThat(number(page, "count(//*[local-name()='script' or local-name()='img' or local-name()='iframe'])"))
            .isZero();
        assertThat(number(page, "count(//@*[starts-with(name(), 'on')])")).isZero();
        assertThat(html).doesNotContain("<script", "\u001b", "\u202e", "\uffff").contains("&lt;script&gt;",
            "default-src 'none'");
        // Nothing is loaded: no address, but the name of the markup itself.
        assertThat(html.replace("xmlns=\"http://www.w3.org/1999/xhtml\"", "")).doesNotContain("http:", "https:", "url(",
            "@import", "src=");
        assertThat(page.getDocumentElement().getTextContent()).contains("alert(\"1\")", "\\u202e");
    }

    @Test
    void shouldBeAPageWhenNothingIsSelected() throws Exception {
        answers("", Questions.NONE);
        final Document page = parsed(HtmlReport.of(Answers.of(TraceReader.open(directory.resolve("trace")).events()
            .where("took_ns < 0"), Questions.NONE.overTime())));
        assertThat(page.getDocumentElement().getTextContent()).contains("No event is selected.");
    }

    @Test
    void shouldReplaceAFileAndNothingElseWhenItIsWritten() throws Exception {
        final Answers answers = answers("", Questions.NONE);
        final Path file = Files.writeString(directory.resolve("page.html"), "old");
        HtmlReport.write(answers, file);
        assertThat(Files.readString(file)).isEqualTo(HtmlReport.of(answers));
        final Path link = Files.createSymbolicLink(directory.resolve("link.html"), file);
        assertThatThrownBy(() -> HtmlReport.write(answers, link)).isInstanceOf(IOException.class)
            .hasMessageContaining("is there and is no ordinary file");
        assertThatThrownBy(() -> HtmlReport.write(answers, directory)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> HtmlReport.write(answers, directory.resolve("none/page.html")))
            .isInstanceOf(IOException.class).hasMessage("there is no directory " + directory.resolve("none"));
        assertThat(directory.resolve("page.html.part")).doesNotExist();
    }
}
