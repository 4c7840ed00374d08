// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.consumer.account.RingLedger;
import dev.sluice.consumer.receive.PacketReceiver;
import dev.sluice.consumer.receive.TargetTraceWriter;
import dev.sluice.consumer.salvage.Salvager;
import dev.sluice.consumer.session.DrainCommands;
import dev.sluice.consumer.session.Session;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.store.format.RingAccount;
import java.util.List;
import java.util.stream.Stream;

/**
 * The one way in which the recording of a session ends: the target is told to stop and to flush its rings, its answer
 * is awaited, what is still on its way is taken, what a dead target has left is read from its rings, and all of it is
 * accounted for (R7). For the recorder's thread, once.
 */
final class SessionEnd {
    private final Session session;
    private final TargetTraceWriter trace;
    private final PacketReceiver receiver;
    private final ReceivingThread thread;
    /** How long the end waits; null until the end has begun. */
    private EndPatience patience;

    /**
     * What differs between the sources that a session can have. The methods are in the order in which they are called.
     */
    interface Source {
        /**
         * Takes the batches that are still on their way, and ends the receiving thread.
         *
         * @param patience   how long this may take
         * @param hasStopped whether the target has answered that its threads have stopped firing
         * @param hasExited  whether the target's process has ended: then its rings are read next, by {@link SessionEnd}
         * @return false if a batch may still be on its way
         */
        boolean takeRest(EndPatience patience, boolean hasStopped, boolean hasExited);

        /**
         * Whether the target's process has ended meanwhile, and has left events that this source can take no more: then
         * its rings are read next as well.
         */
        default boolean isCutOff() {
            return false;
        }

        /** Why the account cannot be final, or an empty text. */
        String fault();

        /** How far the account reaches if the target has flushed its rings. */
        RingLedger.Reach reach();

        /** What else the user should know, or an empty text. */
        String remark();
    }

    SessionEnd(final Session session, final TargetTraceWriter trace, final PacketReceiver receiver,
               final ReceivingThread thread) {
        this.session = session;
        this.trace = trace;
        this.receiver = receiver;
        this.thread = thread;
    }

    /** Begins the end: tells the target to stop, and does not wait yet. */
    void begin() {
        patience = EndPatience.begin(session.target().region());
        if (isSound()) {
            DrainCommands.disableAhead(session);
        }
    }

    /**
     * Ends the recording.
     *
     * @param exited whether the target's process is known to have ended
     */
    DrainSource.Outcome finish(final Source source, final boolean exited) {
        patience = patience != null ? patience : EndPatience.begin(session.target().region());
        final DrainCommands.Disabled disabled = exited || !isSound() ? DrainCommands.Disabled.NOT_ASKED
            : DrainCommands.disable(session, patience.answerNs());
        final boolean hasExited = exited || session.target().process().hasExited();
        final boolean isDry = source.takeRest(patience, disabled.isFlushed(), hasExited);
        RingLedger.Reach reach = source.reach();
        boolean isAllRead = disabled.isFlushed();
        if ((hasExited || source.isCutOff()) && isSound()) {
            reach = RingLedger.Reach.DRAINED;
            isAllRead = new Salvager(session.target().region(), session.epoch(), receiver,
                new EventWalker(trace.schema())).salvage();
        }
        if (thread.pace() != null && isSound()) {
            trace.pace(thread.pace());
        }
        final String fault = session.target().region().isTruncated()
            ? "somebody has truncated the region's file: what it still held is not known" : source.fault();
        boolean known =
            isDry && isAllRead && isSound() && fault.isEmpty() && receiver.contradiction().isEmpty();
        final List<RingAccount> accounts = receiver.accounts(
            session.isLost() ? RingLedger.Reach.TAKEN : known ? reach : RingLedger.Reach.OPEN);
        String imbalance = "";
        if (known && !receiver.isBalanced(accounts)) {
            known = false;
            imbalance = "the account of a ring does not add up: " + accounts;
        }
        final String warning =
            Stream.of(imbalance, fault, disabled.problem(), receiver.contradiction(), source.remark())
                .filter(text -> !text.isEmpty()).findFirst().orElse("");
        return new DrainSource.Outcome(known, session.isLost(), accounts, receiver.storedEvents(),
            receiver.storedBytes(), warning);
    }

    /** Whether this recording still has the session, and everything received could be stored. */
    private boolean isSound() {
        return thread.failure() == null && !session.isLost();
    }
}
