// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.Command;
import dev.sluice.ring.ControlFile;
import dev.sluice.ring.FullPolicy;
import dev.sluice.ring.TaggedWord;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * A session with this very process, in which a consumer's words are set by the test and nobody is attached to the drain
 * probe: events stay in their rings. For one thread.
 */
final class TestSession implements AutoCloseable {
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(10);
    private static int commands = 1_000_000;

    private final Target target = Target.start();

    private TestSession() {
    }

    /** Begins one that enables a provider's tracepoints. */
    static TestSession start(final Provider provider, final FullPolicy policy, final long blockTimeoutNs) {
        provider.load();
        final TestSession session = new TestSession();
        final ControlFile control = session.target.controlFile();
        final int epoch = TaggedWord.nextEpoch(TaggedWord.epoch(control.sessionVolatile()));
        assertThat(control.compareAndSetSession(control.sessionVolatile(), TaggedWord.of(epoch, 1))).isTrue();
        control.compareAndSetHeartbeat(control.heartbeatVolatile(), TaggedWord.of(epoch, System.nanoTime() / 1000));
        final Command command = new Command(epoch, Command.KIND_ENABLE, ++commands, new Command.Enable(
            Command.Enable.SOURCE_BPF, policy, false, 1 << 20, blockTimeoutNs, TimeUnit.SECONDS.toNanos(60),
            List.of(provider.name())).encode());
        assertThat(command.send(control)).isTrue();
        await(() -> Command.answer(control, command.word()) != null);
        return session;
    }

    /** This process. */
    Target target() {
        return target;
    }

    /** Waits until something holds. */
    static void await(final BooleanSupplier condition) {
        final long begin = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - begin).as("waited").isLessThan(TIMEOUT_NS);
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** Waits for the end of a thread. */
    static void join(final Thread thread) throws InterruptedException {
        thread.join(TimeUnit.NANOSECONDS.toMillis(TIMEOUT_NS));
        assertThat(thread.isAlive()).as("%s lives", thread).isFalse();
    }

    @Override
    public void close() {
        final ControlFile control = target.controlFile();
        final long word = control.sessionVolatile();
        control.compareAndSetSession(word, TaggedWord.of(TaggedWord.epoch(word), 0));
        await(() -> target.session() == Session.NONE);
    }
}
