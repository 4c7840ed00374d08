// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.measure.FireTimes;
import dev.sluice.bench.measure.HardwareCounts;
import dev.sluice.bench.measure.ProcessorTime;
import dev.sluice.bench.turn.Contestant;
import dev.sluice.bench.turn.Effort;
import dev.sluice.bench.turn.KeptRounds;
import dev.sluice.bench.turn.Turn;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A run that ends early, by every kind of end, and the one that goes on behind it. */
@OneJdk
@Timeout(400)
class KeptRoundsTest {
    private static final Map<String, String> PLAN = Map.of("kernel", "6.1", "rounds", "3");
    private static final int ROUNDS = 3;

    private final StringWriter progress = new StringWriter();

    @TempDir
    private Path directory;

    private KeptRounds open() throws IOException {
        return KeptRounds.in(directory, PLAN, null);
    }

    private static Map<String, Turn> round(final double ns) {
        return Map.of("ring", new Turn(List.of(ns, ns), Double.NaN, 10, new Stored(9, "seen").withTraps(3).onDisk(216),
            new ProcessorTime.PerEvent(ns, 0.5, new HardwareCounts(31, 12.5, 0.25), 0.125),
                new FireTimes("plain", "draining"), ""),
            "bad", Turn.failed("no room"));
    }

    /** Those who took their turn, in order; each costs what its name and the round before say. */
    private List<Contestant> contestants(final List<String> order, final int failAt) {
        final List<Contestant> all = new ArrayList<>();
        for (final String name : List.of("a", "b", "c", "d", "e")) {
            all.add(new Contestant(name, "", false, "", (path, effort) -> {
                if (order.size() == failAt) {
                    throw new InterruptedException("now");
                }
                order.add(name);
                return new Turn(List.of((double) order.size()), 0, 1, new Stored(1, "seen"), "");
            }));
        }
        return all;
    }

    private PathResults run(final List<String> order, final int failAt) throws Exception {
        try (KeptRounds kept = open()) {
            return new PathRounds(contestants(order, failAt), Effort.QUICK, new PrintWriter(progress)).run(ROUNDS,
                kept);
        }
    }

    @Test
    void shouldGoOnBehindTheRoundsThatHadEndedWhenTheRunWasInterrupted() throws Exception {
        final List<String> first = new ArrayList<>();
        assertThatThrownBy(() -> run(first, 8)).isInstanceOf(InterruptedException.class);
        final List<String> second = new ArrayList<>();
        final PathResults results = run(second, -1);
        assertThat(second).as("turns of rounds 2 and 3").hasSize(10);
        // The order is what it would have been without the interruption.
        assertThat(second.subList(0, 3)).isEqualTo(first.subList(5, 8));
        for (final PathResult row : results.rows()) {
            assertThat(row.ns(0).orElseThrow()).isEqualTo(1 + first.indexOf(row.name()));
            assertThat(row.ns(1).orElseThrow()).isEqualTo(1 + second.indexOf(row.name()));
            assertThat(row.turns()).hasSize(ROUNDS);
        }
    }

    @Test
    void shouldReadBackWhatWasKeptWhenALineWasCutOff() throws Exception {
        final long seed;
        try (KeptRounds kept = open()) {
            kept.add(round(10.25));
            seed = kept.seed();
        }
        final Path file = directory.resolve(KeptRounds.FILE);
        final String whole = Files.readString(file);
        Files.writeString(file, "{\"turns\":{\"ring\":{\"ns\":[1", StandardOpenOption.APPEND);
        try (KeptRounds kept = open()) {
            assertThat(kept.seed()).isEqualTo(seed);
            assertThat(kept.rounds()).containsExactly(round(10.25));
            assertThat(Files.readString(file)).isEqualTo(whole);
            kept.add(round(11));
            kept.done();
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void shouldNameWhatDiffersWhenTheRoundsAreOfAnotherRun() throws Exception {
        open().close();
        assertThatThrownBy(() -> KeptRounds.in(directory, Map.of("kernel", "6.2", "rounds", "3"), null))
            .isInstanceOf(IllegalStateException.class).hasMessage(directory.resolve("rounds.jsonl") + " has rounds of"
                + " another run, with which these cannot be put together: kernel was '6.1' and is '6.2'; name another"
                + " directory, or remove that file to begin anew");
        assertThatThrownBy(() -> KeptRounds.in(directory, PLAN, 1L)).hasMessageContaining("seed was '");
        Files.writeString(directory.resolve(KeptRounds.FILE), "something else\n");
        assertThatThrownBy(this::open).hasMessageContaining("has no rounds of 'sluice bench'");
    }

    private void assertRefused(final Map<String, String> plan, final String round, final String why)
        throws IOException {
        final Path file = directory.resolve(KeptRounds.FILE);
        Files.deleteIfExists(file);
        KeptRounds.in(directory, plan, null).close();
        Files.writeString(file, round, StandardOpenOption.APPEND);
        assertThatThrownBy(() -> KeptRounds.in(directory, plan, null)).as(round)
            .isInstanceOf(IllegalStateException.class).hasMessageStartingWith(file.toString())
            .hasMessageContaining(why);
    }

    @Test
    void shouldRefuseRoundsWhenTheyAreNotThoseOfTheRun() throws Exception {
        for (final String round : List.of("{\"turns\":5}\n", "{\"turns\":{}}\n", "{}\n")) {
            assertRefused(PLAN, round, "has no rounds of 'sluice bench' (a round has no turns): remove it");
        }
        assertRefused(PLAN, "{\"turns\":{\"ring\":{\"ns\":[],\"fired\":1,\"stored\":1,\"counted\":\"\"}}}\n",
            "has no iteration): remove it, or name another directory");
        final String whole = "{\"turns\":{\"ring\":{\"failure\":\"no room\"}}}\n";
        assertRefused(PLAN, whole.repeat(ROUNDS + 1), "has 4 rounds, more than the 3 that are asked for: remove it");
        assertRefused(Map.of("paths", "ring,owner", "rounds", "3"), whole,
            "a round's paths was 'ring' and is 'owner,ring'");
    }

    @Test
    void shouldNameTheFileWhenItCannotBeOpened() throws Exception {
        final Path file = Files.createDirectory(directory.resolve(KeptRounds.FILE));
        assertThatThrownBy(this::open).isInstanceOf(IllegalStateException.class).hasMessageStartingWith(file
            + " cannot be read and written (").hasMessageEndingWith("): name another directory, or remove that file");
    }

    @Test
    void shouldKeepNoRoundWhenTheProcessIsAboutToEnd() throws Exception {
        try (KeptRounds kept = open()) {
            kept.add(round(1));
            assertThat(kept.end()).isEqualTo(1);
            assertThatThrownBy(() -> kept.add(round(2))).isInstanceOf(InterruptedException.class);
        }
        try (KeptRounds kept = open()) {
            assertThat(kept.rounds()).hasSize(1);
        }
    }

    /** A run in a process of its own; it has rounds enough never to end before it is ended. */
    static final class Endless {
        private Endless() {
        }

        public static void main(final String[] arguments) throws Exception {
            bench(new PrintWriter(System.out, true), new PrintWriter(System.err, true)).run(1_000_000,
                Effort.QUICK, null, nowhere(), Path.of(arguments[0]));
        }
    }

    private static PathBench bench(final PrintWriter out, final PrintWriter progress) {
        return new PathBench(out, progress, List.of(new Contestant("waits", "", false, "", (path, effort) -> {
            TimeUnit.MILLISECONDS.sleep(1);
            return new Turn(List.of(1.5), 0, 1, new Stored(1, "seen"), "");
        })));
    }

    private static Environment nowhere() {
        return new Environment(Map.of("processor", "p", "processors", "2", "virtualisation", "v", "kernel", "k k",
            "java", "j", "clock", "c", "load", "0.1", "commit", "h", "command", "t"), Map.of());
    }

    private long lines() throws IOException {
        final Path file = directory.resolve(KeptRounds.FILE);
        return Files.exists(file) ? Files.readString(file).lines().count() : 0;
    }

    @Test
    void shouldKeepItsRoundsAndRefuseAnotherRunWhenAProcessRunsAndIsEnded() throws Exception {
        try (ChildProgram run = ChildProgram.startJava(directory, List.of(), System.getProperty("java.class.path"),
            List.of(Endless.class.getName(), directory.toString()))) {
            while (lines() < 5) {
                assertThat(run.isAlive()).as(run.toString()).isTrue();
                TimeUnit.MILLISECONDS.sleep(5);
            }
            assertThatThrownBy(this::open).hasMessageContaining("belongs to a run that has not ended yet");
            run.terminate();
            run.awaitExit();
            assertThat(run.errors()).contains("interrupted: " + (lines() - 1) + " of 1000000 rounds have ended and are"
                + " kept in " + directory.resolve(KeptRounds.FILE));
        }
        final long before = lines() - 1;
        // Another number of rounds is another run; its message says so.
        assertThatThrownBy(() -> bench(new PrintWriter(new StringWriter()), new PrintWriter(progress)).run(1,
            Effort.QUICK, null, nowhere(), directory)).hasMessageContaining("rounds was '1000000' and is '1'");
        assertThat(lines() - 1).isEqualTo(before);
    }
}
