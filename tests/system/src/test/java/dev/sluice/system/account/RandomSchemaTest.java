// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.RecordResult;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.ring.FullPolicy;
import dev.sluice.ring.Memory;
import dev.sluice.store.format.DocumentKind;
import dev.sluice.store.read.PacketStream;
import dev.sluice.store.read.TraceReader;
import dev.sluice.testsupport.ChildProgram;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
@Timeout(value = 2, unit = TimeUnit.MINUTES)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RandomSchemaTest {
    private static final int EVENTS = 4_000;
    private static final int STRING_LIMIT = 200;

    private Path directory;
    private long seed;
    private TraceReader reader;

    /** How the events come. */
    RecordOptions.EventPath path() {
        return RecordOptions.EventPath.SHARED;
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
                .withPath(path()).withPolicy(FullPolicy.BLOCK))) {
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

    @Test
    void shouldPrintWhatWasFiredWhenExportedAndReadByBabeltrace() throws Exception {
        Assumptions.assumeTrue(hasBabeltrace(), "babeltrace2 is not installed");
        final Path out = directory.resolve("ctf");
        new dev.sluice.store.export.CtfExporter(reader).export(out);
        final Path stdout = directory.resolve("stdout");
        final Path stderr = directory.resolve("stderr");
        final ProcessBuilder builder = new ProcessBuilder("babeltrace2", "--no-delta", out.toString());
        builder.environment().put("LC_ALL", "C.UTF-8");
        final Process process = builder.redirectOutput(stdout.toFile()).redirectError(stderr.toFile()).start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
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
}
