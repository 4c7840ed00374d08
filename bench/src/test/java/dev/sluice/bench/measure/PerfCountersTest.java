// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Counters that each kernel keeps itself are read in the same way as those of a processor, which not all have. */
@Timeout(300)
class PerfCountersTest {
    private static final int TASK_CLOCK = 1;
    private static final int CONTEXT_SWITCHES = 3;
    private static final int NO_SUCH_TYPE = 1 << 30;
    private static final double ENOUGH_NS = 50e6;

    @Test
    void shouldCountTheThreadThatCallsWhenItRunsAndSleeps() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root, for the kernel's counters");
        try (PerfCounters counters =
            PerfCounters.open(PerfCounters.SOFTWARE, List.of(TASK_CLOCK, CONTEXT_SWITCHES), 0)) {
            final double[] before = counters.read();
            while (counters.read()[0] - before[0] < ENOUGH_NS) {
                Thread.onSpinWait();
            }
            final long spentBefore = ProcessorTime.ofThisThread().firingNs();
            final double[] running = counters.read();
            for (int i = 0; i < 10; i++) {
                TimeUnit.MILLISECONDS.sleep(2);
            }
            final double[] slept = counters.read();
            assertThat(slept[1] - running[1]).as("switches").isGreaterThanOrEqualTo(10);
            // What the kernel counts for the scheduler is the same time.
            assertThat(slept[0] - running[0]).isLessThanOrEqualTo(ProcessorTime.ofThisThread().firingNs() - spentBefore
                + ENOUGH_NS);
        }
    }

    @Test
    void shouldCountAnotherProcessWhenItIsGiven() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "needs root, for the kernel's counters");
        final Process busy = new ProcessBuilder("sh", "-c", "while :; do :; done").start();
        try (PerfCounters counters = PerfCounters.open(PerfCounters.SOFTWARE, List.of(TASK_CLOCK), busy.pid())) {
            while (counters.read()[0] < ENOUGH_NS) {
                TimeUnit.MILLISECONDS.sleep(1);
            }
        } finally {
            busy.destroyForcibly().waitFor();
        }
    }

    @Test
    void shouldNameTheCallWhenTheKernelHasNoSuchCounter() {
        assertThatThrownBy(() -> PerfCounters.open(NO_SUCH_TYPE, List.of(0), 0))
            .isInstanceOf(IllegalStateException.class).hasMessageContaining("perf_event_open");
    }

    @Test
    void shouldCountInstructionsOrSayWhyNotWhenTheMachineHasNone() {
        try (HardwareCounters counters = HardwareCounters.of(0)) {
            final HardwareCounts before = counters.now();
            final HardwareCounts counts = counters.now().since(before, 1);
            assertThat(counts.isKnown()).isEqualTo(HardwareCounters.missing().isEmpty());
            if (counts.isKnown()) {
                assertThat(counts.instructions()).isPositive();
                assertThat(counts.perCycle()).isBetween(0.01, 10.0);
            } else {
                assertThat(HardwareCounters.missing()).contains("perf_event_open");
            }
        }
    }
}
