// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.probe;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.bpf.trap.UsdtProgram;
import dev.sluice.cli.MainTest;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.consumer.probe.ProbeTracer;
import dev.sluice.consumer.probe.TracedProbe;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.RecordResult;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.ring.event.Glob;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.SdtTarget;
import dev.sluice.usdt.find.ProcessProbes;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code sluice trap} on a program that Sluice has nothing to do with, and on a traced JVM. */
@OneJdk
@Tag("kernel")
@Timeout(400)
class TrapCommandTest {
    private static final long TIMEOUT_S = 180;

    @TempDir
    private static Path directory;
    private static Path executable;

    @BeforeAll
    static void compile() throws Exception {
        executable = SdtTarget.compile(directory);
    }

    /** A traced JVM. */
    private static final class JavaTarget implements AutoCloseable {
        private final Process process;
        private final BufferedReader out;
        private final BufferedWriter in;

        JavaTarget() throws IOException {
            final List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Dsluice.usdt.dir=" + directory
                    .resolve("stubs"), "-cp", System.getProperty("java.class.path"), WideProgram.class.getName()));
            process = new ProcessBuilder(command).redirectError(directory.resolve("target.err").toFile()).start();
            out = process.inputReader();
            in = process.outputWriter();
            assertThat(out.readLine()).isEqualTo("ready");
        }

        long send(final String line) throws IOException {
            in.write(line + "\n");
            in.flush();
            return Long.parseLong(out.readLine());
        }

        long pid() {
            return process.pid();
        }

        int semaphores() {
            return ProcessProbes.of(pid()).stream().filter(p -> p.provider().matches("wide|narrow"))
                .mapToInt(p -> p.semaphore()).sum();
        }

        void kill() {
            process.destroyForcibly().onExit().join();
        }

        @Override
        public void close() {
            kill();
        }
    }

    /** Waits for something that another process is about to do. */
    private interface Condition {
        boolean holds() throws IOException;
    }

    private static void await(final Condition condition) throws IOException {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_S);
        while (!condition.holds()) {
            assertThat(System.nanoTime() - deadline).as("waiting").isNegative();
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** The command, running beside this thread. */
    private static final class Trap {
        private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
        private final CompletableFuture<MainTest.Result> result;

        Trap(final long pid, final String... arguments) {
            final List<String> line = new ArrayList<>(List.of("trap", "-p", Long.toString(pid)));
            line.addAll(List.of(arguments));
            result = CompletableFuture.supplyAsync(() -> MainTest.runMain(printed, line.toArray(new String[0])),
                task -> new Thread(task, "sluice-trap").start());
        }

        /** Until it has said that it is attached: a semaphore is up a moment before its probe traps. */
        void awaitAttached() throws IOException {
            await(() -> result.isDone() || printed.toString().contains("attached to "));
        }

        MainTest.Result result() throws Exception {
            return result.get(TIMEOUT_S, TimeUnit.SECONDS);
        }
    }

    /** Traces a C program while it is told something, to its end; returns what was printed, without the first line. */
    private static List<String> traced(final List<String> told, final String... arguments) throws Exception {
        try (SdtTarget target = SdtTarget.start(executable)) {
            final Trap trap = new Trap(target.pid(), arguments);
            trap.awaitAttached();
            for (final String line : told) {
                target.send(line);
            }
            target.kill();
            final MainTest.Result result = trap.result();
            assertThat(result.status()).as(result.text()).isEqualTo(ExitStatus.OK);
            final List<String> lines = result.text().lines().collect(Collectors.toList());
            assertThat(lines.remove(0)).startsWith("sluice trap: attached to ");
            return lines;
        }
    }

    @Test
    void shouldPrintEachHitWhenTheProgramIsForeign() throws Exception {
        final List<String> lines =
            traced(List.of("places 1", "places 0"), "market:places", "--print", "--string", "arg6");
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0)).matches("\\d{4}-\\d\\d-\\d\\dT[0-9:]{8}\\.\\d{9}Z market:places "
            + "\\[(sdt_target )?\\d+] arg0=-1 arg1=-20 arg2=200 arg3=-1000000000000 arg4=22 "
            + "arg5=-7 arg6=\"gr\u00fc\u00dfe\" arg7=78187493530");
        assertThat(lines.get(1)).contains("arg1=10 arg2=-100");
    }

    @Test
    void shouldCountAllSitesWhenAPatternSpansProviders() throws Exception {
        assertThat(traced(List.of("trade 500"), "*:tra*", "--count")).containsExactly(
            "probe          hits", "market:trade  1,000", "depot:trade     500");
        final JsonNode json = new ObjectMapper().readTree(
            traced(List.of("trade 5", "twelve 1"), "*", "--count", "--json").get(0));
        assertThat(json.get("events")).extracting(e -> e.get("name").asText() + "=" + e.get("count").asLong())
            .contains("market:trade=10", "depot:trade=5", "market:twelve=1", "market:widths=0");
    }

    @Test
    void shouldPutAnArgumentIntoAHistogramWhenAsked() throws Exception {
        assertThat(traced(List.of("trade 5"), "market:trade", "--hist", "arg0")).startsWith(
            "market:trade arg0", "(..., 0)                          4 |" + "@".repeat(52) + "|",
            "[0]                               2 |" + "@".repeat(26) + " ".repeat(26) + "|");
        final JsonNode json = new ObjectMapper().readTree(
            traced(List.of("trade 5"), "market:trade", "--hist", "1", "--json").get(0));
        final JsonNode histogram = json.get("histograms").get(0);
        assertThat(histogram.get("count").asLong()).isEqualTo(10);
        assertThat(histogram.get("buckets")).extracting(JsonNode::toString).containsExactly(
            "{\"from\":null,\"to\":0,\"count\":4}", "{\"from\":0,\"to\":1,\"count\":2}",
            "{\"from\":1,\"to\":2,\"count\":1}", "{\"from\":2,\"to\":4,\"count\":2}",
            "{\"from\":4,\"to\":8,\"count\":1}");
    }

    @Test
    void shouldSayWhatIsWrongWhenThereIsNothingToTrace() throws Exception {
        try (SdtTarget target = SdtTarget.start(executable)) {
            assertThat(new Trap(target.pid(), "market:nothing").result()).satisfies(r -> {
                assertThat(r.status()).isEqualTo(ExitStatus.FAILED);
                assertThat(r.text()).contains("no probe that matches 'market:nothing'", "sluice list -p");
            });
            assertThat(new Trap(target.pid(), "market:trade", "--hist", "cents").result()).satisfies(r -> {
                assertThat(r.status()).isEqualTo(ExitStatus.FAILED);
                assertThat(r.text()).contains("no histogram of argument 'cents' of market:trade: it has arg0, arg1");
            });
            assertThat(new Trap(target.pid(), "a:b", "--count", "--print").result().status())
                .isEqualTo(ExitStatus.USAGE);
            assertThat(new Trap(-1, "a:b").result().status()).isEqualTo(ExitStatus.USAGE);
        }
    }

    @Test
    void shouldReadTwelveFieldsByNameAndTypeWhenTheTargetIsOurs() throws Exception {
        try (JavaTarget target = new JavaTarget()) {
            final Trap trap = new Trap(target.pid(), "wide:all", "--json");
            trap.awaitAttached();
            assertThat(target.semaphores()).isEqualTo(1);
            assertThat(target.send("wide -2")).as("no session, no ring").isZero();
            target.kill();
            final MainTest.Result result = trap.result();
            assertThat(result.status()).as(result.text()).isEqualTo(ExitStatus.OK);
            final JsonNode hit = new ObjectMapper().readTree(result.text().lines().skip(1).findFirst().orElseThrow());
            assertThat(hit.get("event").asText()).isEqualTo("wide:all");
            assertThat(hit.get("fields").toString()).isEqualTo("{\"a\":-2,\"b\":254,\"c\":-2,\"d\":65534,\"e\":-2,"
                + "\"f\":4294967294,\"g\":-2,\"h\":18446744073709551614,\"price\":-0.5,\"symbol\":\"symbol-\u20ac--2\","
                + "\"buy\":true,\"kind\":\"MARKET\"}");
        }
    }

    @Test
    void shouldLowerSemaphoresWhenTheTracerIsKilled() throws Exception {
        try (JavaTarget target = new JavaTarget()) {
            assertThat(target.semaphores()).isZero();
            try (ProbeTracer beside = count(target.pid(), "wide:small")) {
                assertThat(target.semaphores()).isEqualTo(1);
                final Process tracer = startTracer(target.pid());
                try {
                    // Each of the three is up once, however many have raised it.
                    await(() -> target.semaphores() == 3);
                    target.send("small 10");
                } finally {
                    tracer.destroyForcibly().onExit().join();
                }
                // The kernel detaches for a dead tracer, a moment after its end.
                await(() -> target.semaphores() == 1);
                target.send("small 10");
                assertThat(count(beside, "wide:small")).isEqualTo(20);
            }
            assertThat(target.semaphores()).isZero();
        }
    }

    private static ProbeTracer count(final long pid, final String pattern) {
        final Glob selected = Glob.ofEvents(pattern);
        return ProbeTracer.attach(new ProbeTracer.Options(pid, UsdtProgram.Mode.COUNT, null, List.of(), 1 << 16),
            ProcessProbes.of(pid).stream().filter(p -> selected.matches(p.provider(), p.name())).toList(),
            site -> List.of());
    }

    private static long count(final ProbeTracer tracer, final String name) {
        return tracer.probes().stream().filter(p -> p.qualifiedName().equals(name)).mapToLong(tracer::count).sum();
    }

    @Test
    void shouldDisturbNoBatchSessionWhenATracerWatchesEverything() throws Exception {
        try (JavaTarget target = new JavaTarget();
             Recorder recorder = Recorder.start(RecordOptions.of(target.pid(), directory.resolve("trace")).build())) {
            long fired = 0;
            for (int round = 0; round < 3; round++) {
                // Every fire says whether it found the session's bit: none may miss it while tracers come and go.
                assertThat(target.send("small 1000")).isEqualTo(2000);
                try (ProbeTracer everything = count(target.pid(), "*:*")) {
                    assertThat(everything.probes()).extracting(TracedProbe::qualifiedName).contains("sluice:drain");
                    assertThat(target.send("small 1000")).isEqualTo(2000);
                    assertThat(count(everything, "wide:small")).isEqualTo(1000);
                    assertThat(count(everything, "narrow:small")).isEqualTo(1000);
                }
                assertThat(target.semaphores()).isZero();
                fired += 4000;
            }
            final RecordResult result = recorder.finish();
            assertThat(result.isComplete()).as("%s", result).isTrue();
            assertThat(result.stored()).isEqualTo(fired);
        }
    }

    @Test
    void shouldReachALaterTracepointWhenItsProviderIsTracedAlready() throws Exception {
        try (JavaTarget target = new JavaTarget(); ProbeTracer before = count(target.pid(), "wide:*")) {
            target.send("declare 7");
            try (ProbeTracer late = count(target.pid(), "wide:late*")) {
                target.send("late 7");
                target.send("small 10");
                assertThat(count(late, "wide:late7")).isEqualTo(1);
            }
            target.send("late 7");
            assertThat(count(before, "wide:small")).isEqualTo(10);
            assertThat(before.probes()).extracting(TracedProbe::name).containsExactly("all", "small");
        }
    }

    private static Process startTracer(final long pid) throws IOException {
        final Path root = Path.of(System.getProperty("sluice.root"));
        return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "@" + root.resolve("config").resolve(Runtime.version().feature() >= 24 ? "jvm-24.args" : "jvm-17.args"),
            "-cp", System.getProperty("java.class.path"), "dev.sluice.cli.Main", "trap", "-p",
            Long.toString(pid), "*:*").redirectOutput(directory.resolve("tracer.out").toFile())
            .redirectError(directory.resolve("tracer.err").toFile()).start();
    }
}
