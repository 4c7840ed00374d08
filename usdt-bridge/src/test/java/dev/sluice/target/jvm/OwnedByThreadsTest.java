// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.jvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class OwnedByThreadsTest {
    /** Ids that are so far apart fall on one entry. */
    private static final int SAME_ENTRY = 1024;
    private static final long PATIENCE_S = 60;

    private final OwnedByThreads<String> own = new OwnedByThreads<>();
    private final List<String> faults = Collections.synchronizedList(new ArrayList<>());

    private void expect(final String expected) {
        final String found = own.get();
        if (expected == null ? found != null : !expected.equals(found)) {
            faults.add(Thread.currentThread().getName() + " expected " + expected + " found " + found);
        }
    }

    private static void await(final CountDownLatch latch) {
        try {
            if (!latch.await(PATIENCE_S, TimeUnit.SECONDS)) {
                throw new IllegalStateException("nobody counted down");
            }
        } catch (final InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void join(final Thread thread) throws InterruptedException {
        thread.join(TimeUnit.SECONDS.toMillis(PATIENCE_S));
        assertThat(thread.isAlive()).isFalse();
    }

    @Test
    void shouldGiveEachThreadItsOwnWhenTheirIdsFallOnOneEntry() throws InterruptedException {
        final CountDownLatch firstHas = new CountDownLatch(1);
        final CountDownLatch secondHas = new CountDownLatch(1);
        final Thread first = new Thread(() -> {
            expect(null);
            own.set("first");
            expect("first");
            firstHas.countDown();
            await(secondHas);
            expect("first");
            own.set("first again");
            expect("first again");
        }, "first");
        Thread second = null;
        for (int i = 0; i < 10 * SAME_ENTRY && second == null; i++) {
            final Thread made = new Thread(() -> {
                await(firstHas);
                expect(null);
                own.set("second");
                expect("second");
                own.set("second again");
                expect("second again");
                secondHas.countDown();
            }, "second");
            second = (ThreadIds.of(made) - ThreadIds.of(first)) % SAME_ENTRY == 0 ? made : null;
        }
        assertThat(second).as("a thread with such an id").isNotNull();
        first.start();
        second.start();
        join(first);
        join(second);
        assertThat(faults).isEmpty();
    }

    @Test
    void shouldForgetTheValueWhenItsThreadIsDead() throws InterruptedException {
        final Thread thread = new Thread(() -> own.set("mine"), "dead");
        thread.start();
        join(thread);
        assertThat(own.holds(thread)).as("as long as nobody looks").isTrue();
        OwnedByThreads.forgetDead();
        assertThat(own.holds(thread)).isFalse();
    }
}
