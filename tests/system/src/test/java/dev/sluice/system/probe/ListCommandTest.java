// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.cli.MainTest;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.testsupport.ForeignProbes;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.SdtTarget;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The list of probes that other compilers made, against what readelf says, and in as little memory as promised. */
@OneJdk
@Timeout(400)
class ListCommandTest {
    private static final Pattern NOTE = Pattern.compile(
        "Provider: (\\S+)\\s+Name: (\\S+)\\s+Location: (\\S+),.*?Arguments: ([^\n]*)", Pattern.DOTALL);
    private static final int PROCESSES = 200;

    @TempDir
    private Path directory;
    private Path program;

    @BeforeEach
    void compile() throws Exception {
        assumeTrue(SdtTarget.missing().isEmpty(), SdtTarget.missing());
        program = SdtTarget.compile(directory);
    }

    /** Each site as "provider:name arguments". */
    private static List<String> sites(final JsonNode list) {
        final List<String> sites = new ArrayList<>();
        for (final JsonNode probe : list) {
            for (final JsonNode site : probe.get("sites")) {
                sites.add(probe.get("provider").asText() + ":" + probe.get("name").asText() + " "
                    + site.get("arguments").asText());
            }
        }
        return sites;
    }

    private static List<String> readelf(final Path file) throws Exception {
        final Process process = new ProcessBuilder("readelf", "-nW", file.toString()).redirectErrorStream(true).start();
        final String text = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor()).isZero();
        final List<String> sites = new ArrayList<>();
        for (final MatchResult note : NOTE.matcher(text).results().toList()) {
            sites.add(note.group(1) + ":" + note.group(2) + " " + note.group(4).strip());
        }
        return sites;
    }

    private JsonNode list(final String... arguments) throws Exception {
        final List<String> line = new ArrayList<>(List.of("list", "--json"));
        line.addAll(Arrays.asList(arguments));
        final MainTest.Result result = MainTest.runMain(line.toArray(new String[0]));
        assertThat(result.status()).as(result.text()).isEqualTo(ExitStatus.OK);
        return new ObjectMapper().readTree(result.text());
    }

    @Test
    void shouldAgreeWithReadelfWhenAFileIsListed() throws Exception {
        assertThat(sites(list(program.toString()))).hasSize(6).containsExactlyInAnyOrderElementsOf(readelf(program));
        // Hotspot's own: hundreds of probes, some of many sites, all kinds of operands.
        final Path libjvm = Path.of(System.getProperty("java.home"), "lib", "server", "libjvm.so");
        assertThat(sites(list(libjvm.toString()))).containsExactlyInAnyOrderElementsOf(readelf(libjvm));
    }

    @Test
    void shouldShowOneProbeWithTwoSitesWhenAForeignProcessIsListed() throws Exception {
        try (SdtTarget target = SdtTarget.start(program)) {
            final String pid = Long.toString(target.pid());
            final JsonNode trade = list("-p", pid, "m*t:tr?de");
            assertThat(trade).hasSize(1);
            assertThat(trade.get(0).get("sites")).hasSize(2);
            assertThat(trade.get(0).get("semaphore").asInt()).isZero();
            assertThat(trade.get(0).get("has_semaphore").asBoolean()).isTrue();
            assertThat(trade.get(0).get("path").asText()).isEqualTo(program.toString());
            assertThat(list("-p", pid, "*:trade")).extracting(probe -> probe.get("provider").asText())
                .containsExactlyInAnyOrder("market", "depot");
        }
    }

    @Test
    void shouldListHotspotsOwnProbesWhenTheProcessIsAnyJvm() throws Exception {
        final JsonNode probes = list("-p", Long.toString(ProcessHandle.current().pid()), "hotspot:*");
        assumeTrue(!probes.isEmpty(), "this JVM was built without its probes");
        assertThat(probes).extracting(probe -> probe.get("name").asText()).contains("gc__begin", "class__loaded");
    }

    @Test
    void shouldFailWithTheReasonWhenAFileIsNone() throws Exception {
        final Path text = Files.writeString(directory.resolve("text"), "x".repeat(100));
        final Path pipe = directory.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        for (final String file : List.of(text.toString(), pipe.toString(), directory.toString(),
            directory.resolve("absent").toString())) {
            final MainTest.Result result = MainTest.runMain("list", file);
            assertThat(result.status()).isEqualTo(ExitStatus.FAILED);
            assertThat(result.text()).contains(file).doesNotContain("unexpected");
        }
        assertThat(MainTest.runMain("list", program.toString(), "-p", "1").status()).isEqualTo(ExitStatus.USAGE);
        assertThat(MainTest.runMain("list", "a:b", "c:d").status()).isEqualTo(ExitStatus.USAGE);
    }

    /** Of a file with more probes than anybody has: the first ones, in the small heap, and that there are more. */
    @Test
    void shouldListTensOfThousandsInASmallHeapWhenAFileHasThem() throws Exception {
        final Path many = ForeignProbes.compile(directory, "many", "-DMANY=60000");
        final Path out = directory.resolve("many.txt");
        for (final String form : List.of("--json", "many:*")) {
            final Process list = startInSmallHeap(out, "list", many.toString(), form);
            assertThat(list.waitFor(80, TimeUnit.SECONDS)).as("in time: %s", form).isTrue();
            final List<String> lines = Files.readAllLines(out);
            assertThat(list.exitValue()).as(lines.get(lines.size() - 1)).isEqualTo(ExitStatus.INCOMPLETE);
            assertThat(lines.get(lines.size() - 1)).startsWith("sluice list: " + many)
                .contains("more than 50000 probes");
            if (form.equals("--json")) {
                assertThat(new ObjectMapper().readTree(lines.get(0))).hasSizeBetween(49_900, 50_000);
            } else {
                assertThat(lines.size()).isBetween(49_900, 50_002);
                assertThat(lines.get(41_235)).matches("many:probe_41234 +- +- +1  file +8@%r11 -4@%eax");
            }
        }
    }

    private Process startInSmallHeap(final Path out, final String... arguments) throws Exception {
        final Path root = Path.of(System.getProperty("sluice.root"));
        final String flags = Runtime.version().feature() >= 24 ? "jvm-24.args" : "jvm-17.args";
        final List<String> command = new ArrayList<>(List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "@" + root.resolve("config").resolve(flags), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx32m",
            "-cp", System.getProperty("java.class.path"), "dev.sluice.cli.Main"));
        command.addAll(Arrays.asList(arguments));
        return new ProcessBuilder(command).redirectOutput(out.toFile()).redirectErrorStream(true).start();
    }

    /** Two seconds are promised, and printed here: asserted is that the work fits into the heap that is promised. */
    @Test
    void shouldListAllInASmallHeapWhenThereAreTwoHundredProcesses() throws Exception {
        try (SdtTarget target = SdtTarget.start(program)) {
            target.send("workers " + (PROCESSES - 1));
            final Path out = directory.resolve("list.json");
            final long begin = System.nanoTime();
            final Process list = startInSmallHeap(out, "list", "--all", "market:*", "--json");
            assertThat(list.waitFor(180, TimeUnit.SECONDS)).isTrue();
            System.out.printf("sluice list --all: %d ms with %d processes of this machine's%n",
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin), ProcessHandle.allProcesses().count());
            assertThat(list.exitValue()).as(Files.readString(out)).isZero();
            final Set<Long> pids = new HashSet<>();
            final Set<Long> ours = new HashSet<>(Set.of(target.pid()));
            target.handle().children().forEach(child -> ours.add(child.pid()));
            new ObjectMapper().readTree(out.toFile()).forEach(probe -> pids.add(probe.get("pid").asLong()));
            assertThat(ours).hasSize(PROCESSES);
            assertThat(pids).containsAll(ours);
        }
    }
}
