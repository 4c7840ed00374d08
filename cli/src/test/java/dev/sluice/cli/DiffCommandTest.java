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
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.OneJdk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What diff prints. That it is right is for the tests of the store. */
@OneJdk
class DiffCommandTest {
    private static final Path PAGE = Path.of(System.getProperty("sluice.root"), "docs/diff.md");
    private static final EventSchema BEGIN =
        new EventSchema(1, "shop", "order_begin", List.of(new FieldSchema("items", FieldType.INT32)));
    private static final EventSchema END =
        new EventSchema(2, "shop", "order_end", List.of(new FieldSchema("price", FieldType.FLOAT64)));
    private static final EventSchema REFUND = new EventSchema(3, "shop", "refund", List.of());
    private static final EventSchema COUPON =
        new EventSchema(3, "shop", "coupon", List.of(new FieldSchema("id", FieldType.UINT64)));
    private static final int ORDERS = 4_000;

    @TempDir
    private Path directory;

    /** Orders at every millisecond or so, which take some time; and some other events, of another thread. */
    private String trace(final String name, final double slower, final EventSchema other, final int refused) {
        final Random random = new Random(name.hashCode());
        final Path trace = directory.resolve(name);
        final TargetInfo target = TestTraces.target();
        try (TraceWriter writer = TraceWriter.create(trace, TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(BEGIN, END, other));
            writer.clock(0, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
            writer.thread(0, thread(0, "http-0"));
            writer.thread(0, thread(1, other.tracepoint() + "-1"));
            final PacketBuilder packets = new PacketBuilder(target.id(), 0);
            long ns = 0;
            for (int i = 0; i < ORDERS; i++) {
                ns += (long) (-Math.log(1 - random.nextDouble()) * 500_000) + 1;
                packets.event(BEGIN, ns, 0, (long) random.nextInt(10) + 1);
                ns += (long) (slower * 400_000 * Math.exp(random.nextGaussian() / 5));
                packets.event(END, ns, 0, 50 + 10 * random.nextGaussian());
                if (packets.count() >= 500) {
                    packets.append(writer, 0);
                }
            }
            packets.append(writer, 0);
            final PacketBuilder others = new PacketBuilder(target.id(), 1);
            IntStream.range(0, 3).forEach(i -> others.event(other, 1_000 + i, 0,
                other.fields().stream().map(field -> (Object) 7L).toArray()));
            others.append(writer, 0);
            writer.end(0, new EndInfo(EndKind.DETACHED, true, TestTraces.BEGIN_NS, List.of(
                new RingAccount(StreamKey.ofRing(0), 2 * ORDERS, refused, 0, 0, 17, 17, 0),
                new RingAccount(StreamKey.ofRing(1), 3, 0, 0, 0, 1, 1, 0)), Map.of()));
        }
        return trace.toString();
    }

    private static ThreadInfo thread(final int ring, final String name) {
        return new ThreadInfo(ring, StreamClass.PLATFORM, 1, 1000 + ring, 20L + ring, name, 0, 0, 0, 0);
    }

    /** The page has what the command prints, line by line, whatever the JDK. */
    @Test
    void shouldPrintWhatThePageShowsWhenTracesDiffer() throws Exception {
        final String before = trace("before.trace", 1, REFUND, 0);
        final String after = trace("after.trace", 1.1, COUPON, 0);
        final MainTest.Result result = MainTest.runMain("diff", before, after);
        assertThat(result.status()).as(result.text()).isEqualTo(ExitStatus.OK);
        final String shown = result.text().replace(directory + "/", "");
        assertThat(Files.readString(PAGE)).as("docs/diff.md does not have this:%n%s", shown).contains(shown);
        assertThat(shown.lines()).allMatch(line -> line.length() <= 120);
        assertThat(MainTest.runMain("diff", before, after)).isEqualTo(result);
        assertThat(MainTest.runMain("diff", before, after, "--seed", "2", "--resamples", "1000").text())
            .contains("1,000 resamples, seed 2").isNotEqualTo(result.text());
    }

    @Test
    void shouldHaveTheDocumentedKeysWhenItIsJson() throws Exception {
        final String before = trace("before.trace", 1, REFUND, 0);
        final String after = trace("after.trace", 1.1, COUPON, 5);
        final MainTest.Result result = MainTest.runMain("diff", "--json", before, after, "-e", "shop:order_*", "--from",
            "+100ms", "--thread", "http-*", "--where", "items > 5 || price > 0", "--pair",
            "shop:order_begin,shop:order_end");
        assertThat(result.status()).as(result.text()).isEqualTo(ExitStatus.INCOMPLETE);
        final JsonNode json = new ObjectMapper().readTree(result.text());
        assertThat(json.get("version").asInt()).isEqualTo(1);
        assertThat(json.get("a").get("whole").asBoolean()).isTrue();
        assertThat(json.get("b").get("whole").asBoolean()).isFalse();
        assertThat(json.get("pairs").get(0).get("p50").get("change_low").asDouble()).isLessThan(1);
        final String page = Files.readString(PAGE);
        json.fieldNames().forEachRemaining(key -> assertThat(page).contains('`' + key + '`'));
        json.get("events").get(0).get("rate").fieldNames()
            .forEachRemaining(key -> assertThat(page).contains('`' + key + '`'));
        json.get("events").get(0).fieldNames().forEachRemaining(key -> assertThat(page).contains('`' + key + '`'));
    }

    @Test
    void shouldRefuseWhatCannotBeComparedWhenOptionsAreWrong() {
        final String trace = trace("t", 1, REFUND, 0);
        for (final String[] wrong : new String[][] {{trace}, {trace, trace, "--resamples", "10"},
            {trace, trace, "-e", "no:such"}, {trace, trace, "--pair", "x:y"}, {trace, trace, "--pair", "x:y,x:z"},
            {trace, trace, "--seed", "x"}, {trace, trace, trace}}) {
            final String[] line = new String[wrong.length + 1];
            line[0] = "diff";
            System.arraycopy(wrong, 0, line, 1, wrong.length);
            final MainTest.Result result = MainTest.runMain(line);
            assertThat(result.status()).as(String.join(" ", line)).isEqualTo(ExitStatus.USAGE);
            assertThat(result.text()).startsWith("sluice diff: ").endsWith("; see 'sluice diff --help'\n")
                .hasLineCount(1);
        }
        final MainTest.Result missing = MainTest.runMain("diff", trace, directory.resolve("none").toString());
        assertThat(missing).isEqualTo(new MainTest.Result(ExitStatus.FAILED,
            "sluice diff: no such directory: " + directory.resolve("none")
                + "; give the directory of a recording\n"));
        assertThat(MainTest.runMain("diff", trace, directory.toString()).text())
            .startsWith("sluice diff: no trace: directory=");
    }
}
