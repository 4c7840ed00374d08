// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.query.SelectionException;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.OneJdk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trace of two processes: whose events are whose, and what is missing of which. */
@OneJdk
class SeveralProcessesTest {
    private static final int ORDERS = 4700;
    private static final int CARTS = 4800;

    @TempDir
    private Path directory;

    private TraceReader reader;

    /** Ten events of the one, at even nanoseconds; five of the other, at odd ones, of which two are missing. */
    @BeforeEach
    void write() {
        final Path trace = directory.resolve("trace");
        try (TraceWriter writer = TraceWriter.create(trace, TestTraces.INFO)) {
            final TargetInfo orders = target(ORDERS, "/usr/bin/java -Xmx1g -cp a.jar:b.jar shop.Orders 3");
            final TargetInfo carts = target(CARTS, "/usr/bin/java -jar /opt/carts.jar");
            begin(writer, orders, 0);
            begin(writer, carts, 1);
            final PacketBuilder ofOrders = new PacketBuilder(orders.id(), 0);
            for (int i = 0; i < 10; i++) {
                ofOrders.event(TestTraces.PAIR, 1000 + 2L * i, 0, (long) i, 0L);
            }
            ofOrders.append(writer, 0);
            final PacketBuilder ofCarts = new PacketBuilder(carts.id(), 0);
            ofCarts.event(TestTraces.PAIR, 1001, 0, 0L, 1L).event(TestTraces.PAIR, 1003, 0, 1L, 1L).append(writer, 1);
            ofCarts.begin().skip(1, 2, 64).event(TestTraces.PAIR, 1011, 0, 4L, 1L).append(writer, 1);
            writer.loss(1, new LossInfo(0, LossCause.BUFFER_FULL, 2, 1));
            end(writer, 0, EndKind.DETACHED, 10, 0);
            end(writer, 1, EndKind.TARGET_EXITED, 5, 2);
        }
        reader = TraceReader.open(trace);
    }

    private static TargetInfo target(final int pid, final String commandLine) {
        return new TargetInfo(TargetId.random(), pid, 4711, new UUID(1, 2), 1, 1_000_000_000L, 1, 1000, commandLine,
            "17");
    }

    private static void begin(final TraceWriter writer, final TargetInfo target, final int index) {
        assertThat(writer.addTarget(target)).isEqualTo(index);
        writer.schema(index, TestTraces.log(TestTraces.PAIR));
        writer.clock(index, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
        writer.thread(index, new ThreadInfo(0, StreamClass.PLATFORM, 1, 1000, 20, "main", 0, 0, 0, 0));
    }

    private static void end(final TraceWriter writer, final int index, final EndKind kind, final long written,
        final long lost) {
        writer.end(index, new EndInfo(kind, true, TestTraces.BEGIN_NS + 5000,
            List.of(new RingAccount(StreamKey.ofRing(0), written, 0, 0, lost, 1, 1, 0)), Map.of()));
    }

    private static String printed(final TraceEvents events, final boolean json) throws IOException {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        new TracePrinter(out, json).print(events);
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void shouldNameTheProcessOfEachEventWhenThereAreSeveral() throws IOException {
        final List<String> lines = printed(reader.events(), false).lines().toList();
        assertThat(lines).hasSize(14);
        assertThat(lines.get(0)).endsWith(" bench:pair [main 1000 of 4700] a=0 b=0");
        assertThat(lines.get(1)).endsWith(" bench:pair [main 1000 of 4800] a=0 b=1");
        assertThat(lines).anyMatch(line -> line.endsWith("-- 2 events missing: 2 lost [main 1000 of 4800]"));
        assertThat(printed(reader.events(), true)).contains("\"pid\":4700,\"tid\":1000").contains("\"pid\":4800");
    }

    @Test
    void shouldReadTheSelectedProcessAloneWhenItIsNamed() throws IOException {
        for (final String orders : List.of("4700", "shop.Orders", "Orders", "Ord*")) {
            assertThat(reader.events().ofProcesses(orders).count()).as(orders).isEqualTo(10);
        }
        for (final String carts : List.of("4800", "carts.jar", "/opt/carts.jar")) {
            assertThat(reader.events().ofProcesses(carts).count()).as(carts).isEqualTo(3);
            assertThat(printed(reader.events().ofProcesses(carts), false).lines()).hasSize(4)
                .allMatch(line -> line.contains("[main 1000 of 4800]"));
        }
        assertThat(reader.events().ofProcesses("4700", "4800").count()).isEqualTo(13);
        assertThat(reader.events().ofProcesses("4700").from("+11ns").count()).as("since the trace's first event")
            .isEqualTo(4);
        final TraceReport report = TraceReport.of(reader.events().ofProcesses("carts*"));
        assertThat(report.account().stored()).as("the account is the whole trace's").isEqualTo(13);
    }

    @Test
    void shouldSayWhichThereAreWhenNoProcessHasTheName() {
        final TraceEvents nobody = reader.events().ofProcesses("4701");
        assertThatThrownBy(nobody::cursor).isInstanceOf(SelectionException.class)
            .hasMessage("no process of the trace fits '4701'; there are 4700 (shop.Orders), 4800 (carts.jar)");
    }

    @Test
    void shouldAccountForEachProcessByItself() {
        final TraceReport report = TraceReport.of(reader);
        assertThat(report.account().fired()).isEqualTo(15);
        assertThat(report.account(reader.targets().get(0)).fired()).isEqualTo(10);
        assertThat(report.account(reader.targets().get(0)).isWhole()).isTrue();
        assertThat(report.account(reader.targets().get(1)).lostTotal()).isEqualTo(2);
        assertThat(report.toText().replaceAll(" +", " ")).contains("\n0 4700 10 10 0 0 0 0 known\n")
            .contains("\n1 4800 5 3 0 0 2 0 known\n");
        final JsonNode targets = report.toJson().get("targets");
        assertThat(targets).hasSize(2);
        assertThat(targets.get(1).get("pid").asInt()).isEqualTo(CARTS);
        assertThat(targets.get(1).get("fired").asLong()).isEqualTo(5);
        assertThat(targets.get(1).get("stored").asLong()).isEqualTo(3);
        assertThat(targets.get(1).get("lost").get("buffer_full").asLong()).isEqualTo(2);
        assertThat(targets.get(1).get("consistent").asBoolean()).isTrue();
        assertThat(targets.get(0).get("command").asText()).contains("shop.Orders");
    }
}
