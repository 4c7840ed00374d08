// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.cli.Main;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.consumer.record.Privileges;
import dev.sluice.system.scene.JarClassPath;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.usdt.find.ProcessProbes;
import dev.sluice.usdt.find.UsdtProbe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Issue 10, item 18: root's rights are given up in every thread once everything is attached. */
@OneJdk
@KernelTest
@Timeout(180)
class PrivilegesTest {
    private static final int NOBODY = 65534;
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);

    @TempDir
    private Path temp;

    @ParameterizedTest
    @ValueSource(strings = {"bpf", "shared"})
    void shouldRecordToTheEndWithoutRightsWhenSudoHasMadeItRoot(final String mode) throws Exception {
        final List<String> jars = jars();
        try (ChildProgram target = start(List.of(), jars, "dev.sluice.samples.Main", "hello", "--rate", "2000")) {
            target.awaitFirstLine();
            // Twice: what the first leaves behind would be in the way of the second.
            for (int i = 0; i < 2; i++) {
                final Path trace = temp.resolve("trace" + i);
                try (ChildProgram record = start(List.of("SUDO_UID=" + NOBODY, "SUDO_GID=" + NOBODY), jars,
                    Main.class.getName(), "record", "-p", Long.toString(target.pid()), "--mode", mode, "-o",
                    trace.toString(), "--json")) {
                    awaitUser(record);
                    awaitNoRights(record);
                    assertThat(niceOfReceivers(record)).as("taken before").containsExactly(-10);
                    record.terminate();
                    assertThat(record.awaitExit()).as(record.errors()).isEqualTo(ExitStatus.OK);
                    assertThat(record.errors()).hasLineCount(1).startsWith("sluice record: has begun: ");
                    assertThat(record.output()).contains("\"end\":\"known\"").contains("\"hello:world\"");
                }
                try (Stream<Path> files = Files.walk(trace)) {
                    assertThat(files.toList()).allSatisfy(file ->
                        assertThat(Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS)).isEqualTo(NOBODY));
                }
                assertThat(semaphores(target.pid())).containsOnly(0);
            }
        }
    }

    /** What the command is begun with, what it is asked for (none: nothing), and what the kernel then says. */
    @ParameterizedTest
    @CsvSource({"env, 0, 0", "env, -3, -3", "nice -n 5, none, 5", "nice -n 5, -2, -2", "nice -n -15, none, -15",
        "setpriv --bounding-set -sys_nice --inh-caps -sys_nice, none, 0"})
    void shouldGiveReceiversThePrecedenceThatIsAskedForIfItMay(final String before, final String nice,
        final int expected) throws Exception {
        final List<String> jars = jars();
        try (ChildProgram target = start(List.of(), jars, "dev.sluice.samples.Main", "hello", "--rate", "2000")) {
            target.awaitFirstLine();
            try (ChildProgram record = start(without(before), jars, recordWith(target, nice))) {
                ChildProgram.await("it begins: " + record, () -> record.toString().contains("has begun: ")
                    || !record.isAlive());
                assertThat(niceOfReceivers(record)).containsExactly(expected);
                record.terminate();
                assertThat(record.awaitExit()).as(record.errors()).isEqualTo(ExitStatus.OK);
                assertThat(record.errors()).hasLineCount(1);
            }
        }
    }

    @Test
    void shouldRefuseAPrecedenceThatItMayNotGive() throws Exception {
        final List<String> jars = jars();
        try (ChildProgram target = start(List.of(), jars, "dev.sluice.samples.Main", "hello", "--rate", "2000")) {
            target.awaitFirstLine();
            try (ChildProgram record = start(without("setpriv --bounding-set -sys_nice --inh-caps -sys_nice"), jars,
                recordWith(target, "-10"))) {
                assertThat(record.awaitExit()).as(record.toString()).isEqualTo(ExitStatus.USAGE);
                assertThat(record.errors()).hasLineCount(1).contains("Invalid value for option '--nice': -10 takes"
                    + " CAP_SYS_NICE, or 'ulimit -e 30'; leave it out");
            }
        }
    }

    /** A command in front, in whose process no limit allows what takes the capability. */
    private static List<String> without(final String before) {
        final List<String> command = new ArrayList<>(List.of("prlimit", "--nice=0:0"));
        command.addAll(List.of(before.split(" ")));
        return command;
    }

    private String[] recordWith(final ChildProgram target, final String nice) {
        final List<String> command = new ArrayList<>(List.of(Main.class.getName(), "record", "-p",
            Long.toString(target.pid()), "-o", temp.resolve("trace").toString()));
        if (!nice.equals("none")) {
            command.addAll(List.of("--nice", nice));
        }
        return command.toArray(String[]::new);
    }

    /** Of threads that receive, as the kernel says it. */
    private static List<Integer> niceOfReceivers(final ChildProgram record) throws IOException {
        final List<Integer> values = new ArrayList<>();
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + record.pid() + "/task"))) {
            for (final Path thread : threads.toList()) {
                if (status(thread).stream().anyMatch(line -> line.startsWith("Name:\tsluice-receive"))) {
                    final String stat = Files.readString(thread.resolve("stat"));
                    // The 19th word; the second is a name in parentheses.
                    values.add(Integer.valueOf(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[16]));
                }
            }
        }
        return values;
    }

    /** Segments, what they replace, and snapshots are made and removed by who is nobody by then. */
    @Test
    void shouldRotateAndTakeSnapshotsWithoutRights() throws Exception {
        final List<String> jars = jars();
        final Path trace = temp.resolve("trace");
        try (ChildProgram target = start(List.of(), jars, "dev.sluice.samples.Main", "hello", "--rate", "2000")) {
            target.awaitFirstLine();
            try (ChildProgram record = start(List.of("SUDO_UID=" + NOBODY, "SUDO_GID=" + NOBODY), jars,
                Main.class.getName(), "record", "-p", Long.toString(target.pid()), "-o", trace.toString(), "--flight",
                "1s", "--on", "signal")) {
                awaitUser(record);
                awaitNoRights(record);
                // Any segment behind the first ones will do: each is removed itself soon.
                ChildProgram.await("it removes segments: " + record, () -> !Files.exists(trace.resolve("0002"))
                    && segments(trace).anyMatch(name -> name.compareTo("0015") >= 0));
                record.signal("USR1");
                ChildProgram.await("it takes a snapshot: " + record, () -> record.toString().contains("snapshot 1 ("));
                awaitNoRights(record);
                record.terminate();
                assertThat(record.awaitExit()).as(record.errors()).isEqualTo(ExitStatus.OK);
            }
        }
        assertThat(trace.resolve("snapshot-1/0000")).isDirectory();
        try (Stream<Path> files = Files.walk(trace)) {
            assertThat(files.toList()).hasSizeGreaterThan(30).allSatisfy(file ->
                assertThat(Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS)).isEqualTo(NOBODY));
        }
    }

    /** Issue 15: a recorder that was root has become the user, who may not look into it for all that. */
    @Test
    void shouldLetTheInvokerTakeASnapshotByTheProgramsIdWhenSudoHasMadeTheRecorderRoot() throws Exception {
        Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxrwxrwx"));
        final List<String> jars = openJars();
        // Where the user may list it, and where others' files are not in the way.
        final Path temporary = Files.createDirectory(temp.resolve("tmp"));
        Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxrwxrwx"));
        final String flag = "-Djava.io.tmpdir=" + temporary;
        final List<String> asUser = List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups");
        try (ChildProgram target = start(List.of(), jars, "dev.sluice.samples.Main", "hello", "--rate", "2000");
             ChildProgram other = start(List.of(), jars, "dev.sluice.samples.Main", "hello", "--rate", "2000")) {
            other.awaitFirstLine();
            target.awaitFirstLine();
            final String pid = Long.toString(target.pid());
            try (ChildProgram record = start(List.of("SUDO_UID=" + NOBODY, "SUDO_GID=" + NOBODY,
                "JAVA_TOOL_OPTIONS=" + flag), jars, Main.class.getName(), "record", "-p", pid, "-o",
                temp.resolve("trace").toString(), "--flight", "1s")) {
                ChildProgram.await("it begins: " + record, () -> record.toString().contains("has begun: "));
                awaitUser(record);
                ChildProgram.await("it says where", () -> !files(temporary, "sluice-flight-").isEmpty());
                final List<String> snapshot = new ArrayList<>(asUser);
                snapshot.add("env");
                snapshot.add("JAVA_TOOL_OPTIONS=" + flag);
                try (ChildProgram taken = start(snapshot, jars, Main.class.getName(), "snapshot", "-p", pid, "-o",
                    temp.resolve("taken").toString())) {
                    assertThat(taken.awaitExit()).as(taken.toString()).isEqualTo(ExitStatus.OK);
                    assertThat(taken.output()).contains("taken: ", " events of ");
                }
                try (ChildProgram refused = start(snapshot, jars, Main.class.getName(), "snapshot", "-p",
                    Long.toString(other.pid()), "-o", temp.resolve("none").toString())) {
                    assertThat(refused.awaitExit()).as(refused.toString()).isEqualTo(ExitStatus.FAILED);
                    assertThat(temp.resolve("none")).doesNotExist();
                }
                record.terminate();
                assertThat(record.awaitExit()).as(record.errors()).isEqualTo(ExitStatus.OK);
                assertThat(files(temporary, "sluice-flight-")).isEmpty();
            }
        }
    }

    private static List<Path> files(final Path directory, final String begin) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().startsWith(begin)).toList();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> jars() throws IOException {
        return JarClassPath.in(temp).stream().map(Path::toString).toList();
    }

    /** Copies of the class path's jars where others may read them. */
    private List<String> openJars() throws IOException {
        final List<String> open = new ArrayList<>();
        for (final Path jar : JarClassPath.in(temp)) {
            final Path copy = temp.resolve("open" + open.size() + ".jar");
            Files.copy(jar, copy);
            Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rw-r--r--"));
            open.add(copy.toString());
        }
        return open;
    }

    @Test
    void shouldKeepItsRightsAndGiveTheTraceAtTheEndWhenOthersMayCome() throws Exception {
        final Path trace = temp.resolve("trace");
        // In a pid namespace of its own nobody else comes.
        try (ChildProgram record = start(List.of("SUDO_UID=" + NOBODY, "SUDO_GID=" + NOBODY, "unshare", "-p", "-m",
            "--fork", "--kill-child", "--mount-proc"), jars(), Main.class.getName(), "record", "--new", "-o",
            trace.toString())) {
            ChildProgram.await("it begins: " + record, () -> record.toString().contains("has begun: "));
            assertThat(status(Path.of("/proc/" + record.childPid()))).contains("Uid:\t0\t0\t0\t0");
            assertThat(Files.getAttribute(trace, "unix:uid")).as("nobody can put links in its way").isEqualTo(0);
            ProcessHandle.of(record.childPid()).orElseThrow().destroy();
            assertThat(record.awaitExit()).as(record.errors()).isEqualTo(ExitStatus.OK);
            assertThat(record.errors()).contains("keeps root's rights to the end: with --new it attaches to");
        }
        try (Stream<Path> files = Files.walk(trace)) {
            assertThat(files.toList()).hasSizeGreaterThan(1).allSatisfy(file ->
                assertThat(Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS)).isEqualTo(NOBODY));
        }
    }

    /** Issue 15: as in a container whose root has few rights. The recording was lost when it had begun. */
    @Test
    void shouldStayWhatItIsAndSayWhyWhenItMayNotBecomeTheInvoker() throws Exception {
        final Path trace = temp.resolve("trace");
        final List<String> jars = jars();
        try (ChildProgram target = start(List.of(), jars, "dev.sluice.samples.Main", "hello", "--rate", "2000")) {
            target.awaitFirstLine();
            for (final String right : List.of("chown", "setgid", "setuid")) {
                try (ChildProgram record = start(List.of("SUDO_UID=" + NOBODY, "SUDO_GID=" + NOBODY, "setpriv",
                    "--bounding-set", "-" + right, "--inh-caps", "-" + right), jars, Main.class.getName(), "record",
                    "-p", Long.toString(target.pid()), "--duration", "500ms", "-o", trace + right)) {
                    assertThat(record.awaitExit()).as(record.toString()).isEqualTo(ExitStatus.OK);
                    assertThat(record.errors()).hasLineCount(2).startsWith("sluice record: keeps root's rights to the"
                        + " end: to become uid 65534, gid 65534 takes CAP_" + right.toUpperCase(Locale.ROOT)
                        + ", which this root has not\n");
                }
            }
        }
    }

    @Test
    void shouldBecomeNobodyElseWhenNobodyIsNamedOrItIsRoot() {
        assertThat(Privileges.invoker(Map.of())).isEmpty();
        assertThat(Privileges.invoker(Map.of("SUDO_UID", "0", "SUDO_GID", "0"))).isEmpty();
        assertThat(Privileges.invoker(Map.of("SUDO_UID", "1000"))).isEmpty();
        assertThat(Privileges.invoker(Map.of("SUDO_UID", "4294967295", "SUDO_GID", "1000"))).isEmpty();
        assertThat(Privileges.invoker(Map.of("SUDO_UID", "-5", "SUDO_GID", "x"))).isEmpty();
        assertThat(Privileges.invoker(Map.of("SUDO_UID", "1000", "SUDO_GID", "1001")))
            .contains(new Privileges.User(1000, 1001));
    }

    private static Stream<String> segments(final Path trace) {
        return Stream.of(Objects.requireNonNullElse(trace.toFile().list(), new String[0]))
            .filter(name -> name.matches("[0-9]{4,}"));
    }

    private static List<Integer> semaphores(final long pid) {
        return ProcessProbes.of(pid).stream().map(UsdtProbe::semaphore).toList();
    }

    private static void awaitUser(final ChildProgram record) throws Exception {
        final long deadline = System.nanoTime() + TIMEOUT_NS;
        while (!status(Path.of("/proc/" + record.pid())).contains("Uid:\t65534\t65534\t65534\t65534")) {
            assertThat(System.nanoTime()).as("gives up: %s", record.errors()).isLessThan(deadline);
            assertThat(ProcessHandle.of(record.pid())).as(record.errors()).isPresent();
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    /** The C library has each thread change by itself, one after the other; the first is not the last. */
    private static void awaitNoRights(final ChildProgram record) throws Exception {
        final long deadline = System.nanoTime() + TIMEOUT_NS;
        while (true) {
            try {
                requireNoRights(record);
                return;
            } catch (final AssertionError e) {
                if (System.nanoTime() - deadline > 0) {
                    throw e;
                }
                TimeUnit.MILLISECONDS.sleep(5);
            }
        }
    }

    private static void requireNoRights(final ChildProgram record) throws IOException {
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + record.pid() + "/task"))) {
            final List<List<String>> all =
                threads.map(PrivilegesTest::status).filter(lines -> !lines.isEmpty()).toList();
            assertThat(all).hasSizeGreaterThan(5).allSatisfy(lines -> assertThat(lines)
                .contains("Uid:\t65534\t65534\t65534\t65534", "Gid:\t65534\t65534\t65534\t65534",
                    "CapInh:\t0000000000000000", "CapPrm:\t0000000000000000", "CapEff:\t0000000000000000",
                    "CapAmb:\t0000000000000000")
                .anyMatch(line -> line.matches("Groups:\t65534 *")));
        }
    }

    private static List<String> status(final Path task) {
        try {
            return Files.readAllLines(task.resolve("status"), StandardCharsets.ISO_8859_1);
        } catch (final IOException e) {
            return List.of();
        }
    }

    private ChildProgram start(final List<String> environment, final List<String> jars, final String... arguments)
        throws IOException {
        final List<String> command = new ArrayList<>(List.of("env"));
        command.addAll(environment);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ChildProgram.launcherFlags());
        command.addAll(List.of("-cp", String.join(":", jars)));
        command.addAll(List.of(arguments));
        return ChildProgram.start(temp, command);
    }
}
