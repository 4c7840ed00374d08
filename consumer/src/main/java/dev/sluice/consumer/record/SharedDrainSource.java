// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.consumer.account.RingLedger;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.TargetControl;
import dev.sluice.consumer.session.DrainCommands;
import dev.sluice.consumer.session.Session;
import dev.sluice.ring.Command;
import dev.sluice.ring.ControlFileDescriptor;
import dev.sluice.ring.EventWalker;
import dev.sluice.store.format.RingAccount;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Batches that the receiving thread takes out of the rings by itself, through shared memory: no trap, no privilege but
 * that of opening the target's memory. Full chunks are taken as soon as a poll finds them, events of open ones some
 * times a second and at the end.
 */
final class SharedDrainSource implements DrainSource {
    private static final long PARTIAL_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long MIN_PARK_NS = TimeUnit.MICROSECONDS.toNanos(20);
    private static final long MAX_PARK_NS = TimeUnit.MICROSECONDS.toNanos(320);
    /** From the end of the recording on: a target that lies answers nothing, and goes on to fire for ever. */
    private static final long FINISH_NS = TimeUnit.SECONDS.toNanos(8);
    private static final long LEAST_DRAIN_NS = TimeUnit.SECONDS.toNanos(1);

    private final Session session;
    private final TargetTraceWriter trace;
    private final RecordOptions options;
    private final PacketReceiver receiver;
    private final SharedDrainer drainer;
    private final ReceivingThread thread;
    /** When the last drain ends at the latest; set before the thread is told to stop. */
    private long endAt;
    private volatile boolean hasExited;
    private volatile boolean isDrainedDry;
    private volatile long storedEvents;

    /** Nothing is enabled or read yet. */
    SharedDrainSource(final Session session, final TargetTraceWriter trace, final RecordOptions options) {
        final TargetControl control = session.target().control();
        if (control.regionKind() != ControlFileDescriptor.REGION_MEMFD) {
            throw new AttachException(AttachException.Reason.ENVIRONMENT, "the region of " + session.target().process()
                + " is a file (sluice.region.dir), and whoever may write it can truncate it, which would kill a process"
                + " that changes words in it: it is drained by BPF only; record as root, or unset the property");
        }
        this.session = session;
        this.trace = trace;
        this.options = options;
        receiver = new PacketReceiver(session, trace);
        drainer = new SharedDrainer(session, trace, receiver);
        thread = new ReceivingThread("sluice-receive-shared",
            () -> session.heart().whileReceiving(this::receive));
    }

    @Override
    public int enable() {
        receiver.confirmGaps();
        final int count = DrainCommands.enable(session, new Command.Enable(Command.Enable.SOURCE_SHARED,
            options.policy(), false, 0, options.blockTimeoutNs(), session.staleNs(), options.patterns()));
        receiver.begun();
        // Not before: until the target has applied the command, its own drainers may be in a ring.
        thread.start();
        return count;
    }

    private void receive() {
        long partialAt = System.nanoTime() + PARTIAL_NS;
        long parkNs = MIN_PARK_NS;
        // Batches that the target has drained for the session before, and that have reached nobody.
        receiver.reconcile(receiver.drainedSequences());
        while (!session.isLost()) {
            session.heart().progress();
            final boolean isLast = thread.isStopping();
            if (isLast && hasExited) {
                // The salvager reads what is left, and what cannot be left by a living target.
                return;
            }
            final long now = System.nanoTime();
            final boolean isPartial = isLast || now - partialAt >= 0;
            if (isPartial) {
                partialAt = now + PARTIAL_NS;
            }
            if (drainer.drain(isPartial)) {
                storedEvents = receiver.storedEvents();
                parkNs = MIN_PARK_NS;
                if (isLast && now - endAt > 0) {
                    return;
                }
            } else if (isLast) {
                isDrainedDry = !session.isLost();
                return;
            } else {
                // A timer, as a call that wakes would cost the owners.
                LockSupport.parkNanos(parkNs);
                parkNs = Math.min(parkNs * 2, MAX_PARK_NS);
            }
        }
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
    public Outcome finish(final boolean exited) {
        String warning = "";
        final long begin = System.nanoTime();
        if (!exited && !session.isLost() && thread.failure() == null) {
            warning = DrainCommands.disable(session);
        }
        hasExited = exited || warning == null || session.target().process().hasExited();
        endAt = begin + Math.max(FINISH_NS, System.nanoTime() - begin + LEAST_DRAIN_NS);
        thread.stop();
        warning = warning == null ? "" : warning;
        boolean known = isDrainedDry && warning.isEmpty();
        if (hasExited && thread.failure() == null && !session.isLost()) {
            known = new Salvager(session, receiver, new EventWalker(trace.schema())).salvage();
        }
        known &= thread.failure() == null && !session.isLost() && drainer.fault().isEmpty()
            && receiver.contradiction().isEmpty();
        final List<RingAccount> accounts = receiver.accounts(session.isLost() ? RingLedger.Reach.TAKEN
            : known ? RingLedger.Reach.DRAINED : RingLedger.Reach.OPEN);
        if (known && !receiver.isBalanced(accounts)) {
            known = false;
            warning = "the account of a ring does not add up: " + accounts;
        }
        return new Outcome(known, session.isLost(), accounts, receiver.storedEvents(), receiver.storedBytes(),
            !warning.isEmpty() ? warning : drainer.fault().isEmpty() ? receiver.contradiction() : drainer.fault());
    }

    @Override
    public void published(final Outcome outcome) {
        receiver.published(outcome.rings());
    }

    @Override
    public void close() {
        // The target's memory is unmapped next.
        thread.stop();
    }
}
