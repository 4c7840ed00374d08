// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.consumer.salvage.TraceSalvage;
import dev.sluice.ring.TargetId;
import dev.sluice.store.ForgedDocument;
import dev.sluice.store.ForgedTrace;
import dev.sluice.store.TestTraces;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.ChildProgram;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A region that a killed program has left behind, forged traces of that program, and a JVM that reads them by every
 * command. For one thread.
 */
final class ForgedScene implements AutoCloseable {
    private static final int META = 0x4000_0000;
    /** Of any length: names of fields are as long as the traced program likes. */
    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder().streamReadConstraints(
        StreamReadConstraints.builder().maxNameLength(Integer.MAX_VALUE).maxStringLength(Integer.MAX_VALUE)
            .maxDocumentLength(-1).build()).build());

    /** In front of the reading JVM's command line. */
    private final List<String> wrapper;
    private final Path temp;
    private final Path region;
    private final ForgedTrace forged;
    private final TargetId id;
    private final byte[] queueHead;
    private ReadingChild child;
    private int traces;

    ForgedScene(final Path temp) throws Exception {
        this(temp, List.of());
    }

    /** Commands are run by a program that runs another. */
    ForgedScene(final Path temp, final List<String> wrapper) throws Exception {
        this.wrapper = wrapper;
        this.temp = temp;
        final Path regions = Files.createDirectory(temp.resolve("regions"));
        final List<String> flags = new ArrayList<>(ChildProgram.launcherFlags());
        flags.add("-Dsluice.region.dir=" + regions);
        try (ChildProgram program = ChildProgram.startJava(temp, flags, System.getProperty("java.class.path"),
            List.of(ForgedProgram.class.getName()))) {
            assertThat(program.awaitFirstLine()).isEqualTo("ready");
        }
        // Killed, it leaves its region behind.
        try (Stream<Path> files = Files.list(regions)) {
            region = files.findFirst().orElseThrow();
        }
        TraceSalvage.ofFile(region, null, temp.resolve("alone"), "");
        id = TraceReader.open(temp.resolve("alone")).targets().get(0).info().id();
        forged = new ForgedTrace(id);
        queueHead = firstOfQueue();
        child = new ReadingChild(temp, wrapper);
    }

    ForgedTrace forged() {
        return forged;
    }

    /** Id of the program that has left the region. */
    TargetId id() {
        return id;
    }

    Path region() {
        return region;
    }

    byte[] queueHead() {
        return queueHead;
    }

    ReadingChild child() {
        return child;
    }

    /** After a fault. */
    void restart() throws IOException {
        child.close();
        child = new ReadingChild(temp, wrapper);
        deleteTree(temp.resolve("output"));
    }

    /** What the queue itself writes before the first document. */
    private byte[] firstOfQueue() throws IOException {
        final Path directory = temp.resolve("empty");
        TraceWriter.create(directory, TestTraces.INFO).close();
        try (Stream<Path> files = Files.list(directory.resolve("0000"))) {
            final ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(
                files.filter(path -> path.toString().endsWith(".cq4")).findFirst().orElseThrow()))
                .order(ByteOrder.LITTLE_ENDIAN);
            int offset = 0;
            while ((file.getInt(offset) & META) != 0) {
                offset += 4 + (file.getInt(offset) & META - 1) + 3 & -4;
            }
            return Arrays.copyOf(file.array(), offset);
        }
    }

    /** Writes a trace of some documents. */
    Path write(final List<ForgedDocument> documents) throws IOException {
        return write(ForgedTrace.file(queueHead, documents));
    }

    /** Writes a trace of one file. */
    Path write(final byte[] content) throws IOException {
        final Path trace = temp.resolve("t");
        final Path file = Files.createDirectories(trace.resolve("0000")).resolve("forged.cq4");
        // Another file each time: an older one may still be open.
        Files.deleteIfExists(file);
        Files.write(file, content);
        return trace;
    }

    static void deleteTree(final Path directory) throws IOException {
        if (Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (final Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    /** Reads a trace by every command; returns the report. */
    JsonNode readAll(final String name, final Path trace) throws Exception {
        traces++;
        final String directory = trace.toString();
        final ReadingChild.Result json = child.run(name, "report", directory, "--json");
        final ReadingChild.Result text = child.run(name, "report", directory);
        assertThat(text.status()).as(name + text.err()).isEqualTo(json.status()).isIn(0, 1, 3);
        assertThat(child.run(name, "print", directory).status()).as(name).isIn(0, 1, 3);
        final ReadingChild.Result lines = child.run(name, "print", directory, "--json");
        for (final String line : lines.out().lines().toList()) {
            MAPPER.readTree(line);
        }
        final Path output = temp.resolve("output");
        assertThat(child.run(name, "ctf", directory, output.toString()).status()).as(name).isIn(0, 1, 3);
        deleteTree(output);
        final ReadingChild.Result salvage =
            child.run(name, "salvage", region.toString(), "--trace", directory, "-o", output.toString());
        assertThat(salvage.status()).as(name).isIn(0, 1, 3);
        if (salvage.status() != 1) {
            assertThat(child.run(name, "report", output.toString()).status()).as("salvaged " + name).isIn(0, 3);
        }
        deleteTree(output);
        if (json.status() == 1) {
            assertThat(json.err()).as(name).startsWith("sluice report: ");
            return null;
        }
        return MAPPER.readTree(json.out());
    }

    /** The same of a trace that changes meanwhile, of which every command sees another. */
    void readAnyhow(final String name, final Path trace) throws Exception {
        traces++;
        for (final String command : List.of("report", "print")) {
            assertThat(child.run(name, command, trace.toString()).status()).as(name).isIn(0, 1, 3);
            assertThat(child.run(name, command, trace.toString(), "--json").status()).as(name).isIn(0, 1, 3);
        }
        final Path output = temp.resolve("output");
        child.run(name, "ctf", trace.toString(), output.toString());
        deleteTree(output);
        child.run(name, "salvage", region.toString(), "--trace", trace.toString(), "-o", output.toString());
        deleteTree(output);
    }

    /** How many of an event a report has. */
    static long count(final JsonNode report, final String event) {
        long count = 0;
        for (final JsonNode node : report.get("events")) {
            count += node.get("name").asText().equals(event) ? node.get("count").asLong() : 0;
        }
        return count;
    }

    @Override
    public String toString() {
        try {
            return traces + " forged traces, " + child + "; at most " + child.peakKib() + " KiB";
        } catch (final IOException e) {
            return traces + " forged traces, " + child + "; " + e;
        }
    }

    @Override
    public void close() {
        child.close();
    }
}
