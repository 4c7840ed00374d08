// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.cli.MainTest;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code sluice replay} passes on, and what it says of it. */
@OneJdk
@Timeout(400)
class ReplayCommandTest {
    private static final int EVENTS = 300;
    private static final long STEP_NS = 1_000_000;

    @TempDir
    private Path directory;

    /** A trace of two rings, an event each millisecond. */
    private String trace(final long discarded) {
        final Path trace = directory.resolve("trace");
        ReplayTraces.write(trace, 2, EVENTS, STEP_NS, discarded);
        return trace.toString();
    }

    @Test
    void shouldPrintTheLinesOfPrintWhenReplayedAtAnySpeed() throws Exception {
        final String trace = trace(0);
        final String printed = MainTest.runMain("print", trace, "--json").text();
        assertThat(printed).hasLineCount(EVENTS);
        for (final String speed : List.of("max", "10", "original")) {
            final long begin = System.nanoTime();
            final MainTest.Result result = MainTest.runMain("replay", trace, "--speed", speed, "--json");
            final long took = System.nanoTime() - begin;
            assertThat(result.status()).as(result.text()).isEqualTo(ExitStatus.OK);
            assertThat(result.text()).startsWith(printed).hasLineCount(EVENTS + 1);
            final JsonNode summary = new ObjectMapper().readTree(result.text().substring(printed.length()));
            assertThat(summary.get("events").asLong()).isEqualTo(EVENTS);
            assertThat(summary.get("missing").asLong()).isZero();
            assertThat(summary.get("speed").asText()).isEqualTo(speed);
            assertThat(summary.has("late_ns")).isEqualTo(!speed.equals("max"));
            if (!speed.equals("max")) {
                final long span = (EVENTS - 1) * STEP_NS / (speed.equals("10") ? 10 : 1);
                assertThat(took).isGreaterThanOrEqualTo(span);
                assertThat(summary.get("duration_ns").asLong()).isGreaterThanOrEqualTo(span);
                final JsonNode late = summary.get("late_ns");
                assertThat(late.get("p50").asLong()).isBetween(0L, late.get("p99").asLong());
                assertThat(late.get("p99").asLong()).isLessThanOrEqualTo(late.get("max").asLong());
            }
        }
    }

    @Test
    void shouldReplayTheSelectionAlone() {
        final String trace = trace(0);
        final MainTest.Result printed = MainTest.runMain("print", trace, "--json", "--from", "+10ms", "--to", "+20ms",
            "-n", "5");
        final MainTest.Result replayed = MainTest.runMain("replay", trace, "--from", "+10ms", "--to", "+20ms", "-n",
            "5", "--to", "jsonl", "--speed", "max");
        assertThat(printed.text()).hasLineCount(5);
        assertThat(replayed.text()).startsWith(printed.text()).hasLineCount(6)
            .containsPattern("sluice replay: 5 events in 0\\.\\d+ s; without due times\n$");
    }

    @Test
    void shouldSayHowManyEventsAreMissing() {
        final String trace = trace(3);
        final MainTest.Result result = MainTest.runMain("replay", trace, "--speed", "max");
        assertThat(result.status()).isEqualTo(ExitStatus.INCOMPLETE);
        assertThat(result.text()).contains("\"missing\":3,").contains("; 3 events missing; without due times");
    }

    private String handler(final String body) throws Exception {
        final Path source = Files.createDirectories(directory.resolve("own")).resolve("Handler.java");
        Files.writeString(source, "package own; import dev.sluice.store.read.EventView; public class Handler"
            + " implements java.util.function.Consumer<EventView>, AutoCloseable { long sum; int count;" + body + "}");
        assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, "-proc:none", "-d",
            directory.toString(), "-cp", System.getProperty("java.class.path"), source.toString())).isZero();
        return directory.toString();
    }

    @Test
    void shouldPassEachEventToTheHandlerAndCloseItWhenItIsTheDestination() throws Exception {
        final Path result = directory.resolve("result");
        final String classes = handler("public void accept(EventView event) { sum += event.getLong(0); count++; }"
            + " public void close() throws Exception { java.nio.file.Files.writeString(java.nio.file.Path.of(\""
            + result
            + "\"), count + \" \" + sum + \" \" + getClass().getClassLoader().getName()); }");
        final MainTest.Result replayed = MainTest.runMain("replay", trace(0), "--speed", "max", "--to", "handler",
            "--class-path", classes, "--handler", "own.Handler");
        assertThat(replayed.status()).as(replayed.text()).isEqualTo(ExitStatus.OK);
        assertThat(Files.readString(result)).isEqualTo(EVENTS + " " + EVENTS * (EVENTS - 1) / 2 + " replay-handler");
    }

    @Test
    void shouldSayWhatIsWrongWhenTheHandlerFailsOrIsNone() throws Exception {
        final String trace = trace(0);
        final Path closed = directory.resolve("closed");
        final String classes = handler("public void accept(EventView event) { if (++count == 7)"
            + " throw new IllegalStateException(\"seven\"); } public void close() throws Exception {"
            + " java.nio.file.Files.createFile(java.nio.file.Path.of(\"" + closed + "\")); }");
        assertThat(replay(trace, classes, "own.Handler")).isEqualTo("sluice replay: handler own.Handler failed at event"
            + " 7, bench:pair: it threw IllegalStateException: seven; --verbose prints where\n");
        assertThat(closed).as("what it has not written yet is as good as what it has").exists();
        assertThat(replay(trace, classes, "own.Absent")).contains("no class own.Absent in --class-path");
        assertThat(replay(trace, classes, "java.lang.String")).contains("java.lang.String is no java.util");
        assertThat(replay(trace, directory + "/nowhere", "own.Handler")).contains("--class-path: there is no ");
    }

    private static String replay(final String trace, final String classes, final String handler) {
        final MainTest.Result result = MainTest.runMain("replay", trace, "--speed", "max", "--to", "handler",
            "--class-path", classes, "--handler", handler);
        assertThat(result.status()).as(result.text()).isEqualTo(ExitStatus.FAILED);
        return result.text();
    }

    @Test
    void shouldWorkWhenTheyAreTheExamplesOfThePage() throws Exception {
        final String page = Files.readString(ChildProgram.root().resolve("docs/replay.md"));
        final Path source = Files.createDirectories(directory.resolve("own")).resolve("Sum.java");
        Files.writeString(source, page.replaceFirst("(?s).*```java\n(.*?)```.*", "$1"));
        assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, "-proc:none", "-d", directory.toString(),
            "-cp", System.getProperty("java.class.path"), source.toString())).isZero();
        final String trace = trace(0);
        final List<String> commands = page.lines().filter(line -> line.startsWith("./sluice replay DIR"))
            .filter(line -> !line.contains("usdt")).map(line -> line.replaceFirst("\\s+#.*", "")).toList();
        assertThat(commands).hasSize(3);
        for (final String command : commands) {
            final String words = command.substring("./sluice ".length()).replace("DIR", trace).replace("'", "")
                .replace("shop:*", "bench:*").replace(" classes ", " " + directory + " ");
            final MainTest.Result result = MainTest.runMain(words.split(" "));
            assertThat(result.status()).as(command + result.text()).isEqualTo(ExitStatus.OK);
            assertThat(result.text()).contains(EVENTS + " events in ");
            assertThat(result.text().contains("sum " + EVENTS * (EVENTS - 1) / 2)).isEqualTo(words.contains("own.Sum"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--speed fast", "--to handler", "--handler a.B", "--to jsonl --to usdt", "--to soon",
        "--to +1s --to +2s", "--to usdt --class-path x"})
    void shouldExitWithUsageWhenArgumentsAreWrong(final String arguments) {
        final MainTest.Result result = MainTest.runMain(("replay x " + arguments).split(" "));
        assertThat(result.status()).as(result.text()).isEqualTo(ExitStatus.USAGE);
        assertThat(result.text()).matches("sluice replay: \\P{Cntrl}+; see 'sluice replay --help'\n");
    }
}
