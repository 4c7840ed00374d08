// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.Command;
import dev.sluice.ring.ControlFile;
import dev.sluice.ring.FullPolicy;
import dev.sluice.ring.Memory;
import dev.sluice.ring.Slot;
import dev.sluice.ring.TaggedWord;
import dev.sluice.target.Target;
import dev.sluice.target.session.Session;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A session of a consumer that does not exist, in this very process: events stay in their rings. For one thread. */
public final class LocalSession implements AutoCloseable {
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(10);
    private static int commands = 1 << 20;

    private final Target target = Target.start();
    private final ControlFile control = target.memory().controlFile();
    private ConsumerLife life;

    private LocalSession() {
    }

    /** Enables what patterns select. */
    static LocalSession enable(final String... patterns) {
        return enable(null, 0, List.of(patterns));
    }

    /** Enables a provider's tracepoints. */
    static LocalSession start(final Provider provider, final FullPolicy policy, final long blockTimeoutNs) {
        provider.load();
        return enable(policy, blockTimeoutNs, List.of(provider.name()));
    }

    private static LocalSession enable(final FullPolicy policy, final long blockTimeoutNs,
                                       final List<String> patterns) {
        final LocalSession session = new LocalSession();
        final ControlFile control = session.control;
        final int epoch = TaggedWord.nextEpoch(TaggedWord.epoch(control.sessionVolatile()));
        session.life = ConsumerLife.begin(epoch);
        assertThat(control.compareAndSetSession(control.sessionVolatile(), TaggedWord.of(epoch, 1))).isTrue();
        control.compareAndSetHeartbeat(control.heartbeatVolatile(), TaggedWord.of(epoch, System.nanoTime() / 1000));
        final Command command = new Command(epoch, Command.KIND_ENABLE, ++commands, new Command.Enable(
            Command.Enable.SOURCE_BPF, policy, false, 1 << 20, blockTimeoutNs, TimeUnit.SECONDS.toNanos(60), patterns)
            .encode());
        assertThat(command.send(control)).isTrue();
        await(() -> Command.answer(control, command.word()) != null);
        return session;
    }

    /** This process. */
    Target target() {
        return target;
    }

    /** The bytes of this thread's newest event behind its header word, of a padded length. */
    byte[] newest(final int paddedLength) {
        final Slot slot = target.ring().slot();
        final long begin = slot.tailAcquire() - paddedLength;
        return Memory.getBytes(slot.ringAddress() + (begin & slot.ringLength() - 1) + Long.BYTES,
            paddedLength - Long.BYTES);
    }

    /** How far this thread's ring is written. */
    long tail() {
        return target.ring().slot().tailAcquire();
    }

    @Override
    public void close() {
        final long word = control.sessionVolatile();
        control.compareAndSetSession(word, TaggedWord.of(TaggedWord.epoch(word), 0));
        await(() -> target.session().current() == Session.NONE);
        life.close();
    }

    /** Waits until something holds. */
    public static void await(final BooleanSupplier condition) {
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
}
