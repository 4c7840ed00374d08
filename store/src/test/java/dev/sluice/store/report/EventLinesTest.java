// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.event.NullValue;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.RandomEvents;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.text.ValueText;
import dev.sluice.store.text.WallTime;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lines that are made as bytes are those that {@link ValueText} makes, and other programs read them. */
@OneJdk
class EventLinesTest {
    private static final EventSchema ALL = new EventSchema(1, "all", "types", Arrays.stream(FieldType.values())
        .map(type -> new FieldSchema(type.name().toLowerCase(Locale.ROOT), type,
            type.isEnum() ? List.of("RED", "a\"b", "\u001b[2J") : List.of())).toList());
    private static final long[] LONGS = {0, 1, -1, 9, 10, 99, 100, 101, Integer.MAX_VALUE, Integer.MIN_VALUE,
        1L << 31, 1L << 32, 999_999_999_999L, 1_000_000_000_000L, Long.MAX_VALUE, Long.MIN_VALUE, Long.MIN_VALUE + 1};
    private static final double[] DOUBLES = {0, -0.0, 1.5, Double.NaN, Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY, Double.MIN_VALUE, Double.MAX_VALUE, 0.1, 1e100};
    private static final Object[] TEXTS = {"", "plain text", "\0", "\"quoted\\\"", "line\nfeed", "漢字", "🦀",
        "\u001b[2J\u009b", NullValue.TEXT, "\u007f", "\u2028", new byte[] {(byte) 0xC3, 0x28},
        new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80}, "x".repeat(70_000 / 2)};

    @TempDir
    Path temp;

    private final TargetInfo target = TestTraces.target();

    private TraceReader trace() {
        final RandomEvents random = new RandomEvents(Seed.draw("EventLinesTest"));
        try (TraceWriter writer = TraceWriter.create(temp.resolve("t"), TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(ALL));
            final PacketBuilder packet = new PacketBuilder(target.id(), 0);
            for (int i = 0; i < 300; i++) {
                packet.event(ALL, 1_000 + i, 0, values(random, i)).append(writer, 0);
            }
        }
        return TraceReader.open(temp.resolve("t"));
    }

    /** Every corner of every type, then random values. */
    private static Object[] values(final RandomEvents random, final int i) {
        final Object[] values = random.values(ALL);
        for (int field = 0; field < values.length && i < 40; field++) {
            values[field] = switch (ALL.fields().get(field).type()) {
                case FLOAT32, FLOAT64 -> DOUBLES[i % DOUBLES.length];
                case STRING -> TEXTS[i % TEXTS.length];
                case BYTES -> i % 5 == 0 ? NullValue.bytes() : values[field];
                case BOOL -> i % 2 == 0;
                case ENUM8 -> new long[] {0, 1, 2, 7, 0xFF}[i % 5];
                case ENUM16 -> new long[] {0, 1, 2, 0xFFFE, 0xFFFF}[i % 5];
                default -> LONGS[i % LONGS.length];
            };
        }
        return values;
    }

    private static String printed(final TraceReader reader, final boolean json) throws IOException {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        assertThat(new TracePrinter(bytes, json).print(reader)).isEqualTo(300);
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static String expected(final EventView event, final boolean json) {
        final StringBuilder line = new StringBuilder();
        final ValueText values = new ValueText(line, json);
        final String time = WallTime.format(event.wallTimeNs());
        line.append(json ? "{\"version\":1,\"time\":\"" + time + "\",\"time_ns\":" + event.wallTimeNs()
            + ",\"event\":\"all:types\",\"pid\":42,\"tid\":1000,\"thread\":\"\",\"java_thread_id\":20,\"ring\":0,"
            + "\"fields\":{" : time + " all:types [1000]");
        for (int i = 0; i < event.fieldCount(); i++) {
            final String name = ALL.fields().get(i).name();
            line.append(json ? (i == 0 ? "\"" : ",\"") + name + "\":" : " " + name + "=");
            if (event.isNull(i)) {
                values.nothing();
                continue;
            }
            switch (event.type(i)) {
                case STRING -> values.text(event.getString(i));
                case ENUM8, ENUM16 -> values.label(event.getString(i));
                case BYTES -> values.bytes(event.getBytes(i));
                case BOOL -> values.bool(event.getBoolean(i));
                case FLOAT32 -> values.floating((float) event.getDouble(i));
                case FLOAT64 -> values.floating(event.getDouble(i));
                case UINT64 -> values.unsigned(event.getLong(i));
                default -> values.integer(event.getLong(i));
            }
        }
        return line.append(json ? "}}" : "").toString();
    }

    @Test
    void shouldWriteTheSameLinesAsTheOneWayOfValuesWhenTheyAreMadeAsBytes() throws IOException {
        final TraceReader reader = trace();
        for (final boolean json : new boolean[] {false, true}) {
            final List<String> lines = printed(reader, json).lines().toList();
            final EventCursor cursor = reader.events().cursor();
            for (final String line : lines) {
                assertThat(cursor.next()).isTrue();
                assertThat(line).isEqualTo(expected(cursor.event(), json));
            }
        }
    }

    /** Python reads integers of any size; what it reads is written again by it, in its own form. */
    @Test
    void shouldComeBackEqualWhenAnotherProgramReadsTheJsonLines() throws Exception {
        final TraceReader reader = trace();
        final Path lines = Files.writeString(temp.resolve("lines"), printed(reader, true));
        final Path out = temp.resolve("out");
        final Process python = new ProcessBuilder("python3", "-c", String.join("\n", "import json, sys",
            "for line in open(sys.argv[1], encoding='utf-8'):", "    event = json.loads(line)",
            "    f = event['fields']", "    text = f['string']",
            "    print(event['version'], event['time_ns'], f['int64'], f['uint64'], f['uint8'], f['bool'],",
            "        'null' if text is None else text.encode('utf-8', 'surrogatepass').hex(), f['bytes'])"),
            lines.toString()).redirectErrorStream(true).redirectOutput(out.toFile()).start();
        assertThat(python.waitFor(180, TimeUnit.SECONDS)).isTrue();
        final List<String> read = Files.readAllLines(out);
        assertThat(python.exitValue()).as(String.join("\n", read)).isZero();
        final EventCursor cursor = reader.events().cursor();
        assertThat(read).hasSize(300);
        for (final String line : read) {
            assertThat(cursor.next()).isTrue();
            final EventView event = cursor.event();
            assertThat(line).isEqualTo(Stream.of("1", Long.toString(event.wallTimeNs()),
                Long.toString(event.getLong(field("int64"))), Long.toUnsignedString(event.getLong(field("uint64"))),
                Long.toString(event.getLong(field("uint8"))), event.getBoolean(field("bool")) ? "True" : "False",
                event.isNull(field("string")) ? "null" : hex(event.getString(field("string"))
                    .getBytes(StandardCharsets.UTF_8)),
                event.isNull(field("bytes")) ? "None" : hex(event.getBytes(field("bytes"))))
                .reduce((one, other) -> one + " " + other).orElseThrow());
        }
    }

    private static int field(final String name) {
        return ALL.fields().stream().map(FieldSchema::name).toList().indexOf(name);
    }

    private static String hex(final byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
