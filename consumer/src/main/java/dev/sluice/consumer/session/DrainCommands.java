// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.session;

import dev.sluice.consumer.attach.AttachException;
import dev.sluice.ring.control.Command;
import dev.sluice.ring.where.EventChoice;
import java.util.concurrent.TimeUnit;

/** The commands that begin and end draining, in either mode. Stateless; for a session's command thread. */
public final class DrainCommands {
    /** The longest wait for an answer: a hostile target may give signs of life for ever and never answer. */
    public static final long ANSWER_NS = TimeUnit.SECONDS.toNanos(8);

    /** What a library says of a choice with a duration that does not know any. */
    private static final String NO_SAMPLING = "is no sampling";

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
     * Asks a target to begin, or to go on with another selection.
     *
     * @return the number of tracepoints enabled; 0 if the target has died before it could answer. That is no failure:
     *     the target may have enabled tracepoints and fired before, so its rings are to be read
     * @throws AttachException if the target refuses or does not answer
     */
    public static int enable(final Session session, final Command.Enable enable) {
        final boolean isFiltered =
            !enable.patterns().stream().map(EventChoice::of).allMatch(EventChoice::isPlain);
        final byte[] payload = enable.encode();
        requireRoom(payload);
        final Command.Answer answer = session.command(
            isFiltered ? Command.Kind.ENABLE_FILTERED : Command.Kind.ENABLE, payload, ANSWER_NS);
        if (answer == null) {
            return 0;
        }
        if (isFiltered && answer.result() == Command.Result.UNKNOWN_KIND) {
            throw new AttachException(AttachException.Reason.REFUSED, session.target().process() + " has a library that"
                + " is older than filters and samplings: update the application's, or leave out [...] and --sample, and"
                + " ask the trace by --where");
        }
        if (answer.result() != Command.Result.OK) {
            throw new AttachException(AttachException.Reason.REFUSED, session.target().process()
                + " refused to start tracing: " + answer.text() + (isFiltered && answer.text().contains(NO_SAMPLING)
                ? "; its library may be older than --min-duration: update the application's, or leave that out" : ""));
        }
        return answer.count();
    }

    /**
     * Asks a target whether it would take another selection, and changes nothing. One that has died takes any, and one
     * that is too old to know the question as well: it says so when it is given the selection.
     *
     * @throws AttachException if it would refuse it, or does not answer
     */
    public static void check(final Session session, final Command.Enable enable) {
        final byte[] payload = enable.encode();
        requireRoom(payload);
        final Command.Answer answer = session.command(Command.Kind.CHECK, payload, ANSWER_NS);
        if (answer != null && answer.result() != Command.Result.OK && answer.result() != Command.Result.UNKNOWN_KIND) {
            throw new AttachException(AttachException.Reason.REFUSED, session.target().process()
                + " refuses that selection: " + answer.text());
        }
    }

    private static void requireRoom(final byte[] payload) {
        if (payload.length > Command.MAX_PAYLOAD_LENGTH) {
            throw new AttachException(AttachException.Reason.REFUSED, "what was asked for takes " + payload.length
                + " bytes, and a command has room for " + Command.MAX_PAYLOAD_LENGTH + ": use fewer or shorter patterns"
                + " and conditions");
        }
    }

    /** Asks a target to drain what its rings have, and does not wait; {@link #flush} waits later. Throws nothing. */
    public static void flushAhead(final Session session) {
        commandAhead(session, Command.Kind.FLUSH);
    }

    /**
     * Asks a target to drain what its rings have, unless it was asked already, and waits for the answer. Throws
     * nothing.
     *
     * @param timeoutNs longest time from when the target was asked, ns
     * @return whether it has drained everything
     */
    public static boolean flush(final Session session, final long timeoutNs) {
        try {
            final Command.Answer answer = session.command(Command.Kind.FLUSH, new byte[0], timeoutNs);
            return answer != null && answer.result() == Command.Result.OK;
        } catch (final AttachException e) {
            // It is stopped, or gives no answer in time; or the session is lost, which others find out.
            return false;
        }
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
        commandAhead(session, Command.Kind.DISABLE);
    }

    private static void commandAhead(final Session session, final Command.Kind kind) {
        try {
            session.commandAhead(kind, new byte[0]);
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
