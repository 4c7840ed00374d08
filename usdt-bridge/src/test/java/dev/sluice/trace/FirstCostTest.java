// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static dev.sluice.trace.Field.int64;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.region.Slot;
import dev.sluice.target.LocalSession;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a thread's first event of a recording costs it is noted in its slot. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FirstCostTest {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final AtomicLong spentNs = new AtomicLong();
    private Slot slot;

    private static int epoch(final LocalSession session) {
        return TaggedWord.epoch(session.target().memory().controlFile().sessionVolatile());
    }

    /** Fires an event on a thread of its own, which gets a ring by it. */
    private void fireFirst(final LocalSession session, final Tracepoint point, final Thread.UncaughtExceptionHandler on)
        throws InterruptedException {
        final Thread thread = new Thread(() -> {
            final long before = THREADS.getCurrentThreadCpuTime();
            point.fire(1);
            spentNs.set(THREADS.getCurrentThreadCpuTime() - before);
            slot = session.target().ring().slot();
        });
        thread.setUncaughtExceptionHandler(on);
        thread.start();
        LocalSession.join(thread);
    }

    @Test
    void shouldNoteWhatTheFirstEventOfEachThreadHasCostIt() throws Exception {
        final Provider provider = Provider.named("first_cost");
        final Tracepoint point = provider.tracepoint("one", int64("a"));
        provider.load();
        THREADS.getCurrentThreadCpuTime();
        final Thread.UncaughtExceptionHandler on = Thread.currentThread().getUncaughtExceptionHandler();
        try (LocalSession session = LocalSession.enable("first_cost")) {
            for (int i = 0; i < 3; i++) {
                fireFirst(session, point, on);
                assertThat(slot.firstCostNs(epoch(session))).isBetween(1L, spentNs.get());
                assertThat(slot.firstCostNs(epoch(session) + 1)).as("in another session").isZero();
            }
            // This thread's ring is noted too, and its next events change nothing.
            point.fire(1);
            final Slot own = session.target().ring().slot();
            final long cost = own.firstCostNs(epoch(session));
            point.fire(2);
            assertThat(own.firstCostNs(epoch(session))).isEqualTo(cost).isPositive();
        }
        try (LocalSession session = LocalSession.enable("first_cost")) {
            point.fire(1);
            assertThat(session.target().ring().slot().firstCostNs(epoch(session)))
                .as("the ring was taken in the session before").isZero();
        }
    }
}
