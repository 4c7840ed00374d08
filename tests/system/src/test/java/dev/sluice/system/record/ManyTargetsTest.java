// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.cli.Main;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceReader;
import dev.sluice.system.scene.PidNamespace;
import dev.sluice.system.scene.Scene;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Issue 15, "Done when" 2: several targets in one run, each with its own account, none in another's way. */
@OneJdk
@KernelTest
@Timeout(600)
class ManyTargetsTest {
    private static final List<String> AS_NOBODY =
        List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
    private static final String[] SMALL =
        {"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Dsluice.region.memory=32m"};
    private static final String NAME = FiringProgram.class.getName();
    private static final String SLOWLY = "-Dwork.restUs=100";
    /** More at once than any buffer holds, but not so much in all that the trace becomes large. */
    private static final String FLOOD = "-Dwork.burst=100000 -Dwork.restUs=50000";
    private static final int THREADS = 2;
    private static final long EVENTS = 1_000;

    @TempDir
    private Path directory;

    /** Its files are written by another user too. */
    @BeforeEach
    void letOthersIn() throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    }

    private FiringProgram start(final List<String> launcher, final long events, final String... flags)
        throws IOException {
        final String classPath = launcher == AS_NOBODY ? openClassPath() : Scene.targetClassPath();
        return FiringProgram.startBy(launcher, classPath, directory, THREADS, events,
            Stream.concat(Stream.of(SMALL), Stream.of(flags).flatMap(flag -> Stream.of(flag.split(" "))))
                .toArray(String[]::new));
    }

    /** Copies what a traced program needs: this user's own files may be closed to others. */
    private String openClassPath() throws IOException {
        final List<String> copies = new ArrayList<>();
        final Path library = Files.createDirectory(directory.resolve("library" + System.nanoTime()));
        for (final String entry : Scene.targetClassPath().split(":")) {
            final Path from = Path.of(entry);
            final Path to = library.resolve(copies.size() + "-" + from.getFileName());
            try (Stream<Path> files = Files.walk(from)) {
                for (final Path file : files.toList()) {
                    Files.copy(file, to.resolve(from.relativize(file).toString()));
                }
            }
            copies.add(to.toString());
        }
        try (Stream<Path> files = Files.walk(library)) {
            for (final Path file : files.toList()) {
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        }
        return String.join(":", copies);
    }

    private Path trace() {
        return directory.resolve("trace");
    }

    private ChildProgram record(final String... options) throws IOException {
        return ChildProgram.start(directory, recorder(List.of(), "trace", options));
    }

    private static String[] with(final List<FiringProgram> programs, final String... options) {
        final List<String> all = new ArrayList<>(List.of(options));
        programs.forEach(program -> all.addAll(List.of("-p", Long.toString(program.pid()))));
        return all.toArray(String[]::new);
    }

    private static void awaitSaid(final ChildProgram child, final String text) throws InterruptedException {
        ChildProgram.await("'" + text + "' of " + child, () -> {
            try {
                assertThat(child.isAlive() || child.errors().contains(text)).as(child.toString()).isTrue();
                return child.errors().contains(text);
            } catch (final IOException e) {
                throw new AssertionError(e);
            }
        });
    }

    /** The targets of a trace by their processes' ids, each of which is there once. */
    private static Map<Integer, TargetTrace> targets(final TraceReader trace) {
        return trace.targets().stream().collect(Collectors.toMap(target -> target.info().pid(), Function.identity()));
    }

    /** Reads all events, whose ids run from 0 in each thread of each process, and returns how many each process has. */
    private static Map<Integer, Long> countsInOrder(final TraceReader trace) {
        final Map<Long, Long> next = new HashMap<>();
        final Map<Integer, Long> counts = new HashMap<>();
        final long[] last = {Long.MIN_VALUE};
        trace.events().forEach(event -> {
            final int pid = event.target().info().pid();
            final long thread = (long) pid * THREADS + event.getLong(0);
            final long id = event.getLong(1);
            if (event.monotonicNs() < last[0] || id < next.getOrDefault(thread, 0L)) {
                throw new AssertionError("out of order: pid=" + pid + " id=" + id + " after " + next.get(thread)
                    + " ns=" + event.monotonicNs() + " after " + last[0]);
            }
            last[0] = event.monotonicNs();
            next.put(thread, id + 1);
            counts.merge(pid, 1L, Long::sum);
        });
        return counts;
    }

    /**
     * Two of the programs run in other pid and mount namespaces, and the third is another user's. The first fires
     * without end and is killed; so is the last, which floods, after all others have ended by themselves.
     */
    @ParameterizedTest
    @CsvSource({"bpf, 10", "shared, 4", "pull, 3"})
    void shouldCountEachByItselfWhereverItRunsAndWhateverTheOthersDo(final String mode, final int targets)
        throws Exception {
        final List<FiringProgram> programs = new ArrayList<>();
        try {
            final boolean isOpenToOthers = !mode.equals("pull");
            for (int i = 0; i < targets; i++) {
                final boolean isEndless = i == 0 || i == targets - 1;
                programs.add(start(i < 2 ? PidNamespace.NEW : i == 2 && isOpenToOthers ? AS_NOBODY : List.of(),
                    isEndless ? 0 : EVENTS, i == targets - 1 ? FLOOD : SLOWLY));
            }
            final FiringProgram killed = programs.get(0);
            final FiringProgram flood = programs.get(targets - 1);
            try (ChildProgram record = record(with(programs, "--policy", "discard", "--mode", mode))) {
                awaitSaid(record, "has begun: " + targets + " tracepoints of " + targets + " targets: ");
                ChildProgram.await("it fires: " + record, () -> sum(killed) > 0);
                killed.killJvm();
                for (final FiringProgram program : programs.subList(0, targets - 1)) {
                    awaitSaid(record, "process " + program.pid() + " (" + NAME + ") has ended; ");
                }
                flood.killJvm();
                assertThat(record.awaitExit()).as(record.toString()).isIn(ExitStatus.OK, ExitStatus.INCOMPLETE);
                for (final FiringProgram program : programs.subList(1, targets - 1)) {
                    assertThat(record.output()).contains("process " + program.pid() + " (" + NAME + "): fired 2,000,"
                        + " stored 2,000, discarded 0, overwritten 0, lost 0;");
                }
                assertThat(record.output().lines()).hasSize(targets + 1).last().asString().startsWith(trace() + ": ");
            }
            requireExact(programs);
        } finally {
            programs.forEach(FiringProgram::close);
        }
    }

    private void requireExact(final List<FiringProgram> programs) throws Exception {
        final TraceReader reader = TraceReader.open(trace());
        final Map<Integer, Long> stored = countsInOrder(reader);
        assertThat(stored).hasSize(programs.size());
        for (final FiringProgram program : programs) {
            program.awaitExit();
            final TargetTrace target = targets(reader).get((int) program.pid());
            final EndInfo end = target.end().orElseThrow();
            assertThat(end.known()).isTrue();
            assertThat(end.kind()).isEqualTo(EndKind.TARGET_EXITED);
            assertThat(target.losses()).isEmpty();
            final long written = end.rings().stream().mapToLong(RingAccount::written).sum();
            assertThat(stored.get((int) program.pid())).isEqualTo(written);
            // What a full ring refuses is fired as well. A thread may have died between an event and its count.
            final long fired = written + end.rings().stream().mapToLong(RingAccount::discarded).sum()
                + end.refused().values().stream().mapToLong(Long::longValue).sum();
            final long counted = program.settledSum(fired);
            assertThat(fired - counted).isBetween(0L, counted == EVENTS * THREADS ? 0L : THREADS);
        }
    }

    private static long sum(final FiringProgram program) {
        try {
            return Arrays.stream(program.counts()).sum();
        } catch (final IOException e) {
            throw new AssertionError(e);
        }
    }

    /** In a pid namespace of its own: all that uses Sluice is more than this test elsewhere. */
    @Test
    void shouldRecordWhoComesLaterAndWhoIsThereAndNameWhoIsRefused() throws Exception {
        try (PidNamespace world = PidNamespace.make(directory)) {
            final List<String> in = world.launcher();
            final List<String> asNobody = Stream.concat(in.stream(), AS_NOBODY.stream()).toList();
            try (FiringProgram first = start(in, 0, SLOWLY);
                 ChildProgram busy = ChildProgram.start(directory, recorder(in, "busy", "-p",
                     Integer.toString(PidNamespace.idInside(first.pid())), "--mode", "shared"));
                 FiringProgram there = start(in, 0, SLOWLY)) {
                awaitSaid(busy, "has begun");
                try (ChildProgram record = ChildProgram.start(directory, recorder(in, "trace", "--all", "--new"))) {
                    awaitSaid(record, "has begun: ");
                    final String refused = "sluice record: " + named(first) + " is not recorded: ";
                    assertThat(record.errors().lines().toList()).hasSize(3)
                        .anyMatch(line -> line.startsWith(refused))
                        .contains("sluice record: " + named(there) + " joins: 1 tracepoint");
                    try (FiringProgram later = FiringProgram.startBy(asNobody, openClassPath(), directory, THREADS,
                        EVENTS, Stream.concat(Stream.of(SMALL), Stream.of(SLOWLY)).toArray(String[]::new))) {
                        final String name = named(later);
                        awaitSaid(record, name + " joins: 1 tracepoint");
                        awaitSaid(record, name + " has ended; 1 target left");
                        final int pid = PidNamespace.idInside(there.pid());
                        ProcessHandle.of(PidNamespace.childOf(record)).orElseThrow().destroy();
                        // One was refused.
                        assertThat(record.awaitExit()).as(record.toString()).isEqualTo(ExitStatus.INCOMPLETE);
                        final Map<Integer, Long> counts = countsInOrder(TraceReader.open(trace()));
                        assertThat(counts).hasSize(2).containsKey(pid).containsValue(THREADS * EVENTS);
                    }
                }
            }
        }
    }

    private static String named(final FiringProgram program) throws IOException {
        return "process " + PidNamespace.idInside(program.pid()) + " (" + NAME + ")";
    }

    private List<String> recorder(final List<String> launcher, final String trace, final String... options) {
        final List<String> arguments = new ArrayList<>(List.of(Main.class.getName(), "record"));
        arguments.addAll(List.of(options));
        arguments.addAll(List.of("-o", directory.resolve(trace).toString()));
        return ChildProgram.javaCommand(launcher,
            Stream.concat(Stream.of("-Xmx256m"), ChildProgram.launcherFlags().stream()).toList(),
            System.getProperty("java.class.path"), arguments);
    }

    @Test
    void shouldRecordNoneWhenOneOfTheNamedCannotBe() throws Exception {
        try (FiringProgram program = start(List.of(), 0);
             ChildProgram record = record("-p", Long.toString(program.pid()), "-p",
                 Long.toString(ProcessHandle.current().pid()))) {
            assertThat(record.awaitExit()).as(record.toString()).isEqualTo(ExitStatus.FAILED);
            assertThat(record.errors()).hasLineCount(1).contains("process " + ProcessHandle.current().pid());
            assertThat(trace()).doesNotExist();
            assertThat(sum(program)).isZero();
        }
    }
}
