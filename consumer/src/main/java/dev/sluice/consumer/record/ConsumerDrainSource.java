// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.bpf.pull.PullReduceProgram;
import dev.sluice.bpf.reduce.Reduced;
import dev.sluice.bpf.reduce.Reduction;
import dev.sluice.consumer.account.RingLedger;
import dev.sluice.consumer.receive.ConsumerDrainer;
import dev.sluice.consumer.receive.PacketReceiver;
import dev.sluice.consumer.receive.PullDrainer;
import dev.sluice.consumer.receive.ReductionSink;
import dev.sluice.consumer.receive.SharedDrainer;
import dev.sluice.consumer.session.DrainCommands;
import dev.sluice.consumer.session.Session;
import dev.sluice.ring.control.Command;
import dev.sluice.ring.where.EventChoice;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Batches that the receiving thread takes out of the rings by itself, without a trap: through shared memory, with no
 * privilege but that of opening it, or copied by the kernel. Full chunks are taken as soon as a poll finds them, events
 * of open ones some times a second and at the end.
 */
final class ConsumerDrainSource implements DrainSource, SessionEnd.Source {
    private static final long PARTIAL_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long MIN_PARK_NS = TimeUnit.MICROSECONDS.toNanos(20);
    private static final long MAX_PARK_NS = TimeUnit.MICROSECONDS.toNanos(320);

    private final Session session;
    private final RecordOptions options;
    private final PacketReceiver receiver;
    private final Command.Source source;
    private final ConsumerDrainer drainer;
    /** Null if events are stored. */
    private final Reduction reduction;
    private final ReceivingThread thread;
    private final SessionEnd end;
    /** The latest end of the last drain, by System.nanoTime. It is set before the thread is told to stop. */
    private long endAt;
    /** For the recorder's thread. */
    private boolean isStarted;
    private volatile boolean hasStopped;
    private volatile boolean hasExited;
    private volatile boolean isDrainedDry;
    private volatile long storedEvents;
    /** Number of the newest wish that all be taken which the rings have, and of the newest that was fulfilled. */
    private volatile long wish;
    private volatile long fulfilled;

    private ConsumerDrainSource(final RecordedTarget target, final RecordOptions options, final Command.Source source,
                                final PacketReceiver receiver, final ConsumerDrainer drainer,
                                final Reduction reduction) {
        session = target.session();
        this.options = options;
        this.source = source;
        this.receiver = receiver;
        this.drainer = drainer;
        this.reduction = reduction;
        thread = new ReceivingThread("sluice-receive-" + source.name().toLowerCase(Locale.ROOT),
            options.nice(), () -> session.heart().whileReceiving(this::receive));
        end = new SessionEnd(session, target.trace(), receiver, thread);
    }

    /** Batches that are read through shared memory. Nothing is enabled or read yet. */
    static DrainSource shared(final RecordedTarget target, final RecordOptions options) {
        target.target().requireShareable();
        final PacketReceiver receiver = new PacketReceiver(target.session(), target.trace());
        return new ConsumerDrainSource(target, options, Command.Source.SHARED, receiver,
            new SharedDrainer(target.session(), target.trace(), receiver), null);
    }

    /**
     * Batches that a BPF program copies. Nothing is enabled or read yet.
     *
     * @throws dev.sluice.bpf.libbpf.BpfException if the kernel refuses the program
     */
    static DrainSource pulled(final RecordedTarget target, final RecordOptions options) {
        final PacketReceiver receiver = new PacketReceiver(target.session(), target.trace());
        return new ConsumerDrainSource(target, options, Command.Source.PULL, receiver,
            new PullDrainer(target.session(), target.trace(), receiver), null);
    }

    /**
     * Batches that BPF programs take values of, where they have copied them to. Nothing is enabled or read yet.
     *
     * @throws dev.sluice.bpf.libbpf.BpfException if the kernel refuses the programs
     */
    static DrainSource reduced(final RecordedTarget target, final RecordOptions options) {
        final PullReduceProgram program =
            PullReduceProgram.load((int) target.target().process().pid(), options.measures());
        final PacketReceiver receiver = new PacketReceiver(target.session(), target.trace(),
            ReductionSink.staged(target.trace(), program));
        return new ConsumerDrainSource(target, options, Command.Source.PULL, receiver,
            new PullDrainer(target.session(), target.trace(), receiver, program), program.reduction());
    }

    @Override
    public int enable(final List<EventChoice> choices) {
        receiver.confirmGaps();
        final int count = select(choices);
        // The thread starts only now: until the target has applied the command, its own drainers may be in a ring.
        start();
        return count;
    }

    private void start() {
        isStarted = true;
        receiver.begun();
        thread.start();
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
        return new Command.Enable(source, options.policy(), false, 0, options.blockTimeoutNs(), session.staleNs(),
            options.ringBytes(), EventChoice.texts(choices));
    }

    private void receive() {
        long partialAt = System.nanoTime() + PARTIAL_NS;
        long parkNs = MIN_PARK_NS;
        // This accounts for batches that the target has drained for the session before and that nobody has received.
        receiver.reconcile(receiver.drainedSequences());
        long taken = 0;
        long looksBefore = 0;
        while (!session.isLost()) {
            session.heart().progress();
            final boolean isLast = thread.isStopping();
            if (isLast && hasExited) {
                // The salvager reads next what is left in the rings. Nothing is on its way between the rings and the
                // trace.
                isDrainedDry = true;
                return;
            }
            if (isLast && hasStopped) {
                drainer.ownersHaveStopped();
            }
            final long now = System.nanoTime();
            if (wish != taken) {
                taken = wish;
                looksBefore = drainer.looks();
            }
            final boolean isPartial = isLast || taken != fulfilled || now - partialAt >= 0;
            if (isPartial) {
                partialAt = now + PARTIAL_NS;
            }
            final boolean any = drainer.drain(isPartial);
            if (taken != fulfilled && drainer.isEmptiedSince(looksBefore)) {
                fulfilled = taken;
            }
            if (any) {
                storedEvents = receiver.storedEvents();
                parkNs = MIN_PARK_NS;
                if (isLast && now - endAt > 0) {
                    return;
                }
            } else if (isLast) {
                isDrainedDry = !session.isLost();
                return;
            } else {
                // A timer is used, because a call that wakes this thread would cost the owners time.
                final long waitNs = parkNs;
                thread.idle(() -> LockSupport.parkNanos(waitNs));
                parkNs = Math.min(parkNs * 2, MAX_PARK_NS);
            }
        }
    }

    @Override
    public void tellToFlush() {
        // The recorder's thread alone wishes.
        wish = wish + 1;
    }

    @Override
    public boolean catchUp(final long deadlineNs) {
        while (fulfilled != wish) {
            if (System.nanoTime() - deadlineNs >= 0 || session.isLost() || thread.failure() != null) {
                return false;
            }
            LockSupport.parkNanos(MAX_PARK_NS);
        }
        return true;
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
        return end.finish(this, exited);
    }

    @Override
    public boolean takeRest(final EndPatience patience, final boolean stopped, final boolean exited) {
        hasStopped = stopped;
        hasExited = exited;
        endAt = patience.latestNs();
        if (!isStarted && (stopped || exited)) {
            // Its answer to the command to begin was not awaited, and what it has fired since is in its rings.
            start();
        }
        thread.stop();
        return isDrainedDry;
    }

    @Override
    public boolean isCutOff() {
        return drainer.isCutOff();
    }

    @Override
    public String fault() {
        return drainer.fault(session.target().process().hasExited());
    }

    @Override
    public RingLedger.Reach reach() {
        // The consumer has read the rings itself, so there is no count of drained events to compare with.
        return RingLedger.Reach.DRAINED;
    }

    @Override
    public String remark() {
        return "";
    }

    @Override
    public void published(final Outcome outcome) {
        receiver.published(outcome.rings());
    }

    @Override
    public void close() {
        // The thread must have ended before the target's memory is unmapped.
        thread.stop();
        drainer.close();
    }
}
