// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.session;

import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.Target;
import dev.sluice.ring.control.Command;
import dev.sluice.ring.control.ControlFile;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Gives a session's commands to its target and waits for the answers, for a bounded time: docs/protocol.md section 6.
 * For one thread.
 */
final class CommandChannel {
    private static final long POLL_NS = TimeUnit.MICROSECONDS.toNanos(200);
    /**
     * How long a target may give no sign of running before the wait for its answer ends. This holds for a stopped
     * target too.
     */
    private static final long SILENT_NS = DrainCommands.ANSWER_NS;
    private static final long STOPPED_NS = TimeUnit.SECONDS.toNanos(2);
    private static final int TORN_ATTEMPTS = 5;

    private final Target target;
    private final ControlFile words;
    private final int epoch;
    private final Runnable requireOurs;
    private final Runnable requireWanted;
    private int commandNumber;
    /** The command that was given ahead, or null, and the time at which it was given. */
    private Command ahead;
    private long aheadNs;
    private long signAhead;

    /**
     * The channel of a session.
     *
     * @param requireOurs   throws {@link AttachException} if the session is lost
     * @param requireWanted throws it also if nobody waits for an answer any more
     */
    CommandChannel(final Target target, final int epoch, final Runnable requireOurs, final Runnable requireWanted) {
        this.target = target;
        this.epoch = epoch;
        this.requireOurs = requireOurs;
        this.requireWanted = requireWanted;
        words = target.control().words();
    }

    /**
     * Gives a command, whose answer the next {@link #give} of its kind waits for: so that several targets work on their
     * answers during the same time.
     *
     * @throws AttachException if the session is lost
     */
    void giveAhead(final Command.Kind kind, final byte[] payload) {
        final Command command = new Command(epoch, kind, ++commandNumber, payload);
        requireOurs.run();
        aheadNs = System.nanoTime();
        signAhead = words.targetHeartbeatAcquire();
        ahead = command.send(words) ? command : null;
    }

    /**
     * Gives a command, unless it was given ahead, and waits for the answer.
     *
     * @param timeoutNs longest time from when the command was first given
     * @return the answer, or null if the target has died
     * @throws AttachException if the session is lost, no answer comes in time, or nobody waits for it any more
     */
    Command.Answer give(final Command.Kind kind, final byte[] payload, final long timeoutNs) {
        Command given = ahead != null && ahead.kind() == kind ? ahead : null;
        ahead = null;
        final long begin = given != null ? aheadNs : System.nanoTime();
        final long sign = given != null ? signAhead : words.targetHeartbeatAcquire();
        for (int attempt = 0; attempt < TORN_ATTEMPTS; attempt++) {
            final Command command = given != null ? given : new Command(epoch, kind, ++commandNumber, payload);
            requireOurs.run();
            if (given != null || command.send(words)) {
                given = null;
                final Command.Answer answer = await(command, begin, sign, timeoutNs);
                if (answer == null || answer.result() != Command.Result.TORN) {
                    return answer;
                }
            }
        }
        throw new AttachException(AttachException.Reason.REFUSED, "commands to " + target.process()
            + " are overwritten by another consumer; end the other one");
    }

    private Command.Answer await(final Command command, final long begin, final long firstSign,
                                 final long timeoutNs) {
        long targetsSign = firstSign;
        long signedNs = begin;
        while (true) {
            final Command.Answer answer = Command.answer(words, command.word());
            if (answer != null) {
                return answer;
            }
            if (target.process().hasExited()) {
                return null;
            }
            requireWanted.run();
            final long now = System.nanoTime();
            if (words.targetHeartbeatAcquire() != targetsSign) {
                targetsSign = words.targetHeartbeatAcquire();
                signedNs = now;
            }
            final long silentNs = now - signedNs;
            if (now - begin > timeoutNs || silentNs > SILENT_NS
                || silentNs > STOPPED_NS && target.process().isStopped()) {
                throw new AttachException(AttachException.Reason.REFUSED, target.process() + " did not answer command "
                    + command.kind() + " within " + TimeUnit.NANOSECONDS.toMillis(now - begin) + " ms: "
                    + (target.process().isStopped() ? "it is stopped; let it go on (kill -CONT) and try again"
                        : "it is frozen, or so busy that its control thread does not run"));
            }
            LockSupport.parkNanos(POLL_NS);
        }
    }
}
