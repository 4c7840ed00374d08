// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.session;

import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.SessionHolder;
import dev.sluice.consumer.attach.SessionLife;
import dev.sluice.consumer.attach.Target;
import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.memory.TaggedWord;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Takes the session word of a target: docs/protocol.md section 4, step 2. The kernel says whether the holder lives. The
 * age of the holder's heartbeat only tells a stopped holder from a running one. The age is measured here, as the time
 * for which the word did not change, because the holder's clock may be that of another time namespace. For one thread.
 */
final class SessionClaim {
    private static final long POLL_NS = TimeUnit.MILLISECONDS.toNanos(5);
    /** Ends the attempts if others change the session word all the time. */
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(4);
    /** How many epochs are tried whose lock another consumer holds, which is about to take the session too. */
    private static final int EPOCH_ATTEMPTS = 64;

    private final Target target;
    private final ControlFile words;
    private final SessionLife life;
    private final long staleNs;
    private final boolean mayTakeOver;
    private final BooleanSupplier isGivenUp;
    private final long heartbeat;
    /** The time after the heartbeat was first read. */
    private final long beginNs;
    private boolean hasBeaten;
    private boolean isStopped;

    /**
     * A claim on a target's session.
     *
     * @param staleNs     a holder whose heartbeat does not change for this time is taken for stopped
     * @param mayTakeOver whether the session of a holder that lives and is stopped may be taken
     * @param isGivenUp   whether nobody wants the session any more
     */
    SessionClaim(final Target target, final long staleNs, final boolean mayTakeOver,
                 final BooleanSupplier isGivenUp) {
        this.target = target;
        this.staleNs = staleNs;
        this.mayTakeOver = mayTakeOver;
        this.isGivenUp = isGivenUp;
        words = target.control().words();
        life = target.control().life();
        heartbeat = words.heartbeatVolatile();
        beginNs = System.nanoTime();
    }

    /**
     * Takes the session, at once if nobody holds it or its holder is dead. The lock that shows that this consumer is
     * alive is taken before the session word names the consumer.
     *
     * @throws AttachException if a consumer that lives holds it, or nobody wants it any more
     */
    SessionHolder take() {
        while (true) {
            if (isGivenUp.getAsBoolean()) {
                throw AttachException.givenUp(target.process().pid());
            }
            lookAtHeartbeat();
            final long word = words.sessionVolatile();
            final SessionHolder holder = SessionHolder.of(word);
            if (holder.isFree() || !life.isAlive(holder.epoch()) || mayTakeOver && isStopped) {
                final SessionHolder self = tryTake(word, holder);
                if (self != null) {
                    return self;
                }
            } else if (hasBeaten) {
                throw busy(holder, ": end that one first, or wait for it");
            } else if (isStopped) {
                throw busy(holder, ", which is stopped or does not keep up: end it or let it go on, or take its session"
                    + " over with --take-over");
            }
            if (System.nanoTime() - beginNs > LIMIT_NS + 2 * staleNs) {
                throw busy(holder, ", and its session changes all the time: end the others first");
            }
            target.process().checkAlive();
            LockSupport.parkNanos(POLL_NS);
        }
    }

    private SessionHolder tryTake(final long word, final SessionHolder holder) {
        int epoch = holder.epoch();
        for (int i = 0; i < EPOCH_ATTEMPTS; i++) {
            epoch = TaggedWord.nextEpoch(epoch);
            if (life.tryBegin(epoch)) {
                final SessionHolder self = new SessionHolder(epoch, (int) ProcessHandle.current().pid());
                if (words.compareAndSetSession(word, self.word())) {
                    return self;
                }
                life.end(epoch);
                return null;
            }
        }
        return null;
    }

    /**
     * The time is taken before the heartbeat is read: if the heartbeat has not changed when it is read, it has not
     * changed for at least that time, even if this thread itself did not run meanwhile. A holder whose heartbeat has
     * changed is not stopped.
     */
    private void lookAtHeartbeat() {
        final long lookNs = System.nanoTime();
        hasBeaten |= words.heartbeatVolatile() != heartbeat;
        isStopped = !hasBeaten && lookNs - beginNs > staleNs;
    }

    private AttachException busy(final SessionHolder holder, final String remedy) {
        return new AttachException(AttachException.Reason.BUSY,
            target.process() + " is being traced already, by process " + holder.pid() + remedy);
    }
}
