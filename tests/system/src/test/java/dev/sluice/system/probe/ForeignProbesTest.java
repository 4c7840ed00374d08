// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.bpf.KernelTest;
import dev.sluice.bpf.libbpf.BpfException;
import dev.sluice.bpf.trap.UsdtProgram;
import dev.sluice.cli.MainTest;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.consumer.probe.ProbeTracer;
import dev.sluice.testsupport.ForeignProbes;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.SdtTarget;
import dev.sluice.usdt.find.ProcessProbes;
import dev.sluice.usdt.find.UsdtProbe;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code sluice list} and {@code sluice trap} on notes that are unlike those of our compilers, and on damaged ones. */
@OneJdk
@KernelTest
@Timeout(400)
class ForeignProbesTest {
    private static final long TIMEOUT_S = 180;
    private static final Pattern HIT = Pattern.compile("(?m)^(\\d{4}-|\\{\"time).*\n");

    @TempDir
    private static Path directory;
    private static Path plain;

    @BeforeAll
    static void compile() throws Exception {
        plain = ForeignProbes.compile(directory, "foreign");
    }

    /** Traces a process while it is told something, to its end. */
    private static MainTest.Result traced(final SdtTarget target, final long pid, final int expectedHits,
                                          final String told, final String... arguments) throws Exception {
        final List<String> line = new ArrayList<>(List.of("trap", "-p", Long.toString(pid)));
        line.addAll(List.of(arguments));
        final ByteArrayOutputStream printed = new ByteArrayOutputStream();
        final CompletableFuture<MainTest.Result> result =
            CompletableFuture.supplyAsync(() -> MainTest.runMain(printed, line.toArray(new String[0])),
                task -> new Thread(task, "sluice-trap").start());
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_S);
        while (!result.isDone() && !printed.toString().contains("attached to ")) {
            assertThat(System.nanoTime() - deadline).as("waiting").isNegative();
            LockSupport.parkNanos(1_000_000);
        }
        if (!result.isDone()) {
            target.send(told);
            // Who a thread is can be asked only while it lives.
            final int hits = line.contains("--count") || line.contains("--hist") ? 0 : expectedHits;
            while (HIT.matcher(printed.toString()).results().count() < hits) {
                assertThat(System.nanoTime() - deadline).as("waiting for hits: %s", printed).isNegative();
                LockSupport.parkNanos(1_000_000);
            }
            target.kill();
        }
        return result.get(TIMEOUT_S, TimeUnit.SECONDS);
    }

    private static MainTest.Result traced(final int expectedHits, final String told, final String... arguments)
        throws Exception {
        try (SdtTarget target = SdtTarget.start(plain)) {
            return traced(target, target.pid(), expectedHits, told, arguments);
        }
    }

    /** The lines of hits, without time and thread. */
    private static List<String> hits(final MainTest.Result result) {
        assertThat(result.status()).as(result.text()).isEqualTo(ExitStatus.OK);
        return result.text().lines().filter(line -> line.matches("\\d{4}-.*"))
            .map(line -> line.replaceAll("^\\S+ (\\S+) \\[[^]]*]", "$1")).collect(Collectors.toList());
    }

    @Test
    void shouldPrintEachSiteByItsOwnDescriptionWhenSitesOfAProbeDiffer() throws Exception {
        final MainTest.Result result = traced(12, "fire 1", "mixed:*");
        assertThat(result.text()).contains("attached to 5 probes at 12 sites");
        assertThat(hits(result)).containsExactly("mixed:signs arg0=-5", "mixed:signs arg0=4294967291",
            "mixed:unsigned arg0=4294967291", "mixed:unsigned arg0=-5", "mixed:widths arg0=251",
            "mixed:widths arg0=18446744073709551611", "mixed:widths arg0=-5", "mixed:counts arg0=1 arg1=2 arg2=31",
            "mixed:counts arg0=3", "mixed:counts", "mixed:fewer arg0=3", "mixed:fewer arg0=1 arg1=2 arg2=31");
        final List<String> fields = new ArrayList<>();
        for (final String line : traced(3, "fire 1", "mixed:counts", "--json").text().lines().skip(1).toList()) {
            fields.add(new ObjectMapper().readTree(line).get("fields").toString());
        }
        assertThat(fields).containsExactly("{\"arg0\":1,\"arg1\":2,\"arg2\":31}", "{\"arg0\":3}", "{}");
    }

    @Test
    void shouldCountAndMeasureSitesTogetherWhenTheyDiffer() throws Exception {
        assertThat(traced(0, "fire 7", "mixed:*", "--count").text()).contains("mixed:counts      21",
            "mixed:signs       14");
        final JsonNode histogram = new ObjectMapper().readTree(traced(0, "fire 1", "mixed:counts", "--hist", "2",
            "--json").text().lines().skip(1).findFirst().orElseThrow()).get("histograms").get(0);
        assertThat(histogram.get("count").asInt()).isEqualTo(1);
        assertThat(histogram.get("unread").asInt()).as("sites without such an argument").isEqualTo(2);
    }

    @Test
    void shouldPrintFloatingPointWhenTheNoteSaysSo() throws Exception {
        final MainTest.Result result = traced(3, "fire 1", "floating:*");
        assertThat(hits(result)).containsExactly("floating:all arg0=3.25 arg1=-1.0E300 arg2=-0.5 arg3=? arg4=7",
            "floating:mixed arg0=3.25", "floating:mixed arg0=7");
        assertThat(result.text()).contains("floating:all: argument 3 (8f@%xmm0) is printed as '?'");
        assertThat(traced(0, "fire 1", "floating:all", "--hist", "0")).satisfies(refused -> {
            assertThat(refused.status()).isEqualTo(ExitStatus.FAILED);
            assertThat(refused.text()).contains("no histogram of argument '0' of floating:all: it is no integer");
        });
        // Of two sites one has an integer there.
        assertThat(traced(0, "fire 1", "floating:mixed", "--hist", "0").text()).contains("not readable 1")
            .contains("[4, 8)");
    }

    @Test
    void shouldRefuseWhenNoProbeHasTheArgumentThatIsSaidToBeAText() throws Exception {
        final MainTest.Result result = traced(0, "fire 1", "mixed:fewer", "--string", "arg9");
        assertThat(result.status()).isEqualTo(ExitStatus.FAILED);
        assertThat(result.text()).contains("no argument 'arg9' to take for a text: mixed:fewer has arg0")
            .doesNotContain("attached");
    }

    @Test
    void shouldRaiseTheSemaphoreWhenItLiesInBss() throws Exception {
        final Path bss = ForeignProbes.compile(directory, "in_bss", "-DBSS");
        for (final Path program : List.of(plain, bss)) {
            try (SdtTarget target = SdtTarget.start(program)) {
                final JsonNode listed = list(ExitStatus.OK, "-p", Long.toString(target.pid()), "sem:*");
                assertThat(listed).as(program.toString()).hasSize(1);
                assertThat(listed.get(0).get("semaphore").asInt()).isZero();
                assertThat(listed.get(0).get("has_semaphore").asBoolean()).isTrue();
                assertThat(hits(traced(target, target.pid(), 2, "fire 2", "sem:*")))
                    .containsExactly("sem:guarded arg0=12345", "sem:guarded arg0=12345");
            }
        }
    }

    @Test
    void shouldSayThatTheKernelCannotRaiseTheSemaphoreWhenItIsInNoPageOfTheFile() throws Exception {
        final Path far = ForeignProbes.compile(directory, "far_bss", "-DFAR_BSS");
        try (SdtTarget target = SdtTarget.start(far)) {
            final JsonNode listed = list(ExitStatus.OK, "-p", Long.toString(target.pid()), "sem:*");
            assertThat(listed).hasSize(1);
            assertThat(listed.get(0).get("semaphore").asInt()).isZero();
            final MainTest.Result result = traced(target, target.pid(), 0, "fire 2", "*", "--count");
            assertThat(result.status()).isEqualTo(ExitStatus.OK);
            assertThat(result.text()).contains("sem:guarded: the kernel cannot raise its semaphore")
                .contains("intact:after       2");
        }
    }

    @Test
    void shouldTraceTheOthersAndSayWhyWhenANoteIsDamaged() throws Exception {
        for (final String damage : List.of("SHORT_NOTE", "ENDLESS_NOTE", "LONG_NOTE")) {
            final Path program = ForeignProbes.compile(directory, damage, "-D" + damage);
            try (SdtTarget target = SdtTarget.start(program)) {
                final MainTest.Result listed = MainTest.runMain("list", "-p", Long.toString(target.pid()), "intact:*");
                assertThat(listed.status()).as(damage).isEqualTo(ExitStatus.INCOMPLETE);
                assertThat(listed.text()).contains("intact:before", "intact:after",
                    "sluice list: process " + target.pid() + ": " + program + ": probe note: at=");
                assertThat(hits(traced(target, target.pid(), 2, "fire 1", "intact:*")))
                    .containsExactly("intact:before arg0=7", "intact:after arg0=7");
            }
        }
    }

    @Test
    void shouldPrintIdsOfOneNamespaceAndTheNameWhenTheProcessLivesInAnother() throws Exception {
        try (SdtTarget target = SdtTarget.start(plain, "unshare", "--pid", "--fork", "--kill-child")) {
            final long pid = target.handle().children().findFirst().orElseThrow().pid();
            target.send("name of its own");
            final List<JsonNode> hits = new ArrayList<>();
            for (final String line : traced(target, pid, 2, "fire 1", "intact:*", "--json").text().lines().skip(1)
                .toList()) {
                hits.add(new ObjectMapper().readTree(line));
            }
            assertThat(hits).hasSize(2).allSatisfy(hit -> {
                assertThat(hit.get("pid").asLong()).isEqualTo(pid);
                assertThat(hit.get("tid").asLong()).isEqualTo(pid);
                assertThat(hit.get("thread").asText()).isEqualTo("of its own");
            });
        }
    }

    @Test
    void shouldTraceWhenTheProcessHasANameThatIsNoText() throws Exception {
        try (SdtTarget target = SdtTarget.start(plain)) {
            target.send("bytename");
            final MainTest.Result result = traced(target, target.pid(), 2, "fire 1", "intact:*");
            assertThat(hits(result)).hasSize(2);
            assertThat(result.text()).contains("[caf\uFFFD \uFFFD " + target.pid() + "]");
        }
    }

    @Test
    void shouldAttachToNothingElseWhenTheNameIsGivenToAnotherFileAfterTheLookUp() throws Exception {
        final Path program = ForeignProbes.compile(directory, "swapped");
        try (SdtTarget target = SdtTarget.start(program)) {
            final List<UsdtProbe> sites = ProcessProbes.of(target.pid()).stream()
                .filter(site -> site.provider().equals("intact")).toList();
            assertThat(sites).hasSize(2);
            attachAndCount(target, sites);
            Files.move(Files.copy(plain, directory.resolve("another")), program, StandardCopyOption.REPLACE_EXISTING);
            assertThatThrownBy(() -> attachAndCount(target, sites)).isInstanceOf(BpfException.class)
                .hasMessageContaining("leads to another file by now").hasMessageContaining(program.toString());
            // Looked up again, it is found by what is mapped.
            attachAndCount(target, ProcessProbes.of(target.pid()).stream()
                .filter(site -> site.provider().equals("intact")).toList());
        }
    }

    private static void attachAndCount(final SdtTarget target, final List<UsdtProbe> sites) throws Exception {
        try (ProbeTracer tracer = ProbeTracer.attach(new ProbeTracer.Options(target.pid(), UsdtProgram.Mode.COUNT, null,
            List.of(), 1 << 16), sites, site -> List.of())) {
            target.send("fire 3");
            assertThat(tracer.probes()).hasSize(2).allSatisfy(probe -> assertThat(tracer.count(probe)).isEqualTo(3));
        }
    }

    private static JsonNode list(final int status, final String... arguments) throws Exception {
        final List<String> line = new ArrayList<>(List.of("list", "--json"));
        line.addAll(List.of(arguments));
        final MainTest.Result result = MainTest.runMain(line.toArray(new String[0]));
        assertThat(result.status()).as(result.text()).isEqualTo(status);
        return new ObjectMapper().readTree(result.text());
    }
}
