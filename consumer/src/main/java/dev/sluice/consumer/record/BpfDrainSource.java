// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.bpf.DrainBuffers;
import dev.sluice.bpf.DrainConfig;
import dev.sluice.bpf.DrainFailure;
import dev.sluice.bpf.DrainFailureCount;
import dev.sluice.bpf.DrainProgram;
import dev.sluice.bpf.DrainVariant;
import dev.sluice.bpf.TargetOwner;
import dev.sluice.consumer.account.RingLedger;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.session.DrainCommands;
import dev.sluice.consumer.session.Session;
import dev.sluice.ring.Command;
import dev.sluice.ring.EventWalker;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.text.Counted;
import dev.sluice.usdt.find.ProcessProbes;
import dev.sluice.usdt.find.UsdtProbe;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/**
 * Batches drained by BPF, one trap each. The receiving thread takes packets out of the target's BPF ring buffers,
 * appends them, publishes them as received and gives their credits back, in this order.
 */
public final class BpfDrainSource implements DrainSource {
    static final String DRAIN_PROVIDER = "sluice";
    static final String DRAIN_PROBE = "drain";

    private static final int POLL_LIMIT = 16;
    /** Between looks at an empty buffer: a timer, as a call that wakes would cost the owners. */
    private static final long MIN_PARK_NS = TimeUnit.MICROSECONDS.toNanos(100);
    private static final long MAX_PARK_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long RECONCILE_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long BUSY_NS = TimeUnit.MICROSECONDS.toNanos(50);
    private static final long LAST_DRAIN_NS = TimeUnit.SECONDS.toNanos(5);
    /** For the answer and for drains that had begun, together: a target that lies ends neither. */
    private static final long FINISH_NS = TimeUnit.SECONDS.toNanos(8);
    private static final long LEAST_WAIT_NS = TimeUnit.MILLISECONDS.toNanos(200);
    /** A program that waits for a page is done within milliseconds, unless somebody withholds it. */
    public static final long STUCK_NS = TimeUnit.SECONDS.toNanos(10);
    static final String NOT_DETACHED = "the kernel has not detached the program within 10 s, as a process withholds a"
        + " page that a sleepable program waits for: it goes on trying until that process ends";
    static final String STUCK = "a record in the BPF ring buffer was begun and not completed for "
        + TimeUnit.NANOSECONDS.toSeconds(STUCK_NS) + " s: nothing behind it could be received, so the recording was"
        + " ended (docs/kernels.md)";

    private final Session session;
    private final TargetTraceWriter trace;
    private final RecordOptions options;
    private final DrainProgram program;
    private final DrainBuffers buffers;
    private final PacketReceiver receiver;
    private final ReceivingThread thread;
    private volatile boolean isDetached;
    private volatile boolean hasExited;
    private volatile boolean isDrainedDry;
    private volatile long storedEvents;
    private boolean isClosed;

    /** Loads and attaches; nothing is enabled yet. */
    BpfDrainSource(final Session session, final TargetTraceWriter trace, final RecordOptions options) {
        this.session = session;
        this.trace = trace;
        this.options = options;
        final Target target = session.target();
        final UsdtProbe probe = drainProbe(target);
        final int pid = (int) target.process().pid();
        program = DrainProgram.load(
            new DrainConfig(pid, session.epoch(), target.control().slotCount(), options.ringBufferBytes())
                .withHotBuffer(options.hotBufferBytes()).withMaySleep(TargetOwner.isOurs(pid)));
        try {
            program.attach(pid, probe);
            buffers = program.buffers();
            receiver = new PacketReceiver(session, trace);
            receiver.onLoss(this::updatePool);
        } catch (final RuntimeException e) {
            program.close();
            throw e;
        }
        thread = new ReceivingThread("sluice-receive",
            () -> session.heart().whileReceiving(this::receive));
        thread.start();
    }

    /** The drain probe of this very target: each copy of the library has one. */
    private static UsdtProbe drainProbe(final Target target) {
        final long address = target.control().drainStub();
        final List<UsdtProbe> probes = ProcessProbes.of(target.process().pid());
        return probes.stream()
            .filter(p -> p.provider().equals(DRAIN_PROVIDER) && p.name().equals(DRAIN_PROBE)
                && p.siteAddress() == address)
            .findFirst()
            .orElseThrow(() -> new AttachException(AttachException.Reason.ENVIRONMENT, target.process()
                + " has no drain probe at 0x" + Long.toHexString(address)
                + ": it could not load its stubs, see the warning on its standard error"));
    }

    @Override
    public int enable() {
        final Command.Enable enable = new Command.Enable(Command.Enable.SOURCE_BPF, options.policy(),
            !program.variant().isExact(), buffers.capacity(), options.blockTimeoutNs(), session.staleNs(),
            options.patterns());
        receiver.confirmGaps();
        final int count = DrainCommands.enable(session, enable);
        receiver.begun();
        return count;
    }

    private void receive() {
        long reconcileAt = System.nanoTime() + RECONCILE_NS;
        long stoppedAt = 0;
        final IdleStrategy idle = new BackoffIdleStrategy(0, 0, MIN_PARK_NS, MAX_PARK_NS);
        while (!session.isLost()) {
            session.heart().progress();
            final long now = System.nanoTime();
            final boolean isLast = thread.isStopping();
            if (isLast && stoppedAt == 0) {
                stoppedAt = now;
            }
            // Taken before the buffer is seen empty: then what was drained up to here has come, or never will.
            final long[] drained = isLast || now - reconcileAt > 0 ? receiver.drainedSequences() : null;
            final int records = buffers.poll(receiver::onPacket, POLL_LIMIT);
            publish();
            if (records > 0) {
                idle.reset();
                continue;
            }
            if (!buffers.isEmpty()) {
                if (isLast && isDetached && buffers.skipStuck()) {
                    continue;
                }
                // The oldest record is still being written, by a program that waits for a page.
                if (isLast && now - stoppedAt > LAST_DRAIN_NS) {
                    return;
                }
                LockSupport.parkNanos(BUSY_NS);
                continue;
            }
            if (drained != null && !hasExited) {
                receiver.reconcile(drained);
                publish();
                reconcileAt = now + RECONCILE_NS;
            }
            if (isLast) {
                isDrainedDry = true;
                return;
            }
            idle.idle();
        }
    }

    /** Credits: what left the buffer, what never came into it, and what no counter but ours has seen. */
    private void publish() {
        long unusedBytes = 0;
        for (final DrainFailure cause : DrainFailure.values()) {
            // Batches of another process or another epoch took no credits of this session.
            if (cause != DrainFailure.WRONG_TARGET && cause != DrainFailure.WRONG_EPOCH) {
                unusedBytes += program.failures(cause).unusedBytes();
            }
        }
        session.consumed(buffers.consumedBytes() + unusedBytes + receiver.missedBytes());
        storedEvents = receiver.storedEvents();
    }

    private void updatePool() {
        receiver.pool().counted(LossCause.RECORD_STUCK, buffers.stuckRecords());
        program.failures().forEach((cause, count) -> {
            if (cause != DrainFailure.WRONG_TARGET) {
                receiver.pool().counted(LossCause.valueOf(cause.name()), count.batches());
            }
        });
    }

    /** The way batches are copied. */
    DrainVariant variant() {
        return program.variant();
    }

    @Override
    public Throwable failure() {
        return thread.failure();
    }

    @Override
    public boolean isLost() {
        return session.isLost();
    }

    @Override
    public boolean isStuck() {
        return buffers.busyNs() > STUCK_NS;
    }

    @Override
    public long storedEvents() {
        return storedEvents;
    }

    @Override
    public Outcome finish(final boolean exited) {
        String warning = isStuck() ? STUCK : "";
        final long begin = System.nanoTime();
        boolean isFlushed = false;
        if (!exited && !session.isLost() && thread.failure() == null) {
            final String reason = DrainCommands.disable(session);
            isFlushed = reason != null && reason.isEmpty();
            warning = isFlushed || reason == null ? warning : reason;
        }
        hasExited = exited || session.target().process().hasExited();
        endDrains(begin + FINISH_NS);
        // A target that goes on all the same would have the thread receive for ever.
        isDetached = program.detach();
        thread.stop();
        boolean known = isDrainedDry && isFlushed && isDetached;
        if (!isDetached) {
            warning = NOT_DETACHED;
        }
        if (hasExited && thread.failure() == null && !session.isLost()) {
            isFlushed = false;
            final Salvager salvager = new Salvager(session, receiver, new EventWalker(trace.schema()));
            known = salvager.salvage() && isDrainedDry;
        }
        if (session.target().region().isTruncated()) {
            known = false;
            warning = "somebody has truncated the region's file: what it still held is not known";
        }
        known &= thread.failure() == null && !session.isLost() && receiver.contradiction().isEmpty();
        final List<RingAccount> accounts = receiver.accounts(session.isLost() ? RingLedger.Reach.TAKEN
            : !known ? RingLedger.Reach.OPEN : isFlushed ? RingLedger.Reach.FLUSHED : RingLedger.Reach.DRAINED);
        if (known && !receiver.isBalanced(accounts)) {
            known = false;
            warning = "the account of a ring does not add up: " + accounts;
        }
        return new Outcome(known, session.isLost(), accounts, receiver.storedEvents(), receiver.storedBytes(),
            !warning.isEmpty() ? warning
                : receiver.contradiction().isEmpty() ? stuckRecords() : receiver.contradiction());
    }

    /**
     * Ends drains before the last look at the buffer. A thread that saw its bit before the target cleared it may commit
     * an event, and have it drained, after the target has answered. Without credits no drain begins; one that had begun
     * holds its ring's lock, so once each lock was seen free, the sequences are final. Only then may BPF be detached:
     * the kernel lowers the semaphore after it has removed the probe, and a drain in between would be lost.
     */
    private void endDrains(final long latest) {
        session.closeCredits();
        final long now = System.nanoTime();
        final long deadline = now + Math.max(LEAST_WAIT_NS, Math.min(LAST_DRAIN_NS, latest - now));
        for (int i = 0; i < session.target().region().slotLimit() && !hasExited; i++) {
            while (receiver.slot(i).drainLockVolatile() != 0 && System.nanoTime() - deadline < 0
                && !session.target().process().hasExited()) {
                LockSupport.parkNanos(BUSY_NS);
            }
        }
    }

    private String stuckRecords() {
        return buffers.stuckRecords() == 0 ? foreignTraps() : Counted.was(buffers.stuckRecords(), "record")
            + " begun in the BPF ring buffer and never completed: their events are lost, as record_stuck"
            + " (docs/kernels.md)";
    }

    private String foreignTraps() {
        final DrainFailureCount foreign = program.failures(DrainFailure.WRONG_TARGET);
        return foreign.batches() == 0 ? ""
            : Counted.was(foreign.batches(), "hit") + " ignored, of the drain probe by another process";
    }

    @Override
    public void published(final Outcome outcome) {
        receiver.published(outcome.rings());
    }

    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            // Whatever has thrown before: it must not read what is unmapped.
            thread.stop();
            program.close();
        }
    }
}
