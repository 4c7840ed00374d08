// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.cli.MainTest;
import dev.sluice.consumer.record.EventPath;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.ring.region.DistinctError;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Issue 9, 4: after its first warning a target was silent for ever about whatever else went wrong in it. */
@OneJdk
@Timeout(400)
class TargetErrorsTest {
    @TempDir
    private Path directory;

    private ChildProgram start(final String... flags) throws Exception {
        return start(FaultyProgram.class, flags);
    }

    private ChildProgram start(final Class<?> program, final String... flags) throws Exception {
        final List<String> all = new ArrayList<>(ChildProgram.launcherFlags());
        all.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        all.addAll(List.of(flags));
        final ChildProgram child = ChildProgram.startJava(directory, all, System.getProperty("java.class.path"),
            List.of(program.getName()));
        assertThat(child.awaitFirstLine()).startsWith("pid ");
        return child;
    }

    @Test
    void shouldShowEachDistinctErrorWithItsCountWhenATargetIsRecordedAndListed() throws Exception {
        try (ChildProgram target = start()) {
            final long pid = Long.parseLong(target.awaitFirstLine().substring("pid ".length()));
            final Path trace = directory.resolve("trace");
            try (Recorder recorder = Recorder.start(
                RecordOptions.of(pid, trace).source(EventPath.SHARED).build())) {
                recorder.await(TimeUnit.MILLISECONDS.toNanos(500), () -> false, () -> { });
                recorder.finish();
            }
            final TraceReader reader = TraceReader.open(trace);
            final List<DistinctError> errors = List.copyOf(reader.targets().get(0).errors());
            assertThat(errors.stream().filter(error -> error.text().contains("is fired with arguments that do not")))
                .hasSize(FaultyProgram.TRACEPOINTS);
            assertThat(errors).allSatisfy(error -> assertThat(error.count()).as(error.text()).isGreaterThan(1));
            assertThat(errors).anySatisfy(error -> assertThat(error.text())
                .contains("no text").contains("FaultyProgram$Thrower.toString(FaultyProgram.java"));
            final TraceReport report = TraceReport.of(reader);
            assertThat(report.account().refused().get(RefusalCause.INTERNAL)).as("the tracer's own").isPositive();
            assertThat(report.account().refused().get(RefusalCause.WRONG_ARGUMENTS)).isPositive();
            assertThat(report.toText()).contains("errors inside the tracer of target 0")
                .contains("faulty:wrong_x is fired with").doesNotContain("\u001b");
            assertThat(report.toJson().get("errors")).hasSize(errors.size());

            final MainTest.Result list = MainTest.runMain("list", "-p", Long.toString(pid));
            assertThat(list.text()).contains("errors inside the tracer of process " + pid)
                .contains("faulty:wrong_xx is fired with").doesNotContain("\u001b");
            final JsonNode json = new ObjectMapper().readTree(
                MainTest.runMain("list", "--json", "-p", Long.toString(pid)).text());
            assertThat(json.get(json.size() - 1).get("errors")).hasSizeGreaterThanOrEqualTo(errors.size());

            final List<String> lines = target.errors().lines().filter(line -> line.startsWith("[sluice]")).toList();
            assertThat(lines).as("lines of warnings").doesNotHaveDuplicates().hasSizeBetween(2, 17);
            assertThat(lines.get(lines.size() - 1)).contains("sluice list -p " + pid);
        }
    }

    @Test
    void shouldShowWhatWentWrongWhenADeadTargetIsSalvaged() throws Exception {
        final Path regions = Files.createDirectory(directory.resolve("regions"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        // Closing kills it.
        start("-Dsluice.region.dir=" + regions, "-Dsluice.usdt.backing=none").close();
        final Path region;
        try (Stream<Path> files = Files.list(regions)) {
            region = files.findFirst().orElseThrow();
        }
        final Path trace = directory.resolve("trace");
        final MainTest.Result salvage = MainTest.runMain("salvage", region.toString(), "-o", trace.toString());
        assertThat(trace).as(salvage.text()).exists();
        assertThat(TraceReport.of(TraceReader.open(trace)).toText())
            .contains("no USDT probes, rings only: sluice.usdt.backing=none");
    }

    /** Issue 9: both sites were described by the schema that came last. */
    @Test
    void shouldDescribeEachSiteByItsOwnSchemaWhenTwoVersionsOfAProviderAreListed() throws Exception {
        try (ChildProgram target = start(TwoVersionsProgram.class)) {
            final String text = MainTest.runMain(
                "list", "-p", target.awaitFirstLine().substring("pid ".length()), "shop:*").text();
            assertThat(text.lines().filter(line -> line.startsWith("shop:sold"))).hasSize(2)
                .anySatisfy(line -> assertThat(line).contains("int64 id, int64 cents"))
                .anySatisfy(line -> assertThat(line).contains("int64 id, float64 euros"));
        }
    }
}
