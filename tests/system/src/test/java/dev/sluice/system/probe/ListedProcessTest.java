// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.bpf.KernelTest;
import dev.sluice.cli.MainTest;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.SdtTarget;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code sluice list} shows of one process: what Sluice made there, and the rest on request. */
@Timeout(200)
class ListedProcessTest {
    private static final String NOT_SHOWN = " of the JVM and of libraries (is|are) not shown: --jvm shows (it|them)";

    @TempDir
    private Path directory;

    private ChildProgram hello(final String... flags) throws Exception {
        final List<String> all = new ArrayList<>(ChildProgram.launcherFlags());
        all.addAll(Arrays.asList(flags));
        final ChildProgram hello = ChildProgram.startJava(directory, all, System.getProperty("java.class.path"),
            List.of("dev.sluice.samples.Main", "hello", "--rate", "1000"));
        hello.awaitFirstLine();
        return hello;
    }

    private static String list(final long pid, final String... arguments) {
        final List<String> line = new ArrayList<>(List.of("list", "-p", Long.toString(pid)));
        line.addAll(Arrays.asList(arguments));
        final MainTest.Result result = MainTest.runMain(line.toArray(new String[0]));
        assertThat(result.status()).as(result.text()).isEqualTo(ExitStatus.OK);
        return result.text();
    }

    /** The probes of a JSON array as "provider:name". */
    private static List<String> probes(final String json) throws Exception {
        final JsonNode list = new ObjectMapper().readTree(json);
        return StreamSupport.stream(list.spliterator(), false).filter(one -> one.has("provider"))
            .map(one -> one.get("provider").asText() + ':' + one.get("name").asText()).toList();
    }

    private static String lastLine(final String text) {
        return text.lines().reduce("", (before, line) -> line);
    }

    @ParameterizedTest
    @ValueSource(strings = {"file", "memfd"})
    void shouldShowWhatSluiceMadeAndTheRestOnlyOnRequest(final String backing) throws Exception {
        try (ChildProgram hello = hello("-Dsluice.usdt.backing=" + backing)) {
            final List<String> own = probes(list(hello.pid(), "--json"));
            assertThat(own).contains("hello:world", "sluice:drain").noneMatch(name -> name.startsWith("hotspot"));
            final List<String> all = probes(list(hello.pid(), "--json", "--jvm"));
            assertThat(all).containsAll(own);
            final int others = all.size() - own.size();
            assumeTrue(others > 1, "this JVM was built without its probes");

            final String text = list(hello.pid());
            assertThat(text).contains("hello:world").contains("int64 n, ").doesNotContain("hotspot:");
            assertThat(lastLine(text)).matches(others + " probes" + NOT_SHOWN);
            assertThat(list(hello.pid(), "--jvm")).contains("hello:world", "hotspot:").doesNotContain("not shown");
            assertThat(probes(list(hello.pid(), "hotspot:gc*", "--json"))).contains("hotspot:gc__begin");
            assertThat(list(hello.pid(), "*:*")).contains("hotspot:gc__begin").doesNotContain("not shown");
        }
    }

    @OneJdk
    @Test
    void shouldSaySoWhenAProcessHasOnlyProbesOfOthers() throws Exception {
        assumeTrue(SdtTarget.missing().isEmpty(), SdtTarget.missing());
        try (SdtTarget target = SdtTarget.start(SdtTarget.compile(directory))) {
            final String text = list(target.pid());
            assertThat(text.lines().toList()).hasSize(2).first().isEqualTo("no probes of Sluice");
            assertThat(lastLine(text)).matches("[0-9]+ probes" + NOT_SHOWN);
            assertThat(list(target.pid(), "--json")).isEqualTo("[]\n");
            assertThat(list(target.pid(), "--jvm")).contains("market:trade");
        }
    }

    /** A probe of the process, with what a JSON array says of the process. */
    private static JsonNode process(final String json) throws Exception {
        final JsonNode list = new ObjectMapper().readTree(json);
        return StreamSupport.stream(list.spliterator(), false).filter(one -> one.has("consumer")).findFirst()
            .orElseThrow(() -> new AssertionError(json));
    }

    @OneJdk
    @Test
    void shouldSayWhoRecordsAndHowMuchWhenAProcessIsRecorded() throws Exception {
        try (ChildProgram hello = hello()) {
            final String head = "process " + hello.pid() + " (dev.sluice.samples.Main): ";
            assertThat(list(hello.pid())).startsWith(head + "nobody records\n");
            assertThat(process(list(hello.pid(), "--json")).get("consumer").isNull()).isTrue();
            try (ChildProgram record = ChildProgram.startJava(directory, ChildProgram.launcherFlags(),
                System.getProperty("java.class.path"), List.of("dev.sluice.cli.Main", "record", "-p",
                    Long.toString(hello.pid()), "--mode", "shared", "-o", directory.resolve("trace").toString()))) {
                ChildProgram.await("it is recorded: " + record,
                    () -> list(hello.pid()).matches("(?s)" + Pattern.quote(head) + "recorded by process " + record.pid()
                        + " \\(sluice record\\), [1-9][0-9,]* events/s\n.*"));
                final String json = list(hello.pid(), "--json");
                assertThat(new ObjectMapper().readTree(json)).as("all probes").allMatch(one -> one.has("provider"));
                final JsonNode process = process(json);
                assertThat(process.get("pid").asLong()).isEqualTo(hello.pid());
                assertThat(process.get("process").asText()).isEqualTo("dev.sluice.samples.Main");
                assertThat(process.get("consumer").get("pid").asLong()).isEqualTo(record.pid());
                assertThat(process.get("consumer").get("name").asText()).isEqualTo("sluice record");
                assertThat(process.get("events_per_second").asDouble()).as("of 1,000 at most, and a burst")
                    .isBetween(1.0, 5_000.0);
                record.terminate();
                assertThat(record.awaitExit()).as(record.toString()).isEqualTo(ExitStatus.OK);
            }
            assertThat(list(hello.pid())).startsWith(head + "nobody records\n");
        }
    }

    /** Its probes are ordinary ones: whoever attaches raises their semaphores, and takes no session. */
    @OneJdk
    @KernelTest
    @Test
    void shouldSaySoWhenAnotherTracerIsAttachedAndNobodyRecords() throws Exception {
        try (ChildProgram hello = hello()) {
            final String head = "process " + hello.pid() + " (dev.sluice.samples.Main): nobody records";
            try (ChildProgram trap = ChildProgram.startJava(directory, ChildProgram.launcherFlags(),
                System.getProperty("java.class.path"), List.of("dev.sluice.cli.Main", "trap", "-p",
                    Long.toString(hello.pid()), "--count", "hello:world"))) {
                ChildProgram.await("it is attached: " + trap, () -> {
                    assertThat(trap.isAlive()).as(trap.toString()).isTrue();
                    return list(hello.pid()).startsWith(head + ", another tracer is attached to its probes\n");
                });
                assertThat(process(list(hello.pid(), "--json")).get("consumer").isNull()).isTrue();
                trap.terminate();
                trap.awaitExit();
            }
            ChildProgram.await("it is detached", () -> list(hello.pid()).startsWith(head + "\n"));
        }
    }
}
