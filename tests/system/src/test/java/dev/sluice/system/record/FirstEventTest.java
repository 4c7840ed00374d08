// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.consumer.record.EventPath;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.RecordResult;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.testsupport.ChildProgram;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Issue 15: the first attach costs the traced thread less than a millisecond of processor time, once: the first thread
 * of a program, with all that its first event is, by the median of several programs.
 */
@KernelTest
@Timeout(400)
class FirstEventTest {
    private static final int PROGRAMS = 7;
    private static final long BOUND_NS = 1_000_000;
    /** A machine that is busy, or has just been, makes a round dear; what costs too much does so in each of them. */
    private static final int ROUNDS = 3;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource(names = {"BATCH", "SHARED"})
    void shouldCostTheFirstThreadLessThanAMillisecond(final EventPath path) throws Exception {
        final List<Long> medians = new ArrayList<>();
        while (medians.size() < ROUNDS && medians.stream().noneMatch(ns -> ns < BOUND_NS)) {
            final List<Long> costs = new ArrayList<>();
            for (int i = 0; i < PROGRAMS; i++) {
                costs.add(costNs(path, directory.resolve("trace" + medians.size() + "-" + i)));
            }
            costs.sort(null);
            System.out.println("first event by " + path + " in us: " + costs.stream().map(ns -> ns / 1000).toList());
            medians.add(costs.get(PROGRAMS / 2));
        }
        assertThat(medians).as("medians of %d programs, ns", PROGRAMS).anyMatch(ns -> ns < BOUND_NS);
    }

    private long costNs(final EventPath path, final Path trace) throws Exception {
        try (ChildProgram program = ChildProgram.startJava(directory, ChildProgram.launcherFlags(),
            System.getProperty("java.class.path"), List.of(FirstEventProgram.class.getName()))) {
            assertThat(program.awaitFirstLine()).isEqualTo("ready");
            try (Recorder recorder = Recorder.start(RecordOptions.of(program.pid(), trace).source(path)
                .policy(FullPolicy.DISCARD).build())) {
                recorder.await(TimeUnit.MINUTES.toNanos(3), () -> program.lines("cost") > 0, () -> { });
                final RecordResult result = recorder.finish();
                assertThat(result.stored()).isEqualTo(1);
                final long costNs = Long.parseLong(program.awaitLine("cost", 1).split(" ")[1]);
                assertThat(costNs).as("measured").isPositive();
                return costNs;
            }
        }
    }
}
