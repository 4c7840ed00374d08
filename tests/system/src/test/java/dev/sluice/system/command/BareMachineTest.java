// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.bpf.libbpf.UprobeMulti;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.store.TestTraces;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.system.scene.Scene;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Issue 15: a machine that lacks what eBPF needs, played in a mount namespace: recordings go on in shared mode and say
 * why, and what needs eBPF says in one sentence what is missing and what to do.
 */
@OneJdk
@KernelTest
@Timeout(300)
class BareMachineTest {
    @TempDir
    private Path directory;

    /** What hides something, as words of a shell, and then becomes the rest of the command line. */
    private static List<String> hiding(final String script) {
        return List.of("unshare", "-m", "sh", "-c", script + " && exec \"$@\"", "sh");
    }

    private static Path libbpf() throws IOException {
        for (final String folder : List.of("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64")) {
            final Path link = Path.of(folder, "libbpf.so.1");
            if (Files.exists(link)) {
                return link.toRealPath();
            }
        }
        throw new AssertionError("this machine's libbpf is somewhere else");
    }

    @Test
    void shouldGoOnInSharedModeWhenTheLibraryIsNone() throws Exception {
        final Path empty = Files.createFile(directory.resolve("empty"));
        check(hiding("mount --bind " + empty + " " + libbpf()), "libbpf.so.1 cannot be loaded, or is older than 1.0:"
            + " apt-get install libbpf1 (");
    }

    @Test
    void shouldGoOnInSharedModeWhenTheLibraryIsTooOld() throws Exception {
        final Path source = Files.writeString(directory.resolve("old.c"),
            "unsigned libbpf_version_string(void) { return 0; }\n");
        final Path old = directory.resolve("old.so");
        assertThat(new ProcessBuilder("gcc", "-shared", "-fPIC", "-Wl,-soname,libbpf.so.1", "-o", old.toString(),
            source.toString()).inheritIO().start().waitFor()).isZero();
        check(hiding("mount --bind " + old + " " + libbpf()), "libbpf.so.1 cannot be loaded, or is older than 1.0:"
            + " apt-get install libbpf1 (Error looking up function '");
    }

    @Test
    void shouldGoOnInSharedModeWhenTheKernelDoesNotDescribeItsTypes() throws Exception {
        // What counts and sums needs to know no type of the kernel.
        check(List.of("--mode bpf", "--mode pull"), hiding("mount -t tmpfs none /sys/kernel/btf"),
            "the kernel has no BTF: it needs CONFIG_DEBUG_INFO_BTF (see /sys/kernel/btf/vmlinux)");
    }

    @Test
    void shouldGoOnInSharedModeWhenRootHasNoRightToBpf() throws Exception {
        final String none = "-bpf,-perfmon,-sys_admin";
        check(List.of("setpriv", "--bounding-set", none, "--inh-caps", none),
            "run as root, or give CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE");
    }

    /** As the profile of a container does; root has all its rights, which are of no use then. */
    @ParameterizedTest
    @CsvSource({"EPERM, its seccomp profile to allow bpf(2) and perf_event_open(2)",
        "ENOSYS, a seccomp profile hides bpf(2) or perf_event_open(2) from this process"})
    void shouldGoOnInSharedModeWhenAFilterOfSystemCallsRefusesBpf(final String error, final String why)
        throws Exception {
        final List<String> refusing = refusing(error, "bpf", "perf_event_open");
        check(refusing, why);
        final String doctor = output(refusing, ExitStatus.INCOMPLETE, "doctor");
        assertThat(doctor).doesNotContain("Exception", "unexpected", "null").contains("limited  rights.seccomp");
        for (final String mode : List.of("mode.bpf", "mode.pull", "mode.trap")) {
            assertThat(doctor).containsPattern("(?m)^missing +" + Pattern.quote(mode) + " ");
        }
        assertThat(doctor).containsPattern("(?m)^ok +" + Pattern.quote("mode.shared") + " ");
    }

    /** Where the kernel attaches by bpf(2) alone nothing is missing. Elsewhere the reason is said. */
    @ParameterizedTest
    @ValueSource(strings = {"EPERM", "ENOSYS"})
    void shouldRecordOrSayWhyWhenAFilterOfSystemCallsRefusesPerfEvents(final String error) throws Exception {
        final List<String> refusing = refusing(error, "perf_event_open");
        try (ChildProgram hello = hello("1000")) {
            final String pid = Long.toString(hello.pid());
            assertThat(said(refusing, ExitStatus.OK, "record", "-p", pid, "--duration", "1s", "-o",
                directory.resolve("trace").toString())).hasLineCount(UprobeMulti.isUsed() ? 1 : 2)
                .contains("has begun: ");
            assertThat(TraceReader.open(directory.resolve("trace")).events().count()).isPositive();
            final String refused = said(siteBySite(refusing), ExitStatus.FAILED, "record", "-p", pid, "--mode", "bpf",
                "--duration", "1s", "-o", directory.resolve("out").toString());
            assertThat(refused).hasLineCount(1).contains("seccomp profile")
                .doesNotContain("Exception", "java.", "null");
            assertThat(directory.resolve("out")).doesNotExist();
            assertThat(said(siteBySite(refusing), ExitStatus.OK, "record", "-p", pid, "--duration", "1s", "-o",
                directory.resolve("shared").toString())).hasLineCount(2).contains("draining in shared mode: ",
                "seccomp profile");
            assertThat(said(siteBySite(refusing), ExitStatus.FAILED, "trap", "-p", pid, "--count", "--duration", "1s",
                "hello:world")).hasLineCount(1).contains("seccomp profile");
            assertThat(hello.isAlive()).isTrue();
        }
    }

    /** Has a JVM attach by a perf event for each site, as kernels before 6.6 need it. */
    private static List<String> siteBySite(final List<String> wrapper) {
        return Stream.concat(Stream.of("env", "JAVA_TOOL_OPTIONS=-D" + UprobeMulti.PROPERTY + "=false"),
            wrapper.stream()).toList();
    }

    /** What hides system calls from the rest of the command line. */
    private List<String> refusing(final String error, final String... calls) throws Exception {
        final Path program = directory.resolve("refuse");
        assertThat(new ProcessBuilder("gcc", "-O1", "-Wall", "-Werror", "-o", program.toString(),
            ChildProgram.root().resolve("tests/system/src/test/c/refuse.c").toString()).inheritIO().start().waitFor())
            .isZero();
        return Stream.of(Stream.of(program.toString(), error), Stream.of(calls), Stream.of("--"))
            .flatMap(words -> words).toList();
    }

    @Test
    void shouldEndInOrderWithStatus3WhenTheDiskIsFull() throws Exception {
        final Path mount = Files.createDirectory(directory.resolve("small"));
        checkFull(hiding("mount -t tmpfs -o size=16m none " + mount), mount.resolve("trace"));
    }

    /** It ended with a failure and without an account, and blamed the disk. */
    @Test
    void shouldEndInOrderWithStatus3WhenTheLimitOfTheSizeOfFilesIsReached() throws Exception {
        checkFull(List.of("sh", "-c", "ulimit -f 8000 && exec \"$@\"", "sh"), directory.resolve("trace"));
    }

    private void checkFull(final List<String> wrapper, final Path trace) throws Exception {
        try (ChildProgram hello = hello("200000")) {
            final String said = said(wrapper, ExitStatus.INCOMPLETE, "record", "-p", Long.toString(hello.pid()),
                "--mode", "shared", "--duration", "60s", "-o", trace.toString());
            assertThat(said).hasLineCount(2).endsWith("sluice record: the recording has ended: its disk has no more"
                + " room than --keep-free leaves to others, or none at all, or the limit of the size of files (ulimit"
                + " -f) is reached\n");
            assertThat(hello.isAlive()).isTrue();
            if (Files.exists(trace)) {
                final TraceReader reader = TraceReader.open(trace);
                assertThat(reader.isEndKnown()).isTrue();
                assertThat(reader.events().count()).isPositive();
            }
        }
    }

    /** The first has no room for DuckDB's library, the second for what a query does not keep in memory. */
    @ParameterizedTest
    @CsvSource({"4m, DuckDB does not start: its library takes",
        "80m, Out of Memory Error: failed to offload data block of size"})
    void shouldSayInOneSentenceWhatToDoWhenTheTemporaryDirectoryIsFull(final String size, final String why)
        throws Exception {
        final Path trace = directory.resolve("trace");
        try (TraceWriter writer = TraceWriter.create(trace, TestTraces.INFO)) {
            writer.addTarget(TestTraces.target());
        }
        final Path temporary = Files.createDirectory(directory.resolve("tmp"));
        run("mount", "-t", "tmpfs", "-o", "size=" + size, "none", temporary.toString());
        try {
            final String refused = said(List.of("env", "JDK_JAVA_OPTIONS=-Djava.io.tmpdir=" + temporary),
                ExitStatus.FAILED, "sql", trace.toString(), "--memory", "64M", "select count(*) as n from (select i,"
                    + " hash(i) as h from range(8000000) r(i) order by h) where i >= 0");
            assertThat(refused).hasLineCount(1).startsWith("sluice sql: ")
                .contains(why, temporary.toString(), "-Djava.io.tmpdir=DIR")
                .doesNotContain("Exception", "java.lang", "PRAGMA", "SET ", "unexpected", "null");
            assertThat(temporary).isEmptyDirectory();
        } finally {
            run("umount", "-l", temporary.toString());
        }
    }

    private static void run(final String... command) throws Exception {
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).as(String.join(" ", command)).isZero();
    }

    private ChildProgram hello(final String rate) throws Exception {
        final ChildProgram hello = ChildProgram.startJava(directory, ChildProgram.launcherFlags(),
            Scene.targetClassPath(), List.of("dev.sluice.samples.Main", "hello", "--rate", rate));
        hello.awaitFirstLine();
        return hello;
    }

    private void check(final List<String> wrapper, final String why) throws Exception {
        check(List.of("--mode bpf", "--mode pull", "--sum hello:world.n", "hello:world"), wrapper, why);
    }

    private void check(final List<String> refusedWith, final List<String> wrapper, final String why) throws Exception {
        try (ChildProgram hello = hello("1000")) {
            final String pid = Long.toString(hello.pid());
            final Path trace = directory.resolve("trace");
            final String recorded = said(wrapper, ExitStatus.OK, "record", "-p", pid, "--duration", "1s", "-o",
                trace.toString());
            assertThat(recorded).hasLineCount(2).startsWith("sluice record: draining in shared mode: ").contains(why);
            assertThat(TraceReader.open(trace).events().count()).isPositive();
            final Path out = directory.resolve("out");
            for (final String option : refusedWith) {
                final List<String> words = new ArrayList<>(List.of(option.startsWith("--") ? "record" : "trap", "-p",
                    pid, "--duration", "1s"));
                words.addAll(List.of(option.split(" ")));
                words.addAll(option.startsWith("--mode") ? List.of("-o", out.toString()) : List.of());
                final String refused = said(wrapper, ExitStatus.FAILED, words.toArray(String[]::new));
                assertThat(refused).as(option).hasLineCount(1).startsWith("sluice " + words.get(0) + ": ")
                    .contains(why).doesNotContain("Exception", "java.", "unexpected", "null");
                assertThat(out).as(option).doesNotExist();
            }
            assertThat(hello.isAlive()).isTrue();
        }
    }

    private String said(final List<String> wrapper, final int status, final String... arguments) throws Exception {
        try (ChildProgram command = run(wrapper, status, arguments)) {
            // The JVM says so of its own accord.
            return command.errors().replaceFirst("(?m)^Picked up JAVA_TOOL_OPTIONS: .*\\n", "")
                .replaceFirst("(?m)^NOTE: Picked up JDK_JAVA_OPTIONS: .*\\n", "");
        }
    }

    private String output(final List<String> wrapper, final int status, final String... arguments) throws Exception {
        try (ChildProgram command = run(wrapper, status, arguments)) {
            return command.output();
        }
    }

    /** Runs the command to its end; the caller closes it. */
    private ChildProgram run(final List<String> wrapper, final int status, final String... arguments)
        throws Exception {
        final List<String> words = new ArrayList<>(List.of("dev.sluice.cli.Main"));
        words.addAll(List.of(arguments));
        final List<String> flags = new ArrayList<>(ChildProgram.launcherFlags());
        flags.add("-XX:TieredStopAtLevel=1");
        final ChildProgram command = ChildProgram.start(directory,
            ChildProgram.javaCommand(wrapper, flags, System.getProperty("java.class.path"), words));
        assertThat(command.awaitExit()).as(command.toString()).isEqualTo(status);
        return command;
    }
}
