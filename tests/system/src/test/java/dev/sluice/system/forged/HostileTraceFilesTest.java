// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.forged;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.store.segment.TraceDamage;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A trace directory that somebody else has filled: no reader hangs, dies or takes the machine's memory. */
@OneJdk
class HostileTraceFilesTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final long SPARSE_LENGTH = 8L << 40;
    private static final int MANY = Boolean.getBoolean("sluice.long") ? 65_000 : 3_000;

    @TempDir
    Path temp;

    private Path trace(final String name, final int packets) throws IOException {
        final TargetInfo target = TestTraces.target();
        final Path directory = temp.resolve(name);
        try (TraceWriter writer = TraceWriter.create(directory, TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(TestTraces.PAIR));
            writer.clock(0, new ClockTriple(1, 1, TestTraces.BEGIN_NS));
            final PacketBuilder ring = new PacketBuilder(target.id(), 0);
            for (int i = 0; i < packets; i++) {
                for (int j = 0; j < 100; j++) {
                    ring.event(TestTraces.PAIR, 10 + i, 0, 1L, 2L);
                }
                ring.append(writer, 0);
            }
        }
        return directory;
    }

    private static Path queueFile(final Path trace) throws IOException {
        try (Stream<Path> files = Files.list(trace.resolve("0000"))) {
            return files.filter(path -> path.toString().endsWith(".cq4")).findFirst().orElseThrow();
        }
    }

    private static long read(final Path trace) {
        return assertTimeoutPreemptively(LIMIT, () -> TraceReport.of(TraceReader.open(trace)).account().stored());
    }

    private void make(final String type, final Path path) throws IOException, InterruptedException {
        switch (type) {
            case "pipe" -> assertThat(new ProcessBuilder("mkfifo", path.toString()).start()
                .waitFor(10, TimeUnit.SECONDS)).isTrue();
            case "directory" -> Files.createDirectory(path);
            case "link to a pipe" -> {
                make("pipe", temp.resolve("pipe"));
                Files.createSymbolicLink(path, temp.resolve("pipe"));
            }
            case "link to a device" -> Files.createSymbolicLink(path, Path.of("/dev/zero"));
            case "link to nothing" -> Files.createSymbolicLink(path, temp.resolve("none"));
            default -> throw new IllegalArgumentException(type);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"pipe", "directory", "link to a pipe", "link to a device", "link to nothing"})
    void shouldNameTheFileWhenItIsNoRegularOne(final String type) throws Exception {
        final Path alone = Files.createDirectories(temp.resolve("alone/0000"));
        make(type, alone.resolve("x.cq4"));
        assertThatThrownBy(() -> read(temp.resolve("alone"))).hasMessageContaining("x.cq4");
        // Beside a good one it costs itself only.
        final Path good = trace("good", 2);
        Files.move(alone.resolve("x.cq4"), good.resolve("0000/a.cq4"));
        assertThat(read(good)).isEqualTo(200);
        assertThat(TraceReader.open(good).damage()).singleElement().extracting(TraceDamage::file).asString()
            .endsWith("a.cq4");
    }

    @Test
    void shouldReadToTheEndWhenTheFileIsSparse() throws IOException {
        final Path trace = trace("t", 3);
        try (RandomAccessFile file = new RandomAccessFile(queueFile(trace).toFile(), "rw")) {
            file.setLength(SPARSE_LENGTH);
        }
        assertThat(read(trace)).isEqualTo(300);
        final Path empty = Files.createDirectories(temp.resolve("empty/0000")).resolve("x.cq4");
        try (RandomAccessFile file = new RandomAccessFile(empty.toFile(), "rw")) {
            file.setLength(SPARSE_LENGTH);
        }
        assertThatThrownBy(() -> read(temp.resolve("empty"))).isInstanceOf(TraceStoreException.class)
            .hasMessageContaining("the trace is empty");
    }

    @Test
    void shouldStepOverTheRestWhenTheFileIsTruncatedWhileItIsRead() throws IOException {
        final Path trace = trace("t", 50);
        final TraceReader reader = TraceReader.open(trace);
        final EventCursor cursor = reader.events().cursor();
        assertThat(cursor.next()).isTrue();
        try (FileChannel file = FileChannel.open(queueFile(trace), StandardOpenOption.WRITE)) {
            file.truncate(file.size() / 2);
        }
        assertTimeoutPreemptively(LIMIT, () -> {
            while (cursor.next()) {
                assertThat(cursor.event().getLong(0)).isEqualTo(1);
            }
        });
        assertThat(cursor.count()).isBetween(100L, 4_900L);
        assertThat(reader.damage()).isNotEmpty();
    }

    /** A page's end is where a load of a whole word ended the JVM. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7})
    void shouldRefusePacketWhenItsContentIsShorterThanAnEvent(final int length) throws IOException {
        final TargetInfo target = TestTraces.target();
        final Path directory = temp.resolve("t");
        try (TraceWriter writer = TraceWriter.create(directory, TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(TestTraces.PAIR));
            final PacketBuilder ring = new PacketBuilder(target.id(), 0);
            ring.event(new EventSchema(1, "p", "e", List.of()), 5, 0).finish();
            Memory.putLong(ring.address() + PacketHeaderDescriptor.CONTENT_SIZE_OFFSET,
                (PacketHeaderDescriptor.LENGTH + (long) length) * Byte.SIZE);
            writer.packet(0, ring.address(), ring.length());
        }
        assertThat(read(directory)).isZero();
        assertThat(TraceReader.open(directory).damage()).singleElement().extracting(TraceDamage::problem).asString()
            .contains("event count does not fit");
    }

    @Test
    void shouldNeedLittleMemoryWhenThereAreVeryManyTargets() throws Exception {
        final Path directory = temp.resolve("t");
        final EventSchema last = new EventSchema(EventSchema.MAX_ID, "p", "e",
            Collections.nCopies(20, new FieldSchema("f", FieldType.FLOAT64)));
        try (TraceWriter writer = TraceWriter.create(directory, TestTraces.INFO)) {
            for (int i = 0; i < MANY; i++) {
                final TargetInfo target = TestTraces.target();
                writer.addTarget(target);
                writer.schema(i, TestTraces.log(i % 10 == 0 ? last : new EventSchema(EventSchema.MAX_ID, "p", "e",
                    List.of())));
                if (i % 10 != 0) {
                    new PacketBuilder(target.id(), 0).event(new EventSchema(EventSchema.MAX_ID, "p", "e", List.of()),
                        5, 0).append(writer, i);
                }
            }
        }
        report(directory, "\"stored\":" + MANY / 10 * 9 + ",");
    }

    @Test
    void shouldRefuseEventsWhenTheyHaveMoreFieldsThanAny() throws Exception {
        final Path directory = temp.resolve("t");
        try (TraceWriter writer = TraceWriter.create(directory, TestTraces.INFO)) {
            writer.addTarget(TestTraces.target());
            for (int i = 1; i <= 30; i++) {
                writer.schema(0, TestTraces.log(new EventSchema(i, "p", "e" + i,
                    Collections.nCopies(60_000, new FieldSchema("", FieldType.INT8)))));
            }
        }
        report(directory, "too many fields: event=p:e1 fields=60000 limit=64");
    }

    private void report(final Path directory, final String wanted) throws Exception {
        try (ChildProgram child = ChildProgram.start(temp, List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            ChildProgram.launcherFlags().get(0), "-Xmx400m", "-XX:MaxDirectMemorySize=100m", "-cp",
            System.getProperty("java.class.path"), "dev.sluice.cli.Main", "report", directory.toString(),
            "--json"))) {
            assertThat(child.awaitExit()).as(child.errors()).isEqualTo(3);
            assertThat(child.output()).contains(wanted);
        }
    }
}
