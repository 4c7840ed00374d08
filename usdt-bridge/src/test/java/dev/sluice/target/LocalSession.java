// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.control.Command;
import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.region.Slot;
import dev.sluice.target.session.SessionTerms;
import dev.sluice.trace.Provider;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A session of a consumer that does not exist, in this very process: events stay in their rings. For one thread. */
public final class LocalSession implements AutoCloseable {
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(120);
    private static int commands = 1 << 20;

    private final LocalTarget target = LocalTarget.start();
    private final ControlFile control = target.memory().controlFile();
    private ConsumerLife life;

    private LocalSession() {
    }

    /** Enables what patterns select. */
    public static LocalSession enable(final String... patterns) {
        return enable(null, 0, List.of(patterns));
    }

    /** Enables a provider's tracepoints. */
    public static LocalSession start(final Provider provider, final FullPolicy policy, final long blockTimeoutNs) {
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
        final Command command = new Command(epoch, Command.Kind.ENABLE, ++commands, new Command.Enable(
            Command.Source.BPF, policy, false, 1 << 20, blockTimeoutNs, TimeUnit.SECONDS.toNanos(60), patterns)
            .encode());
        assertThat(command.send(control)).isTrue();
        await(() -> Command.answer(control, command.word()) != null);
        return session;
    }

    /** Asks for another selection, in the same session. */
    public Command.Answer select(final String... choices) {
        return ask(Command.Kind.ENABLE_FILTERED, choices);
    }

    /** Asks whether another selection would be taken. */
    public Command.Answer check(final String... choices) {
        return ask(Command.Kind.CHECK, choices);
    }

    private Command.Answer ask(final Command.Kind kind, final String... choices) {
        final Command command = new Command(TaggedWord.epoch(control.sessionVolatile()), kind, ++commands,
            new Command.Enable(Command.Source.BPF, null, false, 1 << 20, 0, TimeUnit.SECONDS.toNanos(60),
                List.of(choices)).encode());
        assertThat(command.send(control)).isTrue();
        await(() -> Command.answer(control, command.word()) != null);
        return Command.answer(control, command.word());
    }

    /** This process. */
    public LocalTarget target() {
        return target;
    }

    /** The bytes of this thread's newest event behind its header word, of a padded length. */
    public byte[] newest(final int paddedLength) {
        final Slot slot = target.ring().slot();
        final long begin = slot.tailAcquire() - paddedLength;
        return Memory.getBytes(slot.ringAddress() + (begin & slot.ringLength() - 1) + Long.BYTES,
            paddedLength - Long.BYTES);
    }

    /** How far this thread's ring is written. */
    public long tail() {
        return target.ring().slot().tailAcquire();
    }

    @Override
    public void close() {
        final long word = control.sessionVolatile();
        control.compareAndSetSession(word, TaggedWord.of(TaggedWord.epoch(word), 0));
        await(() -> target.session().current() == SessionTerms.NONE);
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
    public static void join(final Thread thread) throws InterruptedException {
        thread.join(TimeUnit.NANOSECONDS.toMillis(TIMEOUT_NS));
        assertThat(thread.isAlive()).as("%s lives", thread).isFalse();
    }
}
