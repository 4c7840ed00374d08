// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.cli.MainTest;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetFinder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.system.scene.JarClassPath;
import dev.sluice.system.scene.RecorderHost;
import dev.sluice.system.scene.Scene;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.usdt.find.ProcessProbes;
import dev.sluice.usdt.find.UsdtProbe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Issue 15: every command that takes a process or a trace, given a wrong one: one sentence with the remedy, no stack
 * trace, the exit status, nothing made, and the process as it was.
 */
@OneJdk
@KernelTest
@Timeout(300)
class RefusalsTest {
    private static final String NOBODY = "65534";
    /** One that no kernel gives away. */
    private static final long NO_PROCESS = 2_147_483_647;
    private static final int STAT_TURNS = 60;
    private static final List<String> OF_PROCESSES = List.of("record -o OUT -p PID", "record --mode bpf -o OUT -p PID",
        "record --mode shared -o OUT -p PID", "record --mode pull -o OUT -p PID", "record --flight 1s -o OUT -p PID",
        "record --sum hello:world.n -p PID", "stat -n 1 -p PID", "snapshot -o OUT -p PID", "control -e * -p PID",
        "trap --count -p PID hello:*", "salvage -o OUT PID");
    private static final List<String> OF_TRACES = List.of("report DIR", "print DIR", "tail DIR", "snapshot DIR -o OUT",
        "control DIR -e *", "replay DIR --speed max", "export DIR -o OUT", "export DIR --format parquet -o OUT",
        "diff DIR DIR", "sql DIR from");

    @TempDir
    private Path directory;
    private Path out;
    private final List<ChildProgram> programs = new ArrayList<>();

    @BeforeEach
    void begin() throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        out = directory.resolve("out");
    }

    @AfterEach
    void end() {
        programs.forEach(ChildProgram::close);
    }

    private ChildProgram started(final ChildProgram program) {
        programs.add(program);
        return program;
    }

    /** The command in a JVM that is warm, of a user. */
    private ChildProgram host(final String... wrapper) throws Exception {
        final List<String> jars = new ArrayList<>();
        for (final Path jar : JarClassPath.in(directory)) {
            // Copies, as others may not look into everybody's directories.
            final Path open = directory.resolve("open" + jars.size() + ".jar");
            if (wrapper.length > 0) {
                Files.copy(jar, open);
                Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-r--r--"));
            }
            jars.add((wrapper.length > 0 ? open : jar).toString());
        }
        final ChildProgram host = started(ChildProgram.startServantBy(List.of(wrapper), directory, "host",
            List.of("-Xmx256m"), String.join(":", jars),
            List.of(RecorderHost.class.getName(), directory.resolve("warm" + programs.size()).toString())));
        host.awaitLine("ready", 1);
        return host;
    }

    private ChildProgram hello() throws Exception {
        final ChildProgram hello = started(ChildProgram.startJava(directory, ChildProgram.launcherFlags(),
            Scene.targetClassPath(), List.of("dev.sluice.samples.Main", "hello", "--rate", "100")));
        hello.awaitFirstLine();
        return hello;
    }

    /** Runs a command line; returns what it says on its error stream. */
    private String refused(final ChildProgram host, final String line) throws Exception {
        final int before = host.lines("status");
        final int printed = host.output().length();
        final int said = host.errors().length();
        host.send(line);
        final String status = host.awaitLine("status", before + 1);
        final String errors = host.errors().substring(said);
        assertThat(status).as("%s: %s", line, errors).isEqualTo("status " + ExitStatus.FAILED);
        assertThat(host.output().substring(printed)).as(line).isEqualTo(status + "\n");
        assertThat(errors).as(line).hasLineCount(1).startsWith("sluice " + line.split(" ")[0] + ": ")
            .doesNotContain("Exception", "java.", "Error", "unexpected", "null");
        assertThat(out).as(line).doesNotExist();
        return errors;
    }

    private void refusedOfProcess(final ChildProgram host, final long pid, final String... remedies) throws Exception {
        for (final String line : OF_PROCESSES) {
            assertThat(refused(host, line.replace("PID", Long.toString(pid)).replace("OUT", out.toString())))
                .as(line).containsAnyOf(remedies);
        }
    }

    @Test
    void shouldSayWhyAndWhatToDoWhenItIsNoProcessThatUsesSluice() throws Exception {
        final ChildProgram sleep = started(ChildProgram.start(directory, List.of("sleep", "600")));
        final ChildProgram host = host();
        refusedOfProcess(host, NO_PROCESS, "no process 2147483647: it does not exist or has ended; 'sluice list --all'"
            + " shows what can be traced");
        refusedOfProcess(host, sleep.pid(), "it runs no Java; 'sluice list' shows the programs that use Sluice",
            "has no probe that matches 'hello:*': 'sluice list -p ");
        // A JVM that uses nothing of Sluice that others could record.
        refusedOfProcess(host, host().pid(), "it shares one from its first Provider.load() on",
            "has no probe that matches 'hello:*': 'sluice list -p ");
    }

    @Test
    void shouldNameTheProcessWhenTheIdIsThatOfAThread() throws Exception {
        final ChildProgram hello = hello();
        final long thread;
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + hello.pid() + "/task"))) {
            thread = threads.mapToLong(task -> Long.parseLong(task.getFileName().toString())).max().orElseThrow();
        }
        assertThat(thread).isNotEqualTo(hello.pid());
        refusedOfProcess(host(), thread, "no process " + thread + ": it is a thread of process " + hello.pid()
            + ", whose id is to be given");
        requireUntouched(hello);
    }

    @Test
    void shouldSayWhoMayAndLeaveTheProcessAloneWhenItIsAnotherUsers() throws Exception {
        final ChildProgram hello = hello();
        refusedOfProcess(host("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups"), hello.pid(),
            "run sluice as the user that runs process " + hello.pid() + ", or as root",
            ": run sluice as that user, or give it CAP_SYS_PTRACE");
        requireUntouched(hello);
    }

    @Test
    void shouldSayWhoHasItAndWhatToDoWhenAnotherConsumerRecordsTheProcess() throws Exception {
        final ChildProgram hello = hello();
        final ChildProgram first = host();
        final Path kept = directory.resolve("first");
        first.send("record --mode shared -p " + hello.pid() + " -o " + kept);
        ChildProgram.await("it has begun", () -> hasBegun(first));
        final ChildProgram host = host();
        for (final String line : OF_PROCESSES) {
            // Looking takes no session, and a recording that goes on can be asked.
            if (line.startsWith("record ")) {
                assertThat(refused(host, line.replace("PID", Long.toString(hello.pid())).replace("OUT",
                    out.toString()))).as(line).contains("is being traced already, by process " + first.pid()
                        + ": end that one first, or wait for it");
            }
        }
        assertThat(refused(host, "salvage -o " + out + " " + hello.pid())).contains("is being traced by process "
            + first.pid() + ", whose trace needs no salvage: end that one first");
        assertThat(refused(host, "snapshot -o " + out + " -p " + hello.pid())).contains("--flight");
        assertThat(hello.isAlive()).isTrue();
        // The first one has noticed nothing.
        first.terminate();
        first.awaitExit();
        assertThat(TraceReport.of(TraceReader.open(kept)).account().isWhole()).isTrue();
    }

    /** Looking takes no session, a probe has room for several tracers, and a recording that goes on is asked. */
    @ParameterizedTest
    @ValueSource(strings = {"bpf", "shared"})
    void shouldLookAndAskBesideTheOtherConsumerWhenAnotherConsumerRecordsTheProcess(final String mode)
        throws Exception {
        final ChildProgram hello = hello();
        final String pid = Long.toString(hello.pid());
        final ChildProgram first = host();
        final Path kept = directory.resolve("first");
        first.send("record --mode " + mode + " -p " + pid + " -o " + kept);
        ChildProgram.await("it has begun", () -> hasBegun(first));
        final ChildProgram second = host();
        second.send("tail " + kept);
        for (int i = 0; i < 2; i++) {
            requireRateBeside(first, pid);
            assertThat(done("stat", "-n", "1", "--json", "-p", pid)).contains("\"recorder_pid\":" + first.pid());
            assertThat(done("list", "-p", pid)).contains("recorded by process " + first.pid());
            assertThat(done("trap", "-p", pid, "--count", "--duration", "500ms", "hello:*"))
                .containsPattern("(?m)^hello:world +[1-9]");
            assertThat(done("control", "-p", pid, "-e", "hello:*")).contains("from now on 1 tracepoint: hello:*");
        }
        assertThat(MainTest.runMain("top", "-p", pid).text()).contains("must be a terminal; 'sluice stat -p " + pid);
        // The first one has noticed nothing.
        assertThat(first.lines("status")).isZero();
        first.interrupt();
        assertThat(first.awaitLine("status", 1)).isEqualTo("status " + ExitStatus.OK);
        final TraceReport report = TraceReport.of(TraceReader.open(kept));
        assertThat(report.account().isWhole()).isTrue();
        assertThat(second.awaitLine("status", 1)).isEqualTo("status " + ExitStatus.OK);
        assertThat(second.output().lines().filter(line -> line.contains("hello:world")).count())
            .isEqualTo(report.account().stored());
        assertThat(hello.isAlive()).isTrue();
    }

    /** On a busy machine a second may pass in which the program has no processor: then nothing was fired in it. */
    private static void requireRateBeside(final ChildProgram recorder, final String pid) {
        String said = "";
        for (int turn = 0; turn < STAT_TURNS && !said.contains("hello:world"); turn++) {
            said = done("stat", "-n", "1", "-p", pid);
            assertThat(said).contains("recorded by process " + recorder.pid()).doesNotContain("written over")
                .containsPattern("  hello:world\\n| 0 events/s,");
        }
        assertThat(said).as("stat, for the %dth time", STAT_TURNS).contains("hello:world");
    }

    private static String done(final String... words) {
        final MainTest.Result result = MainTest.runMain(words);
        assertThat(result.status()).as(String.join(" ", words) + ": " + result.text()).isEqualTo(ExitStatus.OK);
        assertThat(result.text()).doesNotContain("Exception", "java.lang", "unexpected");
        return result.text();
    }

    private static boolean hasBegun(final ChildProgram host) {
        try {
            return host.errors().contains(": has begun: ");
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Nobody was in its session, and no probe of it was attached to. */
    private static void requireUntouched(final ChildProgram program) {
        final List<Target> targets = TargetFinder.open(program.pid());
        try {
            assertThat(targets).hasSize(1);
            assertThat(targets.get(0).control().holder().epoch()).isZero();
            assertThat(targets.get(0).control().holder().isFree()).isTrue();
        } finally {
            targets.forEach(Target::close);
        }
        assertThat(ProcessProbes.of(program.pid()).stream().map(UsdtProbe::semaphore)).isNotEmpty().containsOnly(0);
        assertThat(program.isAlive()).isTrue();
    }

    private void refusedOfTrace(final ChildProgram host, final List<String> lines, final Path trace,
        final String expected) throws Exception {
        for (final String line : lines) {
            assertThat(refused(host, line.replace("DIR", trace.toString()).replace("OUT", out.toString())))
                .as(line).contains(expected);
        }
    }

    private Path trace(final String name) {
        final Path trace = directory.resolve(name);
        try (TraceWriter writer = TraceWriter.create(trace, TestTraces.INFO)) {
            writer.addTarget(TestTraces.target());
        }
        return trace;
    }

    @Test
    void shouldSayWhyAndWhatToDoWhenItIsNoTrace() throws Exception {
        final ChildProgram host = host();
        final Path none = directory.resolve("none");
        refusedOfTrace(host, OF_TRACES, none, "no such directory: " + none + "; give the directory of a recording");
        final Path file = Files.writeString(directory.resolve("file"), "");
        refusedOfTrace(host, OF_TRACES, file, file + " is no directory: give the directory of a recording");
        final Path empty = Files.createDirectory(directory.resolve("empty"));
        refusedOfTrace(host, OF_TRACES, empty, "no trace: directory=" + empty + " has no segment (0000/*.cq4); give the"
            + " directory of a recording");
        final Path damaged = trace("damaged");
        try (Stream<Path> files = Files.walk(damaged)) {
            final Path queue = files.filter(one -> one.toString().endsWith(".cq4")).findFirst().orElseThrow();
            Files.writeString(queue, "what somebody else has written here\n".repeat(1000), StandardCharsets.UTF_8);
        }
        refusedOfTrace(host, OF_TRACES.stream().filter(line -> !line.matches("(tail|control).*")).toList(), damaged,
            "not a trace of Sluice, or nothing in it is whole: directory=" + damaged);
    }

    @Test
    void shouldSayWhoMayWhenTheTraceIsAnotherUsers() throws Exception {
        final ChildProgram host = host("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups");
        final Path closed = trace("closed");
        final Path inside = closed.resolve("0000");
        for (final Path trace : List.of(closed, inside)) {
            refusedOfTrace(host, OF_TRACES, trace, "cannot read the trace directory: " + trace + ": permission denied;"
                + " run sluice as the user to whom the trace belongs");
        }
        final Path region = inside.resolve("region");
        assertThat(refused(host, "salvage " + region + " -o " + out)).contains("open(" + region
            + ") failed: permission denied; run sluice as the user that owns it, or as root");
        assertThat(Objects.requireNonNull(closed.toFile().list())).containsExactly("0000");
    }

    /** What was stored is nowhere then, which is no success. */
    @Test
    void shouldSayThatTheTraceIsGoneWhenSomebodyRemovesItMeanwhile() throws Exception {
        final ChildProgram hello = hello();
        final ChildProgram host = host();
        host.send("record --mode shared --duration 2s -p " + hello.pid() + " -o " + out);
        ChildProgram.await("it has begun", () -> hasBegun(host));
        assertThat(new ProcessBuilder("rm", "-r", out.toString()).inheritIO().start().waitFor()).isZero();
        assertThat(host.awaitLine("status", 1)).isEqualTo("status " + ExitStatus.INCOMPLETE);
        assertThat(host.errors()).hasLineCount(2).endsWith("sluice record: the trace is not there: somebody has removed"
            + " or renamed " + out + " while it was recorded; record again\n");
    }
}
