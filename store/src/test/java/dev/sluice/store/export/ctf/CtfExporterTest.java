// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export.ctf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.event.NullValue;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.RandomEvents;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.query.Selection;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.MissingEvents;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TracePrinter;
import dev.sluice.store.report.TraceReport;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Our export, read by the real babeltrace2: no complaint on standard error, and the same events as ours. */
@OneJdk
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class CtfExporterTest {
    private static final EventSchema ODD_NAMES = new EventSchema(3, "odd", "names", List.of(
        new FieldSchema("event", FieldType.UINT8), new FieldSchema("a-b", FieldType.UINT8),
        new FieldSchema("a_b", FieldType.UINT8), new FieldSchema("_x", FieldType.UINT8),
        new FieldSchema("x", FieldType.UINT8), new FieldSchema("stream", FieldType.STRING),
        new FieldSchema("_stream_length", FieldType.UINT8), new FieldSchema("y", FieldType.BYTES),
        new FieldSchema("y_length", FieldType.UINT8)));
    private static final EventSchema EMPTY = new EventSchema(2, "odd", "empty", List.of());

    @TempDir
    Path temp;

    private final TargetInfo target = TestTraces.target();
    private String warnings = "";
    private int exports;
    /** Lines as they were, with the packet's context. */
    private final List<String> contexts = new ArrayList<>();

    @BeforeAll
    static void needBabeltrace() {
        Assumptions.assumeTrue(IntStream.of(0).allMatch(i -> {
            try {
                return new ProcessBuilder("babeltrace2", "--version").redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start().waitFor() == 0;
            } catch (final IOException | InterruptedException e) {
                return false;
            }
        }), "babeltrace2 is not installed");
    }

    private TraceReader trace(final EventSchema[] schemas, final Consumer<TraceWriter> body) {
        try (TraceWriter writer = TraceWriter.create(temp.resolve("trace"), TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(schemas));
            writer.clock(0, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
            body.accept(writer);
        }
        return TraceReader.open(temp.resolve("trace"));
    }

    /** Exports, and returns the lines that babeltrace2 prints, without packet contexts. */
    private List<String> babeltrace(final TraceReader reader, final String... options) throws Exception {
        final Path out = temp.resolve("ctf");
        assertThat(new CtfExporter(reader).export(out)).isNotEmpty();
        return read(out, options);
    }

    /** The same for selected events. */
    private List<String> babeltrace(final TraceEvents events) throws Exception {
        final Path out = temp.resolve("ctf-" + exports++);
        final CtfExporter exporter = new CtfExporter(events.reader());
        assertThat(exporter.export(events, out, bytes -> { })).isNotEmpty();
        final List<String> lines = read(out);
        assertThat(exporter.exported()).isEqualTo(lines.size());
        return lines;
    }

    private List<String> read(final Path out, final String... options) throws Exception {
        final List<String> command = new ArrayList<>(List.of("babeltrace2", "--no-delta", "--clock-gmt",
            "--clock-date"));
        command.addAll(List.of(options));
        command.add(out.toString());
        final ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("LC_ALL", "C.UTF-8");
        final Path stdout = temp.resolve("stdout");
        final Path stderr = temp.resolve("stderr");
        final Process process = builder.redirectOutput(stdout.toFile()).redirectError(stderr.toFile()).start();
        assertThat(process.waitFor(180, TimeUnit.SECONDS)).isTrue();
        warnings = Files.readString(stderr);
        assertThat(process.exitValue()).as(warnings).isZero();
        return Files.readString(stdout, StandardCharsets.UTF_8).lines()
            .peek(contexts::add)
            .map(line -> line.replaceFirst("\\{ begin_position = [^}]*\\}, ", ""))
            // Babeltrace 2.0.4 prints an older text of the same field where the length is 0.
            .map(line -> line.replaceAll("(_(\\w+)_length = 0, \\2 = )\"(?:[^\"\\\\]|\\\\.)*\"", "$1\"\"")).toList();
    }

    private static List<String> ours(final TraceReader reader) {
        return ours(reader.events());
    }

    private static List<String> ours(final TraceEvents events) {
        final List<String> lines = new ArrayList<>();
        final EventCursor cursor = events.cursor();
        while (cursor.next()) {
            lines.add(line(cursor.event()));
        }
        return lines;
    }

    /** An event as babeltrace2 prints it. */
    private static String line(final EventView event) {
        final StringBuilder text = new StringBuilder("[");
        final Instant time = Instant.ofEpochSecond(0, event.wallTimeNs());
        text.append(DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSSSSS")
            .withZone(ZoneOffset.UTC).format(time));
        text.append("] (42) ").append(event.schema().name()).append(": ");
        if (event.streamClass() == StreamClass.CARRIER) {
            text.append("{ virtual_thread_id = ").append(event.virtualThreadId()).append(" }, ");
        }
        text.append("{ ");
        for (int i = 0; i < event.fieldCount(); i++) {
            final String name = event.schema().fields().get(i).name();
            if (event.type(i).isVariable()) {
                text.append('_').append(name).append("_length = ").append(event.getLength(i)).append(", ");
            }
            text.append(name).append(" = ").append(value(event, i)).append(i + 1 < event.fieldCount() ? ", " : " ");
        }
        return text.append('}').toString();
    }

    private static String value(final EventView event, final int field) {
        return switch (event.type(field)) {
            case UINT64 -> Long.toUnsignedString(event.getLong(field));
            case FLOAT32, FLOAT64 -> Double.toString(event.getDouble(field)).replaceFirst("\\.0$", "");
            case ENUM8, ENUM16 ->
                "( \"" + event.getString(field) + "\" : container = " + event.getLong(field) + " )";
            case STRING -> '"' + event.getString(field).replace("\\", "\\\\").replace("\"", "\\\"")
                .replace("\n", "\\n").replace("\t", "\\t") + '"';
            case BYTES -> {
                final byte[] bytes = event.getBytes(field);
                yield bytes.length == 0 ? "[ ]" : IntStream.range(0, bytes.length)
                    .mapToObj(i -> "[" + i + "] = " + (bytes[i] & 0xFF))
                    .collect(Collectors.joining(", ", "[ ", " ]"));
            }
            default -> Long.toString(event.getLong(field));
        };
    }

    @Test
    void shouldReadTheSameInBabeltraceWhenSchemasAndRingsAreRandom() throws Exception {
        final RandomEvents random = new RandomEvents(Seed.draw("CtfExporterTest"));
        final Random numbers = random.random();
        final EventSchema[] schemas = random.schemas(50).toArray(EventSchema[]::new);
        final TraceReader reader = trace(schemas, writer -> {
            // Those of eight threads, eight carriers and eight trap streams.
            final PacketBuilder[] rings = new PacketBuilder[24];
            for (int i = 0; i < rings.length; i++) {
                rings[i] = new PacketBuilder(target.id(), i, StreamClass.ofCode(i % 3));
            }
            // Passes 48 bits within a packet and between packets.
            long ticks = (5L << 48) - 500_000;
            for (int i = 0; i < 5000; i++) {
                ticks += 1 + numbers.nextInt(400);
                final PacketBuilder ring = rings[numbers.nextInt(rings.length)];
                final EventSchema schema = schemas[numbers.nextInt(schemas.length)];
                ring.event(schema, ticks, numbers.nextInt(3) * 70, exact(random.values(schema)));
                if (numbers.nextInt(25) == 0) {
                    ring.append(writer, 0);
                    if (numbers.nextInt(10) == 0) {
                        ring.append(writer, 0);
                    }
                }
            }
            for (final PacketBuilder ring : rings) {
                ring.append(writer, 0);
            }
        });
        final List<String> lines = babeltrace(reader);
        assertThat(warnings).isEmpty();
        final List<String> ours = ours(reader);
        for (int i = 0; i < Math.min(lines.size(), ours.size()); i++) {
            assertThat(lines.get(i)).isEqualTo(ours.get(i));
        }
        assertThat(lines).hasSize(5000).hasSameSizeAs(ours);
        final Selection all = Selection.ALL;
        final String name = schemas[numbers.nextInt(schemas.length)].name();
        int some = 0;
        for (final Selection selection : List.of(all.events(name), all.from("+0.3ms").to("+0.8ms"), all.first(77),
            all.threads("100*"), all.events(name).from("+0.2ms").first(20), all.events(name, schemas[0].name()),
            all.from("+1h"))) {
            final List<String> selected = ours(reader.events().select(selection));
            assertThat(babeltrace(reader.events().select(selection))).as("seed %s: %s", random, selection)
                .isEqualTo(selected);
            assertThat(warnings).as("seed %s: %s", random, selection).isEmpty();
            some += selected.isEmpty() || selected.size() == lines.size() ? 0 : 1;
        }
        assertThat(some).isGreaterThanOrEqualTo(4);
    }

    @Test
    void shouldReportWhatIsMissingAmongSelectedEventsWhenSomeWereDiscardedOrLost() throws Exception {
        final TraceReader reader = trace(new EventSchema[] {TestTraces.PAIR, EMPTY}, writer -> {
            final PacketBuilder ring = new PacketBuilder(target.id(), 0);
            ring.event(EMPTY, 5, 0).event(TestTraces.PAIR, 10, 0, 1L, 1L).counts(3, 0).append(writer, 0);
            ring.event(TestTraces.PAIR, 12, 0, 1L, 1L).counts(7, 0).append(writer, 0);
            ring.event(EMPTY, 20, 0).counts(7, 0).append(writer, 0);
            writer.end(0, new EndInfo(EndKind.DETACHED, true, 1, List.of(
                new RingAccount(StreamKey.ofRing(0), 4, 9, 0, 0, 3, 3, 0),
                new RingAccount(StreamKey.ofRing(8), 0, 5, 0, 0, 0, 0, 0)), Map.of()));
        });
        final TraceEvents events = reader.events().select(Selection.ALL.events("odd:empty"));
        final List<MissingEvents> missing = new ArrayList<>();
        final EventCursor cursor = events.cursor();
        while (cursor.next()) {
            missing.add(cursor.event().missingBefore());
        }
        missing.addAll(cursor.missingAtEnd());
        missing.removeIf(Objects::isNull);
        assertThat(missing.stream().mapToLong(MissingEvents::total).sum()).isEqualTo(14);
        assertThat(babeltrace(events)).isEqualTo(ours(events)).hasSize(2);
        // At the same places as in print.
        assertThat(warnings.lines().filter(line -> !line.isBlank())
            .map(line -> line.replaceFirst("WARNING: Tracer discarded (\\d+ \\w+) between .*/(.*)\" \\(.*", "$1 $2")))
            .containsExactlyInAnyOrderElementsOf(missing.stream()
                .map(one -> one.total() + " events ring-" + one.stream().number() + "-class-0").toList());
    }

    /** Babeltrace prints six digits: only such numbers can be compared. */
    private static Object[] exact(final Object[] values) {
        return Arrays.stream(values).map(value -> value instanceof Double number
            ? (Object) (Math.floor(number % 1000 * 4) / 4 + 0.25) : value).toArray();
    }

    /** Issue 9: null is a value in every reader, babeltrace2 among them. */
    @Test
    void shouldShowNullInEveryReaderWhenValuesAreNull() throws Exception {
        final EventSchema schema = new EventSchema(7, "n", "ull", List.of(
            new FieldSchema("s", FieldType.ENUM8, List.of("A", "B")),
            new FieldSchema("l", FieldType.ENUM16, IntStream.range(0, 256).mapToObj(i -> "L" + i).toList()),
            new FieldSchema("t", FieldType.STRING), new FieldSchema("b", FieldType.BYTES),
            new FieldSchema("i", FieldType.INT64)));
        final TraceReader reader = trace(new EventSchema[] {schema}, writer -> new PacketBuilder(target.id(), 0)
            .event(schema, 5, 0, 255L, 65_535L, NullValue.TEXT, NullValue.bytes(), 1L)
            .event(schema, 6, 0, 1L, 2L, "null", new byte[0], -1L).append(writer, 0));
        final EventCursor cursor = reader.events().cursor();
        assertThat(cursor.next()).isTrue();
        for (int i = 0; i < 4; i++) {
            assertThat(cursor.event().isNull(i)).as("field " + i).isTrue();
        }
        assertThat(cursor.event().isNull(4)).isFalse();
        assertThat(cursor.event().getString(0)).isNull();
        assertThat(cursor.event().getString(2)).isNull();
        assertThat(cursor.event().getBytes(3)).isNull();
        final ByteArrayOutputStream text = new ByteArrayOutputStream();
        new TracePrinter(text, false).print(reader);
        assertThat(text.toString(StandardCharsets.UTF_8)).contains(" s=null l=null t=null b=null i=1\n")
            .contains(" s=B l=L2 t=\"null\" b=0x i=-1\n");
        final ByteArrayOutputStream json = new ByteArrayOutputStream();
        new TracePrinter(json, true).print(reader);
        assertThat(json.toString(StandardCharsets.UTF_8))
            .contains("{\"s\":null,\"l\":null,\"t\":null,\"b\":null,\"i\":1}");
        TraceReport.of(reader).events().get(0).fields().subList(0, 4).forEach(field -> {
            assertThat(field.count()).as(field.field().name()).isEqualTo(1);
            assertThat(field.nullCount()).isEqualTo(1);
        });
        final List<String> lines = babeltrace(reader);
        assertThat(warnings).isEmpty();
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0)).contains("s = ( \"null\" : container = 255 ), l = ( \"null\" : container = 65535 )")
            .contains("t = \"\u2400\"").endsWith("i = 1 }");
        assertThat(lines.get(1)).contains("t = \"null\"").endsWith("i = -1 }");
    }

    @Test
    void shouldKeepNamesApartWhenTheyAreKeywordsOrNotAllowed() throws Exception {
        final TraceReader reader = trace(new EventSchema[] {ODD_NAMES, EMPTY}, writer ->
            new PacketBuilder(target.id(), 0).event(ODD_NAMES, 5, 0, 1L, 2L, 3L, 4L, 5L, "", 6L, new byte[0], 7L)
                .event(EMPTY, 6, 0).append(writer, 0));
        final List<String> lines = babeltrace(reader);
        assertThat(warnings).isEmpty();
        assertThat(lines).containsExactly("[2026-01-02 03:04:05.000000005] (42) odd:names: { event = 1, a_b = 2,"
            + " a_b_2 = 3, _x = 4, x_2 = 5, _stream_length_2 = 0, stream = \"\", _stream_length = 6,"
            + " _y_length_2 = 0, y = [ ], y_length = 7 }",
            "[2026-01-02 03:04:05.000000006] (42) odd:empty: { }");
    }

    @Test
    void shouldReportEveryMissingEventWhenSomeWereDiscardedOrLost() throws Exception {
        final TraceReader reader = trace(new EventSchema[] {TestTraces.PAIR}, writer -> {
            writer.thread(0, new ThreadInfo(0, StreamClass.PLATFORM, 5, 1000, 20, "w", 0, 0, 100, 0));
            final PacketBuilder ring = new PacketBuilder(target.id(), 0);
            ring.counts(103, 0).event(TestTraces.PAIR, 10, 0, 1L, 1L).append(writer, 0);
            ring.skip(2, 40, 960).counts(104, 5).event(TestTraces.PAIR, 20, 0, 1L, 1L).append(writer, 0);
            ring.reuse(1001, 21).event(TestTraces.PAIR, 30, 0, 1L, 1L).append(writer, 0);
            writer.loss(0, new LossInfo(0, LossCause.BUFFER_FULL, 35, 2));
            writer.end(0, new EndInfo(EndKind.DETACHED, true, 1, List.of(
                new RingAccount(StreamKey.ofRing(0), 43, 11, 5, 35, 5, 5, 0),
                new RingAccount(StreamKey.ofRing(8), 0, 9, 0, 0, 0, 0, 0)), Map.of()));
        });
        assertThat(babeltrace(reader)).hasSize(3).isEqualTo(ours(reader));
        assertThat(warnings.lines().filter(line -> !line.isBlank())
            .map(line -> line.replaceFirst("WARNING: Tracer discarded (\\d+ \\w+) between .*/(.*)\" \\(.*", "$1 $2")))
            .containsExactlyInAnyOrder("3 events ring-0-class-0", "41 events ring-0-class-0",
                "7 events ring-0-class-0", "9 events ring-8-class-0", "2 packets ring-0-class-0");
    }

    @Test
    void shouldNameTheThreadWhenItWasNoted() throws Exception {
        final TraceReader reader = trace(new EventSchema[] {TestTraces.PAIR}, writer -> {
            writer.thread(0, new ThreadInfo(0, StreamClass.PLATFORM, 1, 1000, 20, "wörker \"1\" of 漢字"));
            writer.thread(0, new ThreadInfo(0, StreamClass.PLATFORM, 2, 1001, 21, "1234567"));
            writer.thread(0, new ThreadInfo(0, StreamClass.PLATFORM, 2, 1001, 21, "renamed\0later"));
            final PacketBuilder ring = new PacketBuilder(target.id(), 0);
            ring.event(TestTraces.PAIR, 10, 0, 1L, 1L).append(writer, 0);
            ring.reuse(1001, 21).event(TestTraces.PAIR, 20, 0, 2L, 1L).append(writer, 0);
            ring.reuse(1002, 22).event(TestTraces.PAIR, 30, 0, 3L, 1L).append(writer, 0);
        });
        assertThat(babeltrace(reader)).isEqualTo(ours(reader));
        assertThat(warnings).isEmpty();
        assertThat(contexts).extracting(line -> line.replaceFirst(".*thread_name = (.*) \\}, \\{ a.*", "$1"))
            .containsExactly("\"wörker \\\"1\\\" of 漢字\"", "\"renamed later\"", "\"\"");
    }

    @Test
    void shouldMakeOneTracePerTargetWhenThereAreSeveral() throws Exception {
        final TargetInfo other = TestTraces.target(2_000_000_000L);
        final TraceReader reader = trace(new EventSchema[] {TestTraces.PAIR}, writer -> {
            writer.addTarget(other);
            writer.schema(1, TestTraces.log(TestTraces.PAIR));
            writer.clock(1, new ClockTriple(1L << 40, 100, TestTraces.BEGIN_NS + 100));
            new PacketBuilder(target.id(), 0).event(TestTraces.PAIR, 300, 0, 1L, 2L).append(writer, 0);
            new PacketBuilder(other.id(), 0).event(TestTraces.PAIR, (1L << 40) + 300, 0, 3L, 4L)
                .append(writer, 1);
        });
        final List<String> lines = babeltrace(reader);
        assertThat(warnings).isEmpty();
        assertThat(lines).hasSize(2).isEqualTo(ours(reader));
        assertThat(temp.resolve("ctf/target-1/metadata")).exists();
    }

    @Test
    void shouldKeepFrequencyAndOrderWhenTheWallClockWasSet() throws Exception {
        final long second = 1_000_000_000L;
        final TraceReader reader = trace(new EventSchema[] {TestTraces.PAIR}, writer -> {
            writer.clock(0, new ClockTriple(4 * second, 4 * second, TestTraces.BEGIN_NS + 4 * second));
            writer.clock(0, new ClockTriple(5 * second, 5 * second, TestTraces.BEGIN_NS - 3595 * second));
            writer.clock(0, new ClockTriple(9 * second, 9 * second, TestTraces.BEGIN_NS - 3591 * second));
            final PacketBuilder ring = new PacketBuilder(target.id(), 0);
            for (int i = 1; i < 10; i++) {
                ring.event(TestTraces.PAIR, i * second, 0, (long) i, 0L);
            }
            ring.append(writer, 0);
        });
        final List<String> lines = babeltrace(reader);
        assertThat(warnings).isEmpty();
        // As the wall clock would have gone on from the first event; print has the step at its place.
        assertThat(lines).extracting(line -> line.substring(12, 30)).containsExactly("03:04:06.000000000",
            "03:04:07.000000000", "03:04:08.000000000", "03:04:09.000000000", "03:04:10.000000000",
            "03:04:11.000000000", "03:04:12.000000000", "03:04:13.000000000", "03:04:14.000000000");
        assertThat(Files.readString(temp.resolve("ctf/metadata"))).contains("freq = 1000000000;", "precision = 0;",
            "clock_step_0 = \"2026-01-02T03:04:10.000000000Z: the wall clock was set from"
                + " 2026-01-02T03:04:10.000000000Z to 2026-01-02T02:04:10.000000000Z, by -3600000000000 ns\";");
    }

    @Test
    void shouldReadAsEmptyWhenNothingWasRecorded() throws Exception {
        final TraceReader reader = trace(new EventSchema[] {TestTraces.PAIR}, writer -> { });
        assertThat(babeltrace(reader)).isEmpty();
        assertThat(warnings).isEmpty();
    }

    @Test
    void shouldLeaveNothingInTheDirectoryWhenItIsEnded() throws Exception {
        final TraceReader reader = trace(new EventSchema[] {TestTraces.PAIR}, writer -> {
            for (int ring = 0; ring < 3; ring++) {
                new PacketBuilder(target.id(), ring).event(TestTraces.PAIR, 300, 0, 1L, 2L).append(writer, 0);
            }
        });
        final Path there = temp.resolve("there");
        Files.createDirectory(there);
        for (final Path out : List.of(temp.resolve("ended"), there)) {
            assertThatThrownBy(() -> new CtfExporter(reader).export(reader.events(), out, bytes -> {
                if (bytes > 0) {
                    throw new IllegalStateException("enough after " + bytes);
                }
            })).isInstanceOf(IllegalStateException.class).hasMessageContaining("enough after ");
        }
        assertThat(temp.resolve("ended")).doesNotExist();
        assertThat(there).isEmptyDirectory();
    }

    @Test
    void shouldRefuseDirectoryWhenItIsNotEmpty() throws Exception {
        final TraceReader reader = trace(new EventSchema[] {TestTraces.PAIR}, writer -> { });
        assertThatThrownBy(() -> new CtfExporter(reader).export(temp)).isInstanceOf(TraceStoreException.class)
            .hasMessageContaining("not empty");
    }

    @Test
    void shouldLeaveTheExportToItsOwnerWhenTheTraceIsSecret() throws Exception {
        final TraceReader reader = trace(new EventSchema[] {TestTraces.PAIR}, writer ->
            new PacketBuilder(target.id(), 0).event(TestTraces.PAIR, 300, 0, 1L, 2L).append(writer, 0));
        final Path made = new CtfExporter(reader).export(temp.resolve("above/export")).get(0);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made))).isEqualTo("rwx------");
        try (Stream<Path> files = Files.list(made)) {
            assertThat(files.toList()).hasSize(2).allSatisfy(file ->
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------"));
        }
    }

    @Test
    void shouldRefuseDirectoryWhenOthersCouldPutALinkInItsPlace() throws Exception {
        final TraceReader reader = trace(new EventSchema[] {TestTraces.PAIR}, writer -> { });
        final Path open = Files.createDirectory(temp.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        final Path link = Files.createSymbolicLink(temp.resolve("link"), Files.createDirectory(temp.resolve("empty")));
        for (final Path directory : List.of(open, link)) {
            assertThatThrownBy(() -> new CtfExporter(reader).export(directory)).isInstanceOf(TraceStoreException.class)
                .hasMessageContaining("choose another directory");
        }
        assertThat(open).isEmptyDirectory();
        assertThat(temp.resolve("empty")).isEmptyDirectory();
    }
}
