// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.fire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is said of the other side's thread that has not taken everything. */
@Timeout(60)
class ConsumerThreadTest {
    private static final long PATIENCE_S = 30;

    @Test
    void shouldSayNothingWhenItHasEnded() {
        final ConsumerThread thread = new ConsumerThread("taker", () -> { });
        thread.start();
        assertThatCode(() -> thread.awaitEnd(PATIENCE_S, TimeUnit.SECONDS)).doesNotThrowAnyException();
    }

    @Test
    void shouldSayWhyWhenItHasFailed() {
        final ConsumerThread thread = new ConsumerThread("taker", () -> {
            throw new IllegalArgumentException("a broken message");
        });
        thread.start();
        assertThatThrownBy(() -> thread.awaitEnd(PATIENCE_S, TimeUnit.SECONDS))
            .isInstanceOf(IllegalStateException.class)
            .hasMessage("taker has failed: java.lang.IllegalArgumentException: a broken message");
        assertThatThrownBy(thread::requireSound).hasMessageStartingWith("taker has failed");
    }

    @Test
    void shouldSayThatItDoesNotEndWhenItHangs() throws InterruptedException {
        final CountDownLatch end = new CountDownLatch(1);
        final ConsumerThread thread = new ConsumerThread("taker", () -> {
            try {
                end.await();
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        thread.start();
        assertThatThrownBy(() -> thread.awaitEnd(1, TimeUnit.MILLISECONDS)).hasMessageContaining("taker does not end");
        end.countDown();
        thread.awaitEnd(PATIENCE_S, TimeUnit.SECONDS);
    }

    @Test
    void shouldLeaveOpenWhatTheThreadReadsWhenItHasNotEnded() throws InterruptedException {
        final CountDownLatch end = new CountDownLatch(1);
        final AtomicInteger closed = new AtomicInteger();
        final ConsumerThread thread = new ConsumerThread("taker", () -> {
            try {
                end.await();
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        thread.start();
        assertThatThrownBy(() -> thread.awaitEnd(1, TimeUnit.MILLISECONDS)).hasMessageContaining("taker does not end");
        thread.closeBehind(closed::incrementAndGet);
        assertThat(closed).hasValue(0);
        end.countDown();
        thread.awaitEnd(PATIENCE_S, TimeUnit.SECONDS);
        thread.closeBehind(closed::incrementAndGet);
        assertThat(closed).hasValue(1);
    }
}
