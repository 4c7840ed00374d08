// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.consumer.record.EventPath;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.RecordResult;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.store.export.ctf.CtfExporter;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TracePrinter;
import dev.sluice.store.report.TraceReport;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.trace.Provider;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/**
 * A hundred thousand virtual threads, that change carriers between any two events, or some platform threads where the
 * JDK has no others: fired is the application's count, stored the reader's (R7), and every event names the thread that
 * fired it.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ManyThreadsTest {
    private static final int THREADS = ManyThreadsProgram.IS_VIRTUAL ? 100_000 : 30;
    private static final int FEWER_THREADS = Math.min(THREADS, 20_000);
    private static final int EVENTS = ManyThreadsProgram.IS_VIRTUAL ? 4 : 60;
    private static final int CARRIERS = 4;
    private static final long BLOCK_NS = TimeUnit.MINUTES.toNanos(2);
    private static final Pattern SAID = Pattern.compile("(?s).*fired (\\d+) on (\\d+)\n");
    private static final Pattern LINE = Pattern.compile(
        ".* many:(number|text): \\{ begin_position [^}]*}, (?:\\{ virtual_thread_id = (\\d+) }, )?"
            + "\\{ .*thread = (\\d+), index = (\\d+) }");

    @TempDir
    private Path directory;

    private ChildProgram start(final String... flags) throws IOException, InterruptedException {
        return start(System.getProperty("java.class.path"), THREADS, flags);
    }

    private ChildProgram start(final String classPath, final int threads, final String... flags)
        throws IOException, InterruptedException {
        final List<String> all = new ArrayList<>(ChildProgram.launcherFlags());
        all.addAll(List.of("-Djdk.virtualThreadScheduler.parallelism=" + CARRIERS, "-Dsluice.chunk.length=8192"));
        all.addAll(List.of(flags));
        final ChildProgram program = ChildProgram.startJava(directory, all, classPath,
            List.of(ManyThreadsProgram.class.getName(), Integer.toString(threads), Integer.toString(EVENTS)));
        assertThat(program.awaitFirstLine()).isEqualTo("ready");
        return program;
    }

    /** Records until the program ends; returns what it said it fired. */
    private long record(final ChildProgram program, final EventPath path, final FullPolicy policy)
        throws IOException, InterruptedException {
        final RecordOptions options = RecordOptions.of(program.pid(), directory.resolve("t"))
            .patterns(List.of("many:*")).source(path).policy(policy).blockTimeoutNs(BLOCK_NS)
            .ringBufferBytes(128 << 10).build();
        try (Recorder recorder = Recorder.start(options)) {
            recorder.await(TimeUnit.MINUTES.toNanos(4), () -> false, () -> { });
            final RecordResult result = recorder.finish();
            System.out.println("many threads: " + path + " " + policy + ": stored " + result.stored() + ", discarded "
                + result.discarded() + ", blocked ns " + result.blockedNs());
            assertThat(result.known()).isTrue();
        }
        assertThat(program.awaitExit()).as(program.errors()).isZero();
        final Matcher said = SAID.matcher(program.output());
        assertThat(said.matches()).as(program.output()).isTrue();
        System.out.println("many threads: the program " + said.group().lines().reduce((a, b) -> b).orElseThrow());
        return Long.parseLong(said.group(1));
    }

    /** Every event has its thread's id, in its context or its ring; returns which events of each thread are stored. */
    private static Map<Long, Long> storedByThread(final TraceReader reader) {
        final Map<Long, Long> stored = new HashMap<>();
        final Set<Integer> rings = new HashSet<>();
        final EventCursor cursor = reader.events().cursor();
        while (cursor.next()) {
            final EventView event = cursor.event();
            final boolean isText = event.schema().name().endsWith("text");
            final long thread = event.getLong(isText ? 1 : 0);
            final long index = event.getLong(isText ? 2 : 1);
            rings.add(event.ring());
            if (event.streamClass() != (ManyThreadsProgram.IS_VIRTUAL ? StreamClass.CARRIER
                : StreamClass.PLATFORM)
                || thread != (ManyThreadsProgram.IS_VIRTUAL ? event.virtualThreadId() : event.javaThreadId())
                || isText && !event.getString(0).equals(ManyThreadsProgram.label(thread, index))) {
                throw new AssertionError("thread " + thread + " index " + index + " is stored for " + event
                    .virtualThreadId() + " on " + event.javaThreadId() + " in class " + event.streamClass());
            }
            final long bit = 1L << index;
            if ((stored.merge(thread, bit, Long::sum) & bit) == 0) {
                throw new AssertionError("thread " + thread + " index " + index + " is stored twice");
            }
        }
        System.out.println("many threads: rings " + rings.size());
        assertThat(rings.size()).as("rings")
            .isLessThanOrEqualTo(ManyThreadsProgram.IS_VIRTUAL ? 2 * CARRIERS : THREADS);
        return stored;
    }

    private TraceReader check(final long fired) {
        final TraceReader reader = TraceReader.open(directory.resolve("t"));
        final Map<Long, Long> stored = storedByThread(reader);
        final TraceReport report = TraceReport.of(reader);
        final long count = stored.values().stream().mapToLong(Long::bitCount).sum();
        assertThat(report.account().isEndKnown()).isTrue();
        assertThat(count).isEqualTo(report.account().stored());
        assertThat(count + report.account().discarded() + report.account().overwritten()
            + report.account().lostTotal()).isEqualTo(fired);
        return reader;
    }

    private void assertAllStored(final long fired) {
        assertThat(fired).as("fired").isEqualTo((long) THREADS * EVENTS);
        final Map<Long, Long> stored = storedByThread(check(fired));
        assertThat(stored.size()).as("threads").isEqualTo(THREADS);
        assertThat(stored.values().stream().filter(events -> events != (1L << EVENTS) - 1).count())
            .as("threads that miss events").isZero();
    }

    /** As {@code sluice print} shows them. */
    private static void assertPrinted(final TraceReader reader) throws IOException {
        final EventCursor cursor = reader.events().cursor();
        for (int i = 0; i < 1000; i++) {
            assertThat(cursor.next()).isTrue();
            final ByteArrayOutputStream text = new ByteArrayOutputStream();
            final TracePrinter printer = new TracePrinter(text, false);
            printer.print(cursor.event());
            printer.flush();
            final String id = Long.toString(cursor.event().getLong(cursor.event().fieldCount() - 2));
            assertThat(text.toString(StandardCharsets.UTF_8)).contains("thread=" + id)
                .contains(ManyThreadsProgram.IS_VIRTUAL ? " v" + id + "] " : " " + cursor.event().tid() + "] ");
        }
    }

    @Test
    @KernelTest
    void shouldStoreEveryEventWithItsThreadWhenDrainedByBpf() throws Exception {
        try (ChildProgram program = start()) {
            assertAllStored(record(program, EventPath.BATCH, FullPolicy.BLOCK));
        }
        assertPrinted(TraceReader.open(directory.resolve("t")));
    }

    @Test
    @KernelTest
    void shouldAccountForEveryEventWhenRingsOfManyThreadsDiscard() throws Exception {
        try (ChildProgram program = start(System.getProperty("java.class.path"), FEWER_THREADS,
            "-Dsluice.strategy=drain_thread", "-Dsluice.region.memory=2m")) {
            final long fired = record(program, EventPath.BATCH, FullPolicy.DISCARD);
            assertThat(fired).isEqualTo((long) FEWER_THREADS * EVENTS);
            check(fired);
        }
    }

    private static boolean isInstalled(final String command) throws InterruptedException {
        try {
            return new ProcessBuilder(command, "--version").redirectOutput(ProcessBuilder.Redirect.DISCARD).start()
                .waitFor() == 0;
        } catch (final IOException e) {
            return false;
        }
    }

    @Test
    @KernelTest
    void shouldSalvageEventsWithTheirThreadsWhenTargetIsKilled() throws Exception {
        final long enough = (long) FEWER_THREADS * EVENTS / 4;
        try (ChildProgram program = start(System.getProperty("java.class.path"), FEWER_THREADS)) {
            final RecordOptions options = RecordOptions.of(program.pid(), directory.resolve("t"))
                .patterns(List.of("many:*")).policy(FullPolicy.BLOCK).build();
            try (Recorder recorder = Recorder.start(options)) {
                recorder.await(TimeUnit.MINUTES.toNanos(4), () -> recorder.storedEvents() >= enough, () -> { });
                ProcessHandle.of(program.pid()).ifPresent(ProcessHandle::destroyForcibly);
                assertThat(recorder.finish().isComplete()).isTrue();
            }
        }
        final TraceReader reader = TraceReader.open(directory.resolve("t"));
        final long stored = storedByThread(reader).values().stream().mapToLong(Long::bitCount).sum();
        final TraceReport report = TraceReport.of(reader);
        assertThat(stored).isGreaterThanOrEqualTo(enough);
        assertThat(report.account().isWhole()).isTrue();
        assertThat(report.account().fired()).isEqualTo(stored);
    }

    @Test
    void shouldStoreAndExportEveryEventWithItsThreadWhenConsumerDrains() throws Exception {
        try (ChildProgram program = start()) {
            assertAllStored(record(program, EventPath.SHARED, FullPolicy.BLOCK));
        }
        Assumptions.assumeTrue(isInstalled("babeltrace2"), "stored as it should, but babeltrace2 is not installed");
        final TraceReader reader = TraceReader.open(directory.resolve("t"));
        new CtfExporter(reader).export(directory.resolve("ctf"));
        final Path errors = directory.resolve("errors");
        final Process babeltrace = new ProcessBuilder("babeltrace2", directory.resolve("ctf").toString())
            .redirectError(errors.toFile()).start();
        final Map<Long, Long> printed = new HashMap<>();
        try (BufferedReader lines = new BufferedReader(
            new InputStreamReader(babeltrace.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                final Matcher event = LINE.matcher(line);
                assertThat(event.matches()).as(line).isTrue();
                assertThat(event.group(2)).as(line)
                    .isEqualTo(ManyThreadsProgram.IS_VIRTUAL ? event.group(3) : null);
                printed.merge(Long.parseLong(event.group(3)), 1L << Long.parseLong(event.group(4)), Long::sum);
            }
        }
        assertThat(babeltrace.waitFor(4, TimeUnit.MINUTES)).isTrue();
        assertThat(babeltrace.exitValue()).isZero();
        assertThat(errors).isEmptyFile();
        assertThat(printed.equals(storedByThread(reader))).as("babeltrace2 prints what is stored").isTrue();
    }

    /** A directory with a copy of a class of the library, that looks for a class of the JDK which is not there. */
    private Path blindLibrary() throws IOException {
        final String name = "dev/sluice/target/jvm/VirtualThreads.class";
        final byte[] bytes;
        try (InputStream in = Provider.class.getClassLoader().getResourceAsStream(name)) {
            bytes = in.readAllBytes();
        }
        final String text = new String(bytes, StandardCharsets.ISO_8859_1);
        assertThat(text).contains("jdk.internal.misc.CarrierThreadLocal");
        final Path file = directory.resolve("blind").resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text.replace("CarrierThreadLocal", "CarrierThreadAbsen"), StandardCharsets.ISO_8859_1);
        return directory.resolve("blind");
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21)
    void shouldDiscardAndCountWhenCarriersAreOutOfReach() throws Exception {
        final int threads = 100;
        try (ChildProgram program =
            start(blindLibrary() + ":" + System.getProperty("java.class.path"), threads)) {
            final long fired = record(program, EventPath.SHARED, FullPolicy.BLOCK);
            assertThat(fired).isEqualTo((long) threads * EVENTS);
            final TraceReport report = TraceReport.of(TraceReader.open(directory.resolve("t")));
            assertThat(report.account().refused()).isEqualTo(Map.of(RefusalCause.VIRTUAL_THREAD, fired));
            assertThat(report.account().stored()).isZero();
            assertThat(report.account().isConsistent()).isTrue();
            assertThat(program.errors().lines().filter(line -> line.contains("[sluice]"))).singleElement()
                .asString().contains("virtual threads are discarded and counted: this JDK keeps its carriers to itself:"
                    + " there is no class jdk.internal.misc.CarrierThreadAbsen").doesNotContain("Exception");
        }
    }
}
