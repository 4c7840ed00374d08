// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.bpf.KernelTest;
import dev.sluice.cli.output.ExitStatus;
import dev.sluice.testsupport.ChildProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What tracers see of a replayed trace is what they saw of the program. */
@KernelTest
@Timeout(900)
class ReplayUsdtTest {
    private static final long TIMEOUT_S = 180;
    /** Ten questions; no two values of a map are equal, because bpftrace sorts by them. */
    private static final List<String> SCRIPTS = List.of(
        "usdt:*:shop:order { @orders = count(); }",
        "usdt:*:shop:order { @log2 = hist(arg1); }",
        "usdt:*:shop:order { @linear = lhist((int32)arg1, 0, 1000, 100); }",
        "usdt:*:shop:order { @by_symbol[str(arg0)] = count(); }",
        "usdt:*:shop:order { @by_both[str(arg0), arg3] = sum(arg4); }",
        "usdt:*:shop:order /str(arg0) == \"ACME\"/ { @acme = stats(arg4); @price[arg2 >> 52] = sum(arg4 + 1); }",
        "usdt:*:shop:order { @by_thread[comm] = count(); @last[comm] = str(arg0); }",
        "usdt:*:shop:work_begin { @open[tid] = @open[tid] + 1; @depth[comm] = sum(@open[tid]); }"
            + " usdt:*:shop:work_end { @open[tid] = @open[tid] - 1; }",
        "usdt:*:shop:work_begin { @at[tid, arg0] = arg1; }"
            + " usdt:*:shop:work_end { @took = hist(arg1 - @at[tid, arg0]); delete(@at[tid, arg0]); }",
        "usdt:*:shop:work_begin /(int64)arg0 == -1/ { @begun[tid] = nsecs; }"
            + " usdt:*:shop:work_end /@begun[tid]/ { @seconds = lhist((nsecs - @begun[tid]) / 1000000000, 0, 6, 2);"
            + " delete(@begun[tid]); }");
    private static final String TICK = "tick";
    private static final String REST = " interval:ms:200 { printf(\"" + TICK + "\\n\"); }"
        + " END { clear(@open); clear(@at); clear(@begun); }";

    @TempDir
    private static Path directory;
    /** Of one run of the program, which takes seconds, and what bpftrace has printed meanwhile, if it is there. */
    private static Path trace;
    private static final StringBuilder LIVE = new StringBuilder();

    @BeforeAll
    static void record() throws Exception {
        trace = record(hasBpftrace() ? LIVE : null);
    }

    private static boolean hasBpftrace() {
        return Files.isExecutable(Path.of("/usr/bin/bpftrace"));
    }

    private static ChildProgram java(final String... words) throws IOException {
        return ChildProgram.startServant(directory, words[0], List.of("-Dsluice.usdt.dir=" + directory),
            System.getProperty("java.class.path"), List.of(words));
    }

    private static ChildProgram sluice(final String... words) throws IOException {
        return java(Stream.concat(Stream.of("dev.sluice.cli.Main"), Arrays.stream(words)).toArray(String[]::new));
    }

    private static ChildProgram bpftrace(final ChildProgram target) throws IOException {
        return ChildProgram.start(directory, List.of("unshare", "-m", "sh", "-c",
            "mountpoint -q /sys/kernel/tracing || mount -t tracefs none /sys/kernel/tracing;"
            + " [ -d /sys/kernel/debug/tracing ] || mount -t debugfs none /sys/kernel/debug; exec \"$@\"", "sh",
            "bpftrace", "-B", "line", "-p", Long.toString(target.pid()), "-e", String.join(" ", SCRIPTS) + REST));
    }

    /** What a tracer has printed at its end, without the ticks by which it said that it was ready. */
    private static String maps(final ChildProgram bpftrace) throws Exception {
        assertThat(bpftrace.awaitExit(TIMEOUT_S)).as(bpftrace.errors()).isZero();
        return bpftrace.output().lines().filter(line -> !line.equals(TICK)).collect(Collectors.joining("\n"));
    }

    /** A recording of the program; what bpftrace has printed meanwhile is added, if it is to run. */
    private static Path record(final StringBuilder maps) throws Exception {
        final Path path = directory.resolve("trace");
        try (ChildProgram program = java(ReplayedProgram.class.getName())) {
            assertThat(program.awaitFirstLine()).isEqualTo("pid " + program.pid());
            try (ChildProgram record = sluice("record", "--mode", "shared", "-p", Long.toString(program.pid()), "-o",
                path.toString()); ChildProgram bpftrace = maps == null ? null : bpftrace(program)) {
                if (bpftrace != null) {
                    bpftrace.awaitLine(TICK, 1, TIMEOUT_S);
                }
                program.send("go");
                if (bpftrace != null) {
                    maps.append(maps(bpftrace));
                }
                assertThat(record.awaitExit(TIMEOUT_S)).as(record.output() + record.errors()).isEqualTo(ExitStatus.OK);
            }
        }
        return path;
    }

    @Test
    void shouldGiveTheSameMapsByteForByteWhenBpftraceRunsOnTheReplay() throws Exception {
        assumeTrue(hasBpftrace(), "bpftrace is missing: install bpftrace");
        assertThat(LIVE).contains("@orders: 2200", "@by_thread[java]: 400", "@by_thread[worker-3]: 700",
            "@by_symbol[grüße]: 660", "@seconds");
        try (ChildProgram replay = sluice("replay", trace.toString(), "--to", "usdt", "--wait-for-tracer", "2m",
            "--settle", "5s")) {
            assertThat(replay.awaitFirstLine()).isEqualTo("pid " + replay.pid());
            try (ChildProgram bpftrace = bpftrace(replay)) {
                final String replayed = maps(bpftrace);
                assertThat(replay.awaitExit(TIMEOUT_S)).as(replay.errors()).isEqualTo(ExitStatus.OK);
                assertThat(replayed).as(replay.errors()).isEqualTo(LIVE.toString());
                assertThat(replay.errors()).contains("3,305 events in ").contains("late by p50 ")
                    .doesNotContain("no tracer has attached");
            }
        }
    }

    @Test
    void shouldReachTrapAndFireForNobodyWhenReplayedWithoutWaiting() throws Exception {
        try (ChildProgram replay = sluice("replay", trace.toString(), "--to", "usdt", "--speed", "max",
            "--wait-for-tracer", "2m", "-e", "shop:order", "-n", "3")) {
            assertThat(replay.awaitFirstLine()).isEqualTo("pid " + replay.pid());
            try (ChildProgram trap = sluice("trap", "-p", Long.toString(replay.pid()), "shop:*")) {
                assertThat(trap.awaitExit(TIMEOUT_S)).as(trap.errors()).isEqualTo(ExitStatus.OK);
                assertThat(trap.output().lines()).as(trap.output()).hasSize(3).first().asString()
                    .contains("shop:order", "symbol=\"ACME\"", "quantity=-20", "id=0");
            }
            assertThat(replay.awaitExit(TIMEOUT_S)).as(replay.errors()).isEqualTo(ExitStatus.OK);
        }
        try (ChildProgram replay = sluice("replay", trace.toString(), "--to", "usdt", "--speed", "max",
            "--wait-for-tracer", "100ms")) {
            assertThat(replay.awaitExit(TIMEOUT_S)).as(replay.errors()).isEqualTo(ExitStatus.OK);
            assertThat(replay.errors()).contains("no tracer has attached in time: events are fired all the same",
                "3,305 of 3,305 events came when no tracer wanted them", "3,305 events in ");
        }
    }
}
