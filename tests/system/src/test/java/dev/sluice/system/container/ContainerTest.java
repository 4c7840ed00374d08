// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.bpf.KernelTest;
import dev.sluice.cli.Main;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.store.read.TraceAccount;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.EveryJdk;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every command of docs/containers.md, in a model of the pod that it describes. An application starts its tracing under
 * the pod's rules on every JDK, as what it loads for that is another thing on 17 than on later ones.
 */
@OneJdk
@KernelTest
@Timeout(300)
class ContainerTest {
    private static final long EVENTS = 3_000;
    private static final String EXEC = "kubectl exec orders -c ";
    private static final String COPY = "kubectl cp -c ";

    @TempDir
    private Path directory;
    private Path traces;
    private Pod pod;
    private List<String> page;

    @BeforeEach
    void make() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/gcc")), "gcc is missing: install gcc");
        page = Files.readAllLines(ChildProgram.root().resolve("docs/containers.md"));
        pod = Pod.make(directory);
        traces = volume("traces");
    }

    @AfterEach
    void end() {
        if (pod != null) {
            pod.close();
        }
    }

    /** A directory that whoever is in the pod may write to, as fsGroup makes a volume. */
    private Path volume(final String name) throws IOException {
        return Files.setPosixFilePermissions(Files.createDirectory(directory.resolve(name)),
            PosixFilePermissions.fromString("rwxrwxrwx"));
    }

    private ChildProgram startApp(final String name, final String... options) throws Exception {
        final List<String> command = new ArrayList<>(List.of("sample", "hello", "--rate", "3000"));
        command.addAll(List.of(options));
        final ChildProgram app = pod.start(name, List.of(), command.toArray(String[]::new));
        assertThat(app.awaitFirstLine()).startsWith("pid ");
        return app;
    }

    private void startSidecar() throws Exception {
        assertThat(page).contains("      command: [sleep, infinity]", "          mountPath: /traces",
            "    runAsUser: " + Pod.USER);
        pod.start("sluice", List.of("/traces=" + traces), "sleep", "infinity");
    }

    /** Commands of the page that begin so, in their order; each must be there. */
    private List<String> lines(final String begin, final int count) {
        final List<String> lines = page.stream().filter(line -> line.startsWith(begin)).toList();
        assertThat(lines).as(begin).hasSize(count);
        return lines;
    }

    private ChildProgram exec(final String container, final String line) throws IOException {
        final String begin = EXEC + container + " -- ";
        assertThat(line).startsWith(begin);
        return pod.exec(container, List.of(line.substring(begin.length()).split(" ")));
    }

    private String run(final String container, final String line) throws Exception {
        try (ChildProgram command = exec(container, line)) {
            assertThat(command.awaitExit()).as("%s: %s", line, command).isEqualTo(ExitStatus.OK);
            return command.output();
        }
    }

    /** What copies a trace out of a container; returns where it is then. */
    private Path copy(final String container, final String line) throws Exception {
        final String[] words = line.substring(COPY.length()).split("[ :]");
        assertThat(List.of(words[0], words[1])).containsExactly(container, "orders");
        final Path to = directory.resolve(words[3]);
        try (ChildProgram copy = ChildProgram.start(directory, List.of("cp", "-r",
            pod.path(container, words[2]).toString(), to.toString()))) {
            assertThat(copy.awaitExit()).as(copy.toString()).isZero();
        }
        return to;
    }

    private static long fired(final ChildProgram app) throws Exception {
        assertThat(app.awaitExit()).as(app.toString()).isZero();
        final String last = app.output().lines().reduce((first, second) -> second).orElseThrow();
        return new ObjectMapper().readTree(last).get("fired").asLong();
    }

    private static void requireExact(final Path trace, final long fired) {
        final TraceAccount account = TraceReport.of(TraceReader.open(trace)).account();
        assertThat(account.fired()).isEqualTo(fired);
        assertThat(account.stored()).isEqualTo(fired);
        assertThat(account.isWhole()).isTrue();
    }

    @EveryJdk
    @Test
    void shouldRecordEveryEventWhenASidecarFollowsTheRules() throws Exception {
        final ChildProgram app = startApp("app", "--count", Long.toString(EVENTS), "--wait");
        startSidecar();
        final List<String> lines = lines(EXEC + "sluice", 5);
        assertThat(run("sluice", lines.get(0))).contains("hello:world");
        run("sluice", lines.get(1));
        assertThat(fired(app)).isEqualTo(EVENTS);
        assertThat(run("sluice", lines.get(2))).contains("hello:world");
        requireExact(copy("sluice", lines(COPY + "sluice", 1).get(0)), EVENTS);
        // What was written where it must not be would have been an error; the model must be one that makes it so.
        try (ChildProgram touch = pod.exec("sluice", List.of("touch", "/here"));
             ChildProgram doctor = pod.exec("sluice", List.of("sluice", "doctor", "--json"))) {
            assertThat(touch.awaitExit()).isPositive();
            assertThat(touch.errors()).contains("Read-only file system");
            assertThat(doctor.awaitExit()).isEqualTo(ExitStatus.INCOMPLETE);
            assertThat(state(doctor, "mode.shared")).isEqualTo("ok");
            assertThat(state(doctor, "mode.bpf")).isEqualTo("missing");
            assertThat(state(doctor, "rights.seccomp")).isEqualTo("limited");
        }
    }

    private static String state(final ChildProgram doctor, final String key) throws IOException {
        for (final JsonNode finding : new ObjectMapper().readTree(doctor.output()).get("findings")) {
            if (finding.get("key").asText().equals(key)) {
                return finding.get("state").asText();
            }
        }
        throw new AssertionError(key + ": " + doctor);
    }

    @Test
    void shouldKeepTheLastPartAndTakeSnapshotsWhenASidecarIsAFlightRecorder() throws Exception {
        final ChildProgram app = startApp("app", "--count", "1000000");
        startSidecar();
        final List<String> lines = lines(EXEC + "sluice", 5);
        try (ChildProgram recorder = exec("sluice", lines.get(3))) {
            ChildProgram.await("it begins: " + recorder, () -> recorder.toString().contains("has begun: "));
            assertThat(run("sluice", lines.get(4))).contains(" events");
            ProcessHandle.of(pod.pid("app")).orElseThrow().destroyForcibly();
            app.awaitExit();
            assertThat(recorder.awaitExit()).as(recorder.toString()).isEqualTo(ExitStatus.OK);
            // In the pod nothing but the machine's count of kills for memory can be seen, and other tests, which run
            // meanwhile, have programs killed for that.
            assertThat(recorder.errors()).containsPattern("snapshot 1 \\((exit|oom)\\): ");
        }
        for (final String snapshot : List.of("wrong.trace", "orders.flight/snapshot-1")) {
            final TraceAccount account = TraceReport.of(TraceReader.open(traces.resolve(snapshot))).account();
            assertThat(account.isWhole()).as(snapshot).isTrue();
            assertThat(account.stored()).as(snapshot).isPositive();
        }
    }

    @Test
    void shouldRecordEveryEventWhenAContainerIsAddedToDebug() throws Exception {
        final ChildProgram app = startApp("app", "--count", Long.toString(EVENTS), "--wait");
        final String debug = lines("kubectl debug orders ", 1).get(0);
        assertThat(debug).contains("-c debugger", "--target=app", "--profile=restricted", "--custom=user.json");
        assertThat(page).contains("{\"securityContext\": {\"runAsUser\": " + Pod.USER + ", \"runAsGroup\": " + Pod.USER
            + "}}");
        pod.start("debugger", List.of("/tmp=" + volume("debugged")), debug.split(" -- ")[1].split(" "));
        final List<String> lines = lines(EXEC + "debugger", 2);
        run("debugger", lines.get(0));
        assertThat(fired(app)).isEqualTo(EVENTS);
        assertThat(run("debugger", lines.get(1))).contains("hello:world");
        requireExact(copy("debugger", lines(COPY + "debugger", 1).get(0)), EVENTS);
    }

    @Test
    void shouldSayThatThereIsNoSuchProgramWhenThePodDoesNotShareItsProcesses() throws Exception {
        startApp("app", "--count", "1000000");
        pod.startApart("sluice", List.of("/traces=" + traces), "sleep", "infinity");
        try (ChildProgram record = exec("sluice", lines(EXEC + "sluice", 5).get(1))) {
            assertThat(record.awaitExit()).as(record.toString()).isEqualTo(ExitStatus.FAILED);
            assertThat(record.errors()).contains("dev.sluice.samples.Main").doesNotContain("Exception");
        }
        try (Stream<Path> files = Files.list(traces)) {
            assertThat(files).isEmpty();
        }
    }

    @EveryJdk
    @Test
    void shouldRecordEveryEventByBpfWhenItIsRecordedFromTheMachine() throws Exception {
        final ChildProgram app = startApp("app", "--count", Long.toString(EVENTS), "--wait");
        final List<String> lines = lines("sluice ", 2);
        assertThat(machine(lines.get(0))).contains("hello:world");
        machine(lines.get(1).replace("orders.trace", directory.resolve("machine.trace").toString()));
        assertThat(fired(app)).isEqualTo(EVENTS);
        requireExact(directory.resolve("machine.trace"), EVENTS);
    }

    private String machine(final String line) throws Exception {
        final List<String> words = new ArrayList<>(List.of(Main.class.getName()));
        words.addAll(List.of(line.substring("sluice ".length()).replace("PID", Long.toString(pod.pid("app")))
            .split(" ")));
        try (ChildProgram command = ChildProgram.startJava(directory, ChildProgram.launcherFlags(),
            System.getProperty("java.class.path"), words)) {
            assertThat(command.awaitExit()).as("%s: %s", line, command).isEqualTo(ExitStatus.OK);
            return command.output();
        }
    }
}
