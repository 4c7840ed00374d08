// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.session;

import dev.sluice.consumer.attach.AttachException;
import dev.sluice.ring.control.Command;
import java.util.concurrent.TimeUnit;

/** The commands that begin and end draining, in either mode. Stateless; for a session's command thread. */
public final class DrainCommands {
    /** The longest wait for an answer: a hostile target may give signs of life for ever and never answer. */
    public static final long ANSWER_NS = TimeUnit.SECONDS.toNanos(8);

    private DrainCommands() {
    }

    /**
     * Waits until a target has answered any command, so that kernel memory is spent only on a target that lives. Files
     * that only look like a target never answer.
     *
     * @return false if it has died
     * @throws AttachException if no answer comes in time
     */
    public static boolean greet(final Session session) {
        // Any answer is enough. Nothing is flushed, because there is no session yet that could take the events.
        return session.command(Command.Kind.FLUSH, new byte[0], ANSWER_NS) != null;
    }

    /**
     * Asks a target to begin.
     *
     * @return the number of tracepoints enabled; 0 if the target has died before it could answer. That is no failure:
     *     the target may have enabled tracepoints and fired before, so its rings are to be read
     * @throws AttachException if the target refuses or does not answer
     */
    public static int enable(final Session session, final Command.Enable enable) {
        final Command.Answer answer = session.command(Command.Kind.ENABLE, enable.encode(), ANSWER_NS);
        if (answer == null) {
            return 0;
        }
        if (answer.result() != Command.Result.OK) {
            throw new AttachException(AttachException.Reason.REFUSED, session.target().process()
                + " refused to start tracing: " + answer.text());
        }
        return answer.count();
    }

    /**
     * How a target has answered the command to stop.
     *
     * @param isFlushed whether the target has stopped and its rings are drained
     * @param problem   what went wrong, or an empty text; the death of the target is no failure
     */
    public record Disabled(boolean isFlushed, String problem) {
        /** The result for a target that was not asked, or has died. */
        public static final Disabled NOT_ASKED = new Disabled(false, "");
    }

    /**
     * Asks a target to stop and to flush its rings, and does not wait; {@link #disable} waits later. Throws nothing:
     * {@link #disable} reports what went wrong.
     */
    public static void disableAhead(final Session session) {
        try {
            session.commandAhead(Command.Kind.DISABLE, new byte[0]);
        } catch (final AttachException e) {
            // The session is lost.
            return;
        }
    }

    /**
     * Asks a target to stop and to flush its rings, unless it was asked already, and waits for the answer. Throws
     * nothing.
     *
     * @param timeoutNs longest time from when the target was asked, ns
     */
    public static Disabled disable(final Session session, final long timeoutNs) {
        try {
            final Command.Answer answer = session.command(Command.Kind.DISABLE, new byte[0], timeoutNs);
            if (answer == null) {
                return Disabled.NOT_ASKED;
            }
            return answer.result() == Command.Result.OK ? new Disabled(true, "")
                : new Disabled(false, "the target could not flush all rings: " + answer.text());
        } catch (final AttachException e) {
            return new Disabled(false, e.getMessage());
        }
    }
}
