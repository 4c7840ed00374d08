// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.RandomEvents;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.read.StoredEvent;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.Seed;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Frequency;
import jdk.jfr.Label;
import jdk.jfr.Timespan;
import jdk.jfr.Unsigned;
import jdk.jfr.ValueDescriptor;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmc.common.IMCThread;
import org.openjdk.jmc.common.item.IAccessorKey;
import org.openjdk.jmc.common.item.IItem;
import org.openjdk.jmc.common.item.IItemIterable;
import org.openjdk.jmc.common.item.IType;
import org.openjdk.jmc.common.unit.IQuantity;
import org.openjdk.jmc.flightrecorder.JfrLoaderToolkit;

/** Our files of Flight Recorder, read by the JDK's API, by its command jfr, and by JDK Mission Control. */
@OneJdk
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class JfrExporterTest {
    private static final String MISSING = "dev.sluice.EventsMissing";
    /** startTime and eventThread come first. */
    private static final int FIRST_FIELD = 2;
    private static final int SHORT_CHUNK = 2_000;

    /** Mission Control warns, for each chunk, of a field of threads that it does not know. */
    private static final Logger OF_MISSION_CONTROL = Logger.getLogger("org.openjdk.jmc");

    @TempDir
    Path temp;

    private final ExtremeTrace extreme = new ExtremeTrace();
    private final TargetInfo target = TestTraces.target();

    @BeforeAll
    static void quieten() {
        OF_MISSION_CONTROL.setLevel(Level.SEVERE);
    }

    private Path export(final TraceEvents events, final int chunkLength) throws Exception {
        final Path out = temp.resolve("trace.jfr");
        final ExportSummary summary = new ExportSummary();
        try (ExportOutput output = new ExportOutput(out, false, ExportWatch.SILENT)) {
            new EventExport(events, new JfrExporter(output, chunkLength), output).run(summary);
            output.complete();
        }
        return out;
    }

    private Path exportExtreme() {
        final Path out = temp.resolve("trace.jfr");
        final ExportSummary summary = ExportFormat.JFR.export(extreme.write(temp.resolve("trace")).events(), out,
            ExportWatch.SILENT);
        assertThat(summary.outputs()).containsExactly(out);
        return out;
    }

    private TraceEvents trace(final EventSchema schema, final Consumer<TraceWriter> body) {
        try (TraceWriter writer = TraceWriter.create(temp.resolve("trace"), TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(schema));
            writer.clock(0, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
            body.accept(writer);
        }
        return TraceReader.open(temp.resolve("trace")).events();
    }

    /** What a reader has for a value of ours. */
    private static Object expected(final FieldSchema field, final Object value) {
        if (value == null) {
            return null;
        }
        return switch (field.type()) {
            case INT8, INT16, UINT8 -> ((Number) value).shortValue();
            case INT32, UINT16 -> ((Number) value).intValue();
            case INT64, UINT32, UINT64 -> ((Number) value).longValue();
            case BYTES -> HexFormat.of().formatHex((byte[]) value);
            default -> value;
        };
    }

    @Test
    void shouldComeBackEqualWhenTheJdkReadsEveryExtreme() throws Exception {
        final List<RecordedEvent> all = new ArrayList<>();
        final List<String> missing = new ArrayList<>();
        for (final RecordedEvent event : RecordingFile.readAllEvents(exportExtreme())) {
            if (event.getEventType().getName().equals("odd.all")) {
                all.add(event);
            } else if (event.getEventType().getName().equals(MISSING)) {
                missing.add(event.getLong("missing") + " " + event.getLong("lost") + " " + event.getLong("discarded")
                    + " " + event.getString("stream") + " " + event.getInt("ring") + " " + event.getString("cause")
                    + " " + event.getInt("pid") + " " + (event.getThread("eventThread") == null ? null
                    : event.getThread("eventThread").getOSThreadId()));
            }
        }
        assertThat(all).hasSameSizeAs(extreme.rows());
        for (int row = 0; row < all.size(); row++) {
            final RecordedEvent event = all.get(row);
            assertThat(event.getStartTime()).isEqualTo(Instant.ofEpochSecond(0, TestTraces.BEGIN_NS + 1_000 + row
                + (row == all.size() - 1 ? 1 : 0)));
            for (int i = 0; i < ExtremeTrace.ALL.fields().size(); i++) {
                final FieldSchema field = ExtremeTrace.ALL.fields().get(i);
                final ValueDescriptor read = event.getFields().get(FIRST_FIELD + i);
                assertThat(read.getName()).isEqualTo(field.name());
                assertThat(read.getAnnotation(Unsigned.class) != null).isEqualTo(field.type() == FieldType.UINT64);
                final Object value = event.getValue(field.name());
                assertThat(value).as(row + " " + field.name())
                    .isEqualTo(expected(field, extreme.rows().get(row).get(i)));
            }
            assertThat(event.getInt("pid")).isEqualTo(42);
            assertThat(event.getInt("ring")).isEqualTo(7);
            assertThat(event.getThread("carrierThread")).isNull();
            final RecordedThread thread = event.getThread("eventThread");
            assertThat(thread.getJavaName()).isEqualTo(thread.getOSName()).isEqualTo(ExtremeTrace.THREAD);
            assertThat(thread.getOSThreadId()).isEqualTo(ExtremeTrace.TID);
            assertThat(thread.getJavaThreadId()).isEqualTo(27);
            assertThat(thread.getThreadGroup().getName()).startsWith("42 ");
        }
        assertThat(missing).containsExactly("30 30 0 ring 7 null 42 1007", "5 0 5 ring 7 null 42 null",
            "3 0 0 null -1 no_slot 42 null");
    }

    @Test
    void shouldHaveTheVirtualThreadAndItsCarrierWhenNamesAreTakenOrOdd() throws Exception {
        final List<RecordedEvent> events = RecordingFile.readAllEvents(exportExtreme()).stream()
            .filter(event -> event.getEventType().getName().equals("__.__._o_d_d.a__b__")).toList();
        assertThat(events).hasSize(2);
        final RecordedEvent virtual = events.get(1);
        assertThat(virtual.getThread("eventThread").getJavaThreadId()).isEqualTo(77);
        assertThat(virtual.getThread("eventThread").<Boolean>getValue("virtual")).isTrue();
        assertThat(virtual.getThread("carrierThread").getJavaName()).isEqualTo("carrier");
        assertThat(virtual.getThread("carrierThread").getOSThreadId()).isEqualTo(1008);
        assertThat(virtual.getEventType().getFields().stream().map(ValueDescriptor::getName)).containsExactly(
            "startTime", "eventThread", "tid", "x", "X_2", "a__b__", "pid", "ring", "carrierThread");
        assertThat(virtual.getShort("X_2")).isEqualTo((short) 7);
        assertThat(virtual.getEventType().getLabel()).isEqualTo(ExtremeTrace.NAMES.tracepoint());
        assertThat(virtual.getEventType().getCategoryNames()).containsExactly("Sluice", ExtremeTrace.NAMES.provider());
        assertThat(virtual.getFields().get(4).getLabel()).isEqualTo("X");
        assertThat(virtual.getFields().get(5).getLabel()).isEqualTo("a,\"b\"\n");
    }

    /** The JDK's own program, which prints JSON. */
    private JsonNode print(final Path file) throws Exception {
        final Path out = temp.resolve("printed.json");
        final Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin/jfr").toString(),
            "print", "--json", file.toString()).redirectOutput(out.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        assertThat(process.waitFor(4, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).isZero();
        return new ObjectMapper().readTree(out.toFile()).at("/recording/events");
    }

    private static void requirePrinted(final FieldSchema field, final JsonNode value, final Object raw) {
        final Object wanted = expected(field, raw);
        if (wanted instanceof Float || wanted instanceof Double) {
            final double number = ((Number) wanted).doubleValue();
            if (Double.isFinite(number)) {
                assertThat(wanted instanceof Float ? (Number) Float.valueOf(value.asText())
                    : Double.valueOf(value.asText())).as(field.name()).isEqualTo(wanted);
            } else {
                // JSON has no such number, and the program prints null.
                assertThat(value.isNull()).as(field.name()).isTrue();
            }
        } else if (wanted instanceof Number number) {
            // Java 17 prints the greatest values without a sign as negative ones.
            assertThat(new BigInteger(value.asText()).longValue()).as(field.name()).isEqualTo(number.longValue());
        } else {
            assertThat(value.isNull() ? null : value.asText()).as(field.name())
                .isEqualTo(wanted == null ? null : wanted.toString());
        }
    }

    @Test
    void shouldPrintEqualWhenJfrPrintsEveryExtreme() throws Exception {
        int row = 0;
        int missing = 0;
        for (final JsonNode event : print(exportExtreme())) {
            if (event.get("type").asText().equals("odd.all")) {
                for (int i = 0; i < ExtremeTrace.ALL.fields().size(); i++) {
                    final FieldSchema field = ExtremeTrace.ALL.fields().get(i);
                    requirePrinted(field, event.get("values").get(field.name()), extreme.rows().get(row).get(i));
                }
                assertThat(event.at("/values/eventThread/javaName").asText()).isEqualTo(ExtremeTrace.THREAD);
                row++;
            } else if (event.get("type").asText().equals(MISSING)) {
                missing += event.at("/values/missing").asInt();
            }
        }
        assertThat(row).isEqualTo(extreme.rows().size());
        assertThat(missing).isEqualTo(38);
    }

    /** Random events in rings of platform and virtual threads. */
    private TraceEvents random(final RandomEvents random, final List<EventSchema> schemas, final int events) {
        try (TraceWriter writer = TraceWriter.create(temp.resolve("trace"), TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(schemas.toArray(EventSchema[]::new)));
            writer.clock(0, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
            final PacketBuilder[] rings = new PacketBuilder[8];
            for (int i = 0; i < rings.length; i++) {
                final StreamClass kind = i % 4 == 3 ? StreamClass.CARRIER : StreamClass.PLATFORM;
                rings[i] = new PacketBuilder(target.id(), i, kind);
                writer.thread(0, new ThreadInfo(i, kind, 1, 1000 + i, 20L + i, "thread " + i));
            }
            for (int i = 0; i < events; i++) {
                final PacketBuilder ring = rings[random.random().nextInt(rings.length)];
                final EventSchema schema = schemas.get(random.random().nextInt(schemas.size()));
                ring.event(schema, 1_000 + 7L * i, 70 + random.random().nextInt(3), random.values(schema));
                if (random.random().nextInt(50) == 0) {
                    ring.append(writer, 0).skip(1, random.random().nextInt(2), 8);
                }
            }
            for (final PacketBuilder ring : rings) {
                ring.append(writer, 0);
            }
        }
        return TraceReader.open(temp.resolve("trace")).events();
    }

    private static String thread(final StoredEvent event) {
        return event.virtualThreadId() != 0 ? "v" + event.virtualThreadId() + " on " + event.threadName()
            : event.threadName() + " " + event.tid() + " " + event.javaThreadId();
    }

    private static String thread(final RecordedEvent event) {
        final RecordedThread thread = event.getThread("eventThread");
        return thread.<Boolean>getValue("virtual") ? "v" + thread.getJavaThreadId() + " on "
            + event.getThread("carrierThread").getJavaName()
            : thread.getJavaName() + " " + thread.getOSThreadId() + " " + thread.getJavaThreadId();
    }

    @Test
    void shouldBeEqualInOrderWhenEventsAreRandomAndChunksAreShort() throws Exception {
        final long seed = Seed.draw("JfrExporterTest");
        final RandomEvents random = new RandomEvents(seed);
        final List<EventSchema> schemas = random.schemas(20);
        final TraceEvents events = random(random, schemas, 3_000);
        final Iterator<StoredEvent> wanted = events.stream().iterator();
        final Path file = export(events, SHORT_CHUNK);
        int count = 0;
        long missing = 0;
        final Set<String> missed = new HashSet<>();
        try (RecordingFile recording = new RecordingFile(file)) {
            while (recording.hasMoreEvents()) {
                final RecordedEvent event = recording.readEvent();
                if (event.getEventType().getName().equals(MISSING)) {
                    missing += event.getLong("missing");
                    missed.add(event.getString("stream"));
                    continue;
                }
                final StoredEvent stored = wanted.next();
                count++;
                final EventSchema schema = stored.schema();
                assertThat(event.getEventType().getName()).isEqualTo(schema.name().replace(':', '.'));
                assertThat(event.getStartTime())
                    .isEqualTo(Instant.ofEpochSecond(0, stored.wallTimeNs()));
                assertThat(thread(event)).isEqualTo(thread(stored));
                assertThat(event.getInt("ring")).isEqualTo(stored.ring());
                for (int i = 0; i < schema.fields().size(); i++) {
                    assertThat(event.<Object>getValue(schema.fields().get(i).name())).as("seed %s", seed)
                        .isEqualTo(expected(schema.fields().get(i), stored.values().get(i)));
                }
            }
        }
        assertThat(wanted).isExhausted();
        assertThat(count).isEqualTo(3_000);
        assertThat(missing).isPositive();
        assertThat(missed).containsExactly("ring");
        assertThat(Files.size(file)).isGreaterThan(20L * SHORT_CHUNK);
    }

    /** Value of a field, of type Long, Double, String or Boolean. */
    private static Object mcValue(final IItem item, final IType<IItem> type, final String name) {
        for (final IAccessorKey<?> key : type.getAccessorKeys().keySet()) {
            if (key.getIdentifier().equals(name)) {
                final Object value = type.getAccessor(key).getMember(item);
                return value instanceof IQuantity quantity ? quantity.numberValue() : value;
            }
        }
        throw new AssertionError("no field " + name + " in " + type.getAccessorKeys().keySet());
    }

    @Test
    void shouldComeBackEqualWhenMissionControlReadsEveryExtreme() throws Exception {
        final List<List<Object>> rows = new ArrayList<>();
        long missing = 0;
        for (final IItemIterable items : JfrLoaderToolkit.loadEvents(exportExtreme().toFile())) {
            final IType<IItem> type = items.getType();
            for (final IItem item : items) {
                if (type.getIdentifier().equals(MISSING)) {
                    missing += ((Number) mcValue(item, type, "missing")).longValue();
                } else if (type.getIdentifier().equals("odd.all")) {
                    final List<Object> row = new ArrayList<>();
                    for (final FieldSchema field : ExtremeTrace.ALL.fields()) {
                        row.add(mcValue(item, type, field.name()));
                    }
                    rows.add(row);
                    assertThat(((IMCThread) mcValue(item, type, "eventThread")).getThreadName())
                        .isEqualTo(ExtremeTrace.THREAD);
                }
            }
        }
        assertThat(missing).isEqualTo(38);
        assertThat(rows).hasSameSizeAs(extreme.rows());
        for (int row = 0; row < rows.size(); row++) {
            for (int i = 0; i < ExtremeTrace.ALL.fields().size(); i++) {
                final FieldSchema field = ExtremeTrace.ALL.fields().get(i);
                final Object wanted = expected(field, extreme.rows().get(row).get(i));
                final Object read = rows.get(row).get(i);
                if (wanted instanceof Float || wanted instanceof Double) {
                    // As objects, of which NaN is equal to itself.
                    assertThat((Double) ((Number) read).doubleValue()).as(row + field.name())
                        .isEqualTo((Double) ((Number) wanted).doubleValue());
                } else if (wanted instanceof Number number) {
                    assertThat(((Number) read).longValue()).as(row + field.name()).isEqualTo(number.longValue());
                } else {
                    assertThat(read).as(row + field.name()).isEqualTo(wanted);
                }
            }
        }
    }

    @Test
    void shouldReadAllChunksInMissionControlWhenChunksAreShort() throws Exception {
        final RandomEvents random = new RandomEvents(Seed.draw("JfrExporterTest"));
        final TraceEvents events = random(random, random.schemas(10), 1_000);
        final Set<String> wanted = new HashSet<>();
        events.forEach(event -> wanted.add(event.schema().name().replace(':', '.') + ' ' + event.wallTimeNs() + ' '
            + (event.virtualThreadId() != 0 ? event.virtualThreadId() : event.javaThreadId())));
        final Set<String> read = new HashSet<>();
        for (final IItemIterable items : JfrLoaderToolkit.loadEvents(export(events, SHORT_CHUNK).toFile())) {
            final IType<IItem> type = items.getType();
            for (final IItem item : items) {
                if (!type.getIdentifier().equals(MISSING)) {
                    read.add(type.getIdentifier() + ' ' + mcValue(item, type, "startTime") + ' '
                        + ((IMCThread) mcValue(item, type, "eventThread")).getThreadId());
                }
            }
        }
        assertThat(wanted).hasSize(1_000);
        assertThat(read).isEqualTo(wanted);
    }

    @Test
    void shouldSayUnitsAndDescriptionsWhenTheyAreDeclared() throws Exception {
        final EventSchema schema = new EventSchema(1, "shop", "order", List.of(
            new FieldSchema("took", FieldType.INT64).with("ns", "From order to answer"),
            new FieldSchema("waited", FieldType.UINT32).with("ms", ""),
            new FieldSchema("size", FieldType.INT32).with("B", ""),
            new FieldSchema("rate", FieldType.INT64).with("Hz", ""),
            new FieldSchema("price", FieldType.FLOAT64).with("EUR", ""),
            new FieldSchema("duration", FieldType.FLOAT64).with("s", "")), "An order was placed");
        final TraceEvents events = trace(schema, writer -> new PacketBuilder(target.id(), 0)
            .event(schema, 5, 0, 1_500L, 4_000_000_000L, 7L, 50L, 2.5, 1.0).append(writer, 0));
        final RecordedEvent event = RecordingFile.readAllEvents(export(events, SHORT_CHUNK)).get(0);
        assertThat(event.getEventType().getLabel()).isEqualTo("order");
        assertThat(event.getEventType().getDescription()).isEqualTo("An order was placed");
        assertThat(event.getEventType().getAnnotation(Category.class).value()).containsExactly("Sluice", "shop");
        assertThat(event.getDuration("took")).isEqualTo(Duration.ofNanos(1_500));
        assertThat(event.getDuration("waited")).isEqualTo(Duration.ofMillis(4_000_000_000L));
        final List<ValueDescriptor> fields = event.getFields();
        assertThat(fields.get(2).getAnnotation(Description.class).value()).isEqualTo("From order to answer");
        assertThat(fields.get(2).getAnnotation(Timespan.class).value()).isEqualTo(Timespan.NANOSECONDS);
        assertThat(fields.get(4).getAnnotation(DataAmount.class).value()).isEqualTo(DataAmount.BYTES);
        assertThat(fields.get(5).getAnnotation(Frequency.class)).isNotNull();
        assertThat(fields.get(5).getContentType()).isEqualTo("jdk.jfr.Frequency");
        assertThat(fields.get(6).getAnnotation(Label.class).value()).isEqualTo("price (EUR)");
        // A field of that name would be taken for how long the event lasted.
        assertThat(fields.get(7).getName()).isEqualTo("duration_2");
        assertThat(event.getDuration()).isZero();
        for (int i = 0; i < schema.fields().size(); i++) {
            final String unit = schema.fields().get(i).unit();
            assertThat(fields.get(FIRST_FIELD + i).getAnnotationElements()).anySatisfy(annotation -> {
                assertThat(annotation.getTypeName()).isEqualTo("dev.sluice.Unit");
                assertThat(annotation.getValue("value")).isEqualTo(unit);
            });
        }
    }

    @Test
    void shouldKeepTimesWhenTheWallClockWasSetBack() throws Exception {
        final long second = 1_000_000_000L;
        final TraceEvents events = trace(TestTraces.PAIR, writer -> {
            writer.clock(0, new ClockTriple(4 * second, 4 * second, TestTraces.BEGIN_NS + 4 * second));
            writer.clock(0, new ClockTriple(5 * second, 5 * second, TestTraces.BEGIN_NS - 3595 * second));
            writer.clock(0, new ClockTriple(9 * second, 9 * second, TestTraces.BEGIN_NS - 3591 * second));
            final PacketBuilder ring = new PacketBuilder(target.id(), 0);
            for (int i = 1; i < 10; i++) {
                ring.event(TestTraces.PAIR, i * second + 1, 0, (long) i, 0L);
            }
            ring.append(writer, 0);
        });
        final List<Instant> wanted = new ArrayList<>();
        events.forEach(event -> wanted.add(Instant.ofEpochSecond(0, event.wallTimeNs())));
        final List<Instant> read = new ArrayList<>();
        try (RecordingFile recording = new RecordingFile(export(events, SHORT_CHUNK))) {
            while (recording.hasMoreEvents()) {
                read.add(recording.readEvent().getStartTime());
            }
        }
        assertThat(read).hasSize(9).isEqualTo(wanted);
        assertThat(read.get(8)).isBefore(read.get(0));
        for (final JsonNode event : print(temp.resolve("trace.jfr"))) {
            final Instant printed = OffsetDateTime.parse(event.at("/values/startTime").asText()).toInstant();
            assertThat(printed).isEqualTo(wanted.get(event.at("/values/a").asInt() - 1));
        }
    }

    @Test
    void shouldBeAFileWithoutEventsWhenNothingIsSelected() throws Exception {
        final Path out = temp.resolve("empty.jfr");
        ExportFormat.JFR.export(extreme.write(temp.resolve("trace")).events().from("+1h"), out,
            ExportWatch.SILENT);
        assertThat(RecordingFile.readAllEvents(out)).isEmpty();
        assertThat(print(out)).isEmpty();
    }
}
