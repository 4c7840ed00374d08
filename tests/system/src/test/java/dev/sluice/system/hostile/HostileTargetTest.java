// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.system.scene.Profile;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A target in another language, written from the protocol's pages alone, that lies about each word of its files in
 * turn: whatever it says, commands end soon, in little memory, touch nobody's files, and leave traces that can be read.
 */
@OneJdk
@KernelTest
class HostileTargetTest {
    private static final int RUNS = 20;
    private static final int LONG_RUNS = 2000;
    private static final int WORKERS = Integer.getInteger("sluice.workers", 3);
    private static final int MAX_FAULTS = 30;
    private static final List<Integer> READABLE = List.of(0, 3);

    @TempDir
    private Path directory;
    private Path program;
    private Path canaries;
    private Path workingDirectory;
    private TreeMap<String, String> canariesBefore;

    @BeforeEach
    void prepare() throws IOException, InterruptedException {
        program = HostileTarget.compile(directory);
        canaries = Files.createDirectory(directory.resolve("canaries"));
        workingDirectory = Files.createDirectory(directory.resolve("cwd"));
        for (final String name : List.of("of-the-target", "region-1-1-0", "metadata.cq4t")) {
            Files.writeString(canaries.resolve(name), "a canary called " + name + " lives\n".repeat(600));
        }
        canariesBefore = canaries();
    }

    private TreeMap<String, String> canaries() throws IOException {
        final TreeMap<String, String> found = new TreeMap<>();
        try (Stream<Path> files = Files.list(canaries)) {
            for (final Path file : files.toList()) {
                found.put(file.getFileName().toString(), Files.readAttributes(file, "unix:mode,ino,size,uid,gid,"
                    + "lastModifiedTime,ctime") + " " + Files.readString(file).hashCode());
            }
        }
        return found;
    }

    @Test
    void shouldAccountForEveryEventInAllModesWhenItIsHonest() throws IOException {
        final Path files = Files.createDirectory(directory.resolve("honest"));
        try (HostileTarget target = start(files, 1, 0, "honest");
             HostileCommands sluice = new HostileCommands(directory, workingDirectory)) {
            for (final String mode : List.of("shared", "bpf", "pull", "pull", "shared", "pull", "bpf")) {
                final Path trace = files.resolve("trace" + sluice.commands());
                final int status = sluice.run(300, "record", "-p", Long.toString(target.pid()), "--mode", mode,
                    "--duration", "300ms", "-o", trace.toString());
                assertThat(status).as(sluice.errors()).isIn(READABLE);
                final TraceReport report = TraceReport.of(TraceReader.open(trace));
                assertThat(report.toJson().toString()).as("%s %s", mode, sluice.errors()).contains("\"end\":\"known\"")
                    .contains("\"lost\":{}").contains("hostile:said");
            }
            assertThat(sluice.takeFaults()).isEmpty();
        }
    }

    /** Issue 15: what was opened and attached to stays, wherever the process goes; who comes later may be refused. */
    @ParameterizedTest
    @ValueSource(strings = {"shared", "bpf", "pull"})
    @Timeout(200)
    void shouldAccountForEveryEventWhenItGoesToOtherNamespacesMeanwhile(final String mode) throws Exception {
        final Path files = Files.createDirectory(directory.resolve("moving"));
        final Path trace = directory.resolve("trace");
        try (HostileTarget target = start(files, 1, 0, "moves");
             ChildProgram record = ChildProgram.startJava(directory, ChildProgram.launcherFlags(),
                 System.getProperty("java.class.path"), List.of("dev.sluice.cli.Main", "record", "-p",
                     Long.toString(target.pid()), "--mode", mode, "-o", trace.toString()));
             HostileCommands sluice = new HostileCommands(directory, workingDirectory)) {
            ChildProgram.await("it has begun: " + record, () -> record.toString().contains("has begun: "));
            awaitGrowth(trace);
            target.move();
            awaitGrowth(trace);
            target.move();
            awaitGrowth(trace);
            record.terminate();
            // It fires without a rest, and discards what finds no room.
            assertThat(record.awaitExit()).as(record.toString()).isIn(READABLE);
            assertThat(TraceReport.of(TraceReader.open(trace)).toJson().toString()).as(record.toString())
                .contains("\"end\":\"known\"").contains("\"lost\":{}").contains("\"consistent\":true")
                .contains("hostile:said");
            final int status = sluice.run(300, "record", "-p", Long.toString(target.pid()), "--mode", mode,
                "--duration", "300ms", "-o", directory.resolve("later").toString());
            assertThat(status).as(sluice.errors()).isIn(0, 1, 3);
            assertThat(sluice.errors()).hasLineCount(1);
            assertThat(sluice.takeFaults()).isEmpty();
        }
    }

    /** Waits until a trace that is recorded has more events than now. */
    private static void awaitGrowth(final Path trace) throws InterruptedException {
        final long before = TraceReader.open(trace).events().count();
        ChildProgram.await("more than " + before + " events", () -> TraceReader.open(trace).events().count() > before);
    }

    private HostileTarget start(final Path files, final long seed, final int run, final String... more)
        throws IOException {
        final List<String> arguments =
            new ArrayList<>(List.of(Long.toString(seed), Integer.toString(run), files.toString()));
        arguments.addAll(List.of(more));
        return HostileTarget.start(program, canaries.resolve("of-the-target"), arguments);
    }

    @Test
    void shouldEndSoonAndLeaveReadableTracesWhenAnyWordLies() throws Exception {
        final long seed = Profile.seed("HostileTargetTest");
        final int runs = Integer.getInteger("sluice.runs", Profile.isLong() ? LONG_RUNS : RUNS);
        final int first = Integer.getInteger("sluice.run", new Random(seed).nextInt(1000));
        final AtomicInteger next = new AtomicInteger();
        final List<String> faults = Collections.synchronizedList(new ArrayList<>());
        final List<HostileCommands> hosts = new ArrayList<>();
        final ExecutorService workers = Executors.newFixedThreadPool(WORKERS);
        try {
            final List<Future<?>> ends = new ArrayList<>();
            for (int i = 0; i < Math.min(WORKERS, runs); i++) {
                final HostileCommands sluice = new HostileCommands(directory, workingDirectory);
                hosts.add(sluice);
                ends.add(workers.submit(() -> {
                    for (int run = next.getAndIncrement(); run < runs && faults.size() < MAX_FAULTS;
                         run = next.getAndIncrement()) {
                        faults.addAll(run(sluice, seed, first + run));
                    }
                    return null;
                }));
            }
            await(ends);
        } finally {
            workers.shutdownNow();
            hosts.forEach(HostileCommands::close);
        }
        summary(runs, hosts, faults);
        assertThat(faults).isEmpty();
        assertThat(canaries()).isEqualTo(canariesBefore);
        assertThat(workingDirectory).isEmptyDirectory();
    }

    private static void await(final List<Future<?>> ends) throws InterruptedException, ExecutionException {
        for (final Future<?> end : ends) {
            end.get();
        }
    }

    private static void summary(final int runs, final List<HostileCommands> hosts, final List<String> faults) {
        final HostileCommands slowest = Collections.max(hosts, Comparator.comparingLong(HostileCommands::longestMs));
        final HostileCommands largest = Collections.max(hosts, Comparator.comparingLong(HostileCommands::highestKib));
        final TreeMap<String, Integer> outcomes = new TreeMap<>();
        hosts.forEach(host -> host.outcomes().forEach((end, count) -> outcomes.merge(end, count, Integer::sum)));
        System.out.printf("HostileTargetTest: %d runs, %d commands, %d faults, longest %d ms (%s), most memory %d KiB"
            + " (%s), command and status: %s%n", runs, hosts.stream().mapToInt(HostileCommands::commands).sum(),
            faults.size(), slowest.longestMs(), slowest.longest(), largest.highestKib(), largest.highest(), outcomes);
    }

    /** One target, and all that is done to it; returns what went wrong. */
    private List<String> run(final HostileCommands sluice, final long seed, final int run) throws IOException {
        final Path files = Files.createDirectory(directory.resolve("run" + run));
        final Random random = Profile.random(seed, run);
        final List<String> faults = new ArrayList<>();
        final List<Path> traces = new ArrayList<>();
        final String story;
        try (HostileTarget target = start(files, seed, run)) {
            story = target.story();
            attack(sluice, target, files, random, traces);
            final Path region = target.regionFile();
            if (region != null) {
                target.kill();
                traces.add(files.resolve("salvaged-file"));
                salvage(sluice, region.toString(), files.resolve("salvaged-file"), random, traces);
            }
            for (final Path trace : traces) {
                if (Files.exists(trace)) {
                    read(sluice, trace, faults);
                }
            }
            faults.addAll(sluice.takeFaults());
            faults.addAll(strangers(files, traces, region));
        }
        faults.replaceAll(fault -> story + "\n    " + fault);
        faults.forEach(System.out::println);
        deleteTree(files);
        return faults;
    }

    /** Lists, records in all modes and salvages. */
    private static void attack(final HostileCommands sluice, final HostileTarget target, final Path files,
                               final Random random, final List<Path> traces) throws IOException {
        final String pid = Long.toString(target.pid());
        final List<String> modes = new ArrayList<>(List.of("shared", "bpf", "pull"));
        Collections.shuffle(modes, random);
        sluice.run(0, "list", "-p", pid);
        for (final String mode : modes) {
            final int ms = 60 + random.nextInt(120);
            traces.add(files.resolve(mode));
            sluice.run(ms, "record", "-p", pid, "--mode", mode, "--duration", ms + "ms", "-o",
                files.resolve(mode).toString());
        }
        traces.add(files.resolve("salvaged"));
        salvage(sluice, pid, files.resolve("salvaged"), random, traces);
    }

    private static void salvage(final HostileCommands sluice, final String source, final Path output,
                                final Random random, final List<Path> traces) throws IOException {
        final List<String> command = new ArrayList<>(List.of("salvage", source, "-o", output.toString()));
        // Most are complete by themselves, which is said and no more.
        if (random.nextInt(4) == 0) {
            command.addAll(List.of("--trace", traces.get(random.nextInt(2)).toString()));
        }
        sluice.run(0, command.toArray(String[]::new));
    }

    private static void read(final HostileCommands sluice, final Path trace, final List<String> faults)
        throws IOException {
        for (final String[] command : new String[][] {{"report", trace.toString(), "--json"},
            {"print", trace.toString()}}) {
            final int status = sluice.run(0, command);
            if (!READABLE.contains(status)) {
                faults.add(String.join(" ", command) + ": status " + status + ": " + sluice.errors());
            }
        }
    }

    /** Files that nobody was asked to make. */
    private static List<String> strangers(final Path files, final List<Path> traces, final Path region)
        throws IOException {
        try (Stream<Path> all = Files.list(files)) {
            return all.filter(file -> !traces.contains(file) && !file.equals(region))
                .map(file -> "made a file that nobody asked for: " + file).toList();
        }
    }

    private static void deleteTree(final Path tree) throws IOException {
        try (Stream<Path> all = Files.walk(tree)) {
            for (final Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
