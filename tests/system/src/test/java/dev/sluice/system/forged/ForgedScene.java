// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.forged;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.consumer.salvage.TraceSalvage;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.store.ForgedDocument;
import dev.sluice.store.ForgedTrace;
import dev.sluice.store.read.TraceReader;
import dev.sluice.testsupport.ChildProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A region that a killed program has left behind, forged traces of that program, and a JVM that reads them by every
 * command. For one thread.
 */
final class ForgedScene implements AutoCloseable {
    private final Path temp;
    private final Path region;
    private final ForgedTrace forged;
    private final TargetId id;
    private final byte[] queueHead;
    private final ReadingCommands commands;

    ForgedScene(final Path temp) throws Exception {
        this(temp, List.of());
    }

    /** Commands are run by a program that runs another. */
    ForgedScene(final Path temp, final List<String> wrapper) throws Exception {
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
        queueHead = ForgedTrace.queueHead(temp.resolve("empty"));
        commands = new ReadingCommands(temp, region, wrapper);
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
        return commands.child();
    }

    /** After a fault. */
    void restart() throws IOException {
        commands.restart();
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

    /** Reads a trace by every command; returns the report, or null if the trace was refused. */
    JsonNode readAll(final String name, final Path trace) throws Exception {
        return commands.readAll(name, trace);
    }

    /** The same of a trace that changes meanwhile, of which every command sees another. */
    void readAnyhow(final String name, final Path trace) throws Exception {
        commands.readAnyhow(name, trace);
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
        return commands.toString();
    }

    @Override
    public void close() {
        commands.close();
    }
}
