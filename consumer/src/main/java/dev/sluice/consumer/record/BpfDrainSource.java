// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.bpf.drain.DrainBuffers;
import dev.sluice.bpf.drain.DrainConfig;
import dev.sluice.bpf.drain.DrainFailure;
import dev.sluice.bpf.drain.DrainFailureCount;
import dev.sluice.bpf.drain.DrainProgram;
import dev.sluice.bpf.drain.DrainVariant;
import dev.sluice.bpf.drain.TargetOwner;
import dev.sluice.consumer.account.RingLedger;
import dev.sluice.bpf.reduce.Reduced;
import dev.sluice.bpf.reduce.Reduction;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.receive.PacketReceiver;
import dev.sluice.consumer.receive.PacketSink;
import dev.sluice.consumer.receive.ReductionSink;
import dev.sluice.consumer.receive.TargetTraceWriter;
import dev.sluice.consumer.session.DrainCommands;
import dev.sluice.consumer.session.Session;
import dev.sluice.ring.control.Command;
import dev.sluice.ring.where.EventChoice;
import dev.sluice.store.format.LossCause;
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
public final class BpfDrainSource implements DrainSource, SessionEnd.Source {
    static final String DRAIN_PROVIDER = "sluice";
    static final String DRAIN_PROBE = "drain";

    private static final int POLL_LIMIT = 16;
    /**
     * Time between two looks at an empty buffer. A timer is used, because a call that wakes this thread would cost the
     * owners time.
     */
    private static final long MIN_PARK_NS = TimeUnit.MICROSECONDS.toNanos(100);
    private static final long MAX_PARK_NS = TimeUnit.MILLISECONDS.toNanos(20);
    private static final long RECONCILE_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long BUSY_NS = TimeUnit.MICROSECONDS.toNanos(50);
    private static final long LAST_DRAIN_NS = TimeUnit.SECONDS.toNanos(5);

    private final Session session;
    private final RecordOptions options;
    private final DrainProgram program;
    private final DrainBuffers buffers;
    /** Null if events are stored. */
    private final Reduction reduction;
    private final PacketReceiver receiver;
    private final ReceivingThread thread;
    private final SessionEnd end;
    private boolean wasStuck;
    private volatile boolean isDetached;
    private volatile boolean hasExited;
    private volatile boolean isDrainedDry;
    private volatile long storedEvents;
    private boolean isClosed;

    /**
     * Loads the program and attaches it; no tracepoint is enabled yet.
     *
     * @param ringBufferBytes size of the large BPF ring buffer
     */
    BpfDrainSource(final Session session, final TargetTraceWriter trace, final RecordOptions options,
                   final int ringBufferBytes) {
        this.session = session;
        this.options = options;
        final Target target = session.target();
        final UsdtProbe probe = drainProbe(target);
        final int pid = (int) target.process().pid();
        program = DrainProgram.load(
            new DrainConfig(pid, session.epoch(), target.control().slotCount(), ringBufferBytes)
                .withHotBuffer(RecordOptions.hotBufferBytes(ringBufferBytes)).withMaySleep(TargetOwner.isOurs(pid)),
            options.measures());
        try {
            program.attach(pid, probe);
            buffers = program.buffers();
            reduction = program.reduction();
            receiver = new PacketReceiver(session, trace,
                reduction == null ? PacketSink.into(trace) : ReductionSink.drained(trace, reduction));
            if (reduction != null) {
                reduction.know(trace.schema());
            }
            receiver.onLoss(this::updatePool);
        } catch (final RuntimeException e) {
            program.close();
            throw e;
        }
        thread = new ReceivingThread("sluice-receive", options.nice(),
            () -> session.heart().whileReceiving(this::receive));
        end = new SessionEnd(session, trace, receiver, thread);
        thread.start();
    }

    /** The drain probe of this very target: each copy of the library has a drain probe. */
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
    public int enable(final List<EventChoice> choices) {
        receiver.confirmGaps();
        final int count = select(choices);
        receiver.begun();
        return count;
    }

    @Override
    public int select(final List<EventChoice> choices) {
        return DrainCommands.enable(session, terms(choices));
    }

    @Override
    public void check(final List<EventChoice> choices) {
        DrainCommands.check(session, terms(choices));
    }

    private Command.Enable terms(final List<EventChoice> choices) {
        return new Command.Enable(Command.Source.BPF, options.policy(), !program.variant().isExact(),
            buffers.capacity(), options.blockTimeoutNs(), session.staleNs(), options.ringBytes(),
            EventChoice.texts(choices));
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
            // These are read before the buffer is seen empty: then every batch drained up to here has arrived or never
            // will.
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
                // A program that waits for a page is still writing the oldest record.
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
            thread.idle(idle::idle);
        }
    }

    /**
     * Gives credits back: for records that left the buffer, for records that never came into it, and for batches that
     * only this receiver knows to be missing.
     */
    private void publish() {
        long unusedBytes = 0;
        for (final DrainFailure cause : DrainFailure.values()) {
            // Batches of another process or of another epoch have claimed no credits of this session.
            if (cause != DrainFailure.WRONG_TARGET && cause != DrainFailure.WRONG_EPOCH) {
                unusedBytes += program.failures(cause).unusedBytes();
            }
        }
        session.words().publishConsumed(buffers.consumedBytes() + unusedBytes + receiver.missedBytes());
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

    /** The way in which batches are copied. */
    DrainVariant variant() {
        return program.variant();
    }

    @Override
    public void tellToFlush() {
        DrainCommands.flushAhead(session);
    }

    @Override
    public boolean catchUp(final long deadlineNs) {
        // What the target has drained by its answer is in the buffer by then, or lost: the receiver says so.
        return DrainCommands.flush(session, deadlineNs - System.nanoTime())
            && receiver.awaitReceived(receiver.drainedSequences(), deadlineNs);
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
        return buffers.isStuck();
    }

    @Override
    public long storedEvents() {
        return storedEvents;
    }

    @Override
    public List<Reduced> reduced() {
        return reduction == null ? List.of() : reduction.reduced();
    }

    @Override
    public void tellToStop() {
        end.begin();
    }

    @Override
    public Outcome finish(final boolean exited) {
        wasStuck = isStuck();
        return end.finish(this, exited);
    }

    @Override
    public boolean takeRest(final EndPatience patience, final boolean hasStopped, final boolean exited) {
        hasExited = exited;
        endDrains(patience.latestNs());
        // A target that continues to fire would keep the thread receiving for ever.
        isDetached = program.detach();
        thread.stop();
        return isDrainedDry;
    }

    @Override
    public String fault() {
        return isDetached ? "" : KernelWarnings.NOT_DETACHED;
    }

    @Override
    public RingLedger.Reach reach() {
        return RingLedger.Reach.FLUSHED;
    }

    @Override
    public String remark() {
        return wasStuck ? KernelWarnings.STUCK : stuckRecords();
    }

    /**
     * Ends drains before the last look at the buffer. A thread that saw its enable bit before the target cleared the
     * bit may commit an event, and drain it, after the target has answered. Without credits no drain begins; a drain
     * that had begun holds its ring's lock. So once each lock was seen free, the sequences are final. Only then may BPF
     * be detached: the kernel lowers the semaphore after it has removed the probe, and a drain in between would be
     * lost.
     */
    private void endDrains(final long latest) {
        session.words().closeCredits();
        final long now = System.nanoTime();
        final long deadline = now + Math.min(LAST_DRAIN_NS, latest - now);
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
            // This is done whatever was thrown before, because the thread must not read memory that is unmapped.
            thread.stop();
            program.close();
        }
    }
}
