// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.measure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the kernel counts for threads that do nothing but run. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ProcessorTimeTest {
    private static final long ENOUGH_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private volatile boolean isEnding;

    private void run() {
        while (!isEnding) {
            Thread.onSpinWait();
        }
    }

    @Test
    void shouldCountThisThreadAsFiringWhenItRuns() {
        final ProcessorTime before = ProcessorTime.ofThisThread();
        while (ProcessorTime.ofThisThread().firingNs() - before.firingNs() < ENOUGH_NS) {
            Thread.onSpinWait();
        }
        assertThat(ProcessorTime.ofThisThread().since(before, 10).firing()).isGreaterThanOrEqualTo(ENOUGH_NS / 10.0);
    }

    @Test
    void shouldCountOtherThreadsAndStartedProcessesAsOthersWhenTheyRun() throws Exception {
        final Thread other = new Thread(this::run);
        other.setDaemon(true);
        awaitOther(other::start, () -> {
            isEnding = true;
            other.join();
        });
        final Process[] process = new Process[1];
        awaitOther(() -> process[0] = new ProcessBuilder("sh", "-c", "while :; do :; done").start(), () -> {
            assertThat(ProcessorTime.of(process[0].pid()).firingNs()).isPositive();
            assertThat(ProcessorTime.ofProcess(process[0].pid())).isPositive();
            process[0].destroyForcibly().waitFor();
        });
        assertThat(ProcessorTime.ofProcess(process[0].pid())).isZero();
    }

    private interface Action {
        void run() throws Exception;
    }

    /** Waits until others have had processor time, and this thread next to none of it. */
    private static void awaitOther(final Action begin, final Action end) throws Exception {
        final ProcessorTime before = ProcessorTime.ofThisThread();
        begin.run();
        try {
            while (ProcessorTime.ofThisThread().otherNs() - before.otherNs() < ENOUGH_NS) {
                Thread.sleep(1);
            }
        } finally {
            end.run();
        }
    }
}
