// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.schema;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.consumer.record.EventPath;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.RecordResult;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.memory.Memory;
import dev.sluice.store.export.ctf.CtfExporter;
import dev.sluice.store.format.DocumentKind;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.PacketStream;
import dev.sluice.store.read.TraceReader;
import dev.sluice.system.scene.Profile;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * 200 random schemas with random values, fired by typed interfaces and by name in a process of its own, recorded in
 * shared mode, and read by two decoders that share nothing with ours.
 */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RandomSchemaTest {
    private static final int EVENTS = 4_000;
    private static final int STRING_LIMIT = 200;

    private Path directory;
    private long seed;
    private TraceReader reader;

    /** How the events come. */
    EventPath path() {
        return EventPath.SHARED;
    }

    @BeforeAll
    void record(@TempDir final Path shared) throws IOException, InterruptedException {
        directory = shared;
        seed = Profile.seed("random schemas");
        final Path classes = Files.createDirectory(directory.resolve("classes"));
        try (ChildProgram program = ChildProgram.startServant(directory, "program", List.of("-Xmx256m",
            "-Dsluice.string.limit=" + STRING_LIMIT), System.getProperty("java.class.path"),
            List.of(SchemaProgram.class.getName(), Long.toString(seed), Integer.toString(EVENTS),
                classes.toString()))) {
            program.awaitLine("pid", 1);
            final RecordResult result;
            try (Recorder recorder = Recorder.start(RecordOptions.of(program.pid(), directory.resolve("trace"))
                .source(path()).policy(FullPolicy.BLOCK).build())) {
                assertThat(recorder.enabled()).isEqualTo(RandomSchemas.COUNT);
                program.awaitLine("fired", 1);
                result = recorder.finish();
            }
            assertThat(result.isComplete()).as("seed %s: %s %s", seed, result, program).isTrue();
            assertThat(result.stored()).isEqualTo(EVENTS);
            assertThat(program.toString()).doesNotContain("[sluice]");
        }
        reader = TraceReader.open(directory.resolve("trace"));
    }

    private List<ExpectedEvent> expected() {
        final RandomSchemas random = new RandomSchemas(seed);
        final List<ExpectedEvent> events = new ArrayList<>();
        for (int i = 0; i < EVENTS; i++) {
            events.add(new ExpectedEvent(random.next(), STRING_LIMIT));
        }
        return events;
    }

    @Test
    void shouldDecodeToWhatWasFiredWhenReadByTheWireFormatAlone() {
        final WireDecoder decoder = new WireDecoder();
        reader.documents(document -> {
            if (document.kind() == DocumentKind.SCHEMA) {
                decoder.schema(Memory.getBytes(document.payloadAddress(), document.payloadLength()));
            }
        });
        assertThat(decoder.declared()).hasSize(RandomSchemas.COUNT);
        final List<WireDecoder.Decoded> decoded = new ArrayList<>();
        for (final PacketStream stream : reader.targets().get(0).streams()) {
            reader.packets(stream, packet ->
                decoded.addAll(decoder.packet(Memory.getBytes(packet.address(), packet.lengthBytes()))));
        }
        final List<ExpectedEvent> expected = expected();
        assertThat(decoded).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            expected.get(i).check(decoded.get(i), "seed " + seed + ", event " + i);
        }
    }

    @OneJdk
    @Test
    void shouldPrintWhatWasFiredWhenExportedAndReadByBabeltrace() throws Exception {
        Assumptions.assumeTrue(hasBabeltrace(), "babeltrace2 is not installed");
        final Path out = directory.resolve("ctf");
        new CtfExporter(reader).export(out);
        final Path stdout = directory.resolve("stdout");
        final Path stderr = directory.resolve("stderr");
        final ProcessBuilder builder = new ProcessBuilder("babeltrace2", "--no-delta", out.toString());
        builder.environment().put("LC_ALL", "C.UTF-8");
        final Process process = builder.redirectOutput(stdout.toFile()).redirectError(stderr.toFile()).start();
        assertThat(process.waitFor(180, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(stderr)).isZero();
        assertThat(Files.readString(stderr)).isEmpty();
        final String[] lines = Files.readString(stdout, StandardCharsets.UTF_8).split("\n");
        final List<ExpectedEvent> expected = expected();
        assertThat(lines).hasSize(expected.size());
        for (int i = 0; i < lines.length; i++) {
            expected.get(i).check(lines[i], "seed " + seed + ", event " + i);
        }
    }

    private static boolean hasBabeltrace() throws InterruptedException {
        try {
            return new ProcessBuilder("babeltrace2", "--version").redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start().waitFor() == 0;
        } catch (final IOException e) {
            return false;
        }
    }

    @OneJdk
    @Test
    void shouldCountAndSumAsAReaderInAnotherLanguageDoes() throws IOException, InterruptedException {
        final Path program = directory.resolve("read_trace.py");
        try (InputStream in = RandomSchemaTest.class.getResourceAsStream(
            "/dev/sluice/system/account/read_trace.py")) {
            Files.copy(in, program, StandardCopyOption.REPLACE_EXISTING);
        }
        assertThat(Files.readAllLines(program)).hasSizeLessThanOrEqualTo(150);
        final Path output = directory.resolve("sums");
        final Process python = new ProcessBuilder("python3", program.toString(), directory.resolve("trace").toString())
            .redirectOutput(output.toFile()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        assertThat(python.waitFor(4, TimeUnit.MINUTES)).isTrue();
        assertThat(python.exitValue()).isZero();
        assertThat(Files.readAllLines(output)).as("seed %s", seed).isEqualTo(sums());
    }

    /** Of each event its name, count and the sums of its fields, as {@code read_trace.py} makes them. */
    private List<String> sums() {
        final Map<String, long[]> sums = new TreeMap<>();
        reader.events().forEach(event -> {
            final long[] all = sums.computeIfAbsent(event.schema().name(), name -> new long[event.fieldCount() + 1]);
            all[0]++;
            for (int i = 0; i < event.fieldCount(); i++) {
                all[i + 1] += event.isNull(i) ? 0 : summand(event, i);
            }
        });
        return sums.entrySet().stream().map(entry -> entry.getKey() + Arrays.stream(entry.getValue())
            .mapToObj(sum -> " " + Long.toUnsignedString(sum)).collect(Collectors.joining())).toList();
    }

    private static long summand(final EventView event, final int field) {
        return switch (event.type(field)) {
            // As a double, a signalling NaN would become a quiet one.
            case FLOAT32 -> Integer.toUnsignedLong(Memory.getInt(event.fieldAddress(field)));
            case FLOAT64 -> Memory.getLong(event.fieldAddress(field));
            case BOOL -> event.getBoolean(field) ? 1 : 0;
            case STRING -> bytes(event.getString(field).getBytes(StandardCharsets.UTF_8));
            case BYTES -> bytes(event.getBytes(field));
            default -> event.getLong(field);
        };
    }

    private static long bytes(final byte[] content) {
        long sum = 0;
        for (final byte one : content) {
            sum += Byte.toUnsignedInt(one);
        }
        return sum;
    }
}
