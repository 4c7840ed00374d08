// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.session;

import dev.sluice.consumer.attach.AttachException;
import dev.sluice.ring.Command;
import java.util.concurrent.TimeUnit;

/** The commands that begin and end draining, in either mode. Stateless; for a session's command thread. */
public final class DrainCommands {
    /** A target that lies gives signs of life for ever and never answers. */
    static final long ANSWER_NS = TimeUnit.SECONDS.toNanos(8);

    private DrainCommands() {
    }

    /**
     * Waits until a target has answered anything: so that memory of the kernel is spent only on one that lives. What
     * looks like a target and is only files never answers.
     *
     * @return false if it has died
     * @throws AttachException if no answer comes in time
     */
    public static boolean greet(final Session session) {
        // Any answer will do. Nothing is flushed: there is no session yet that could be flushed to.
        return session.command(Command.KIND_FLUSH, new byte[0], ANSWER_NS) != null;
    }

    /**
     * Asks a target to begin.
     *
     * @return the number of tracepoints enabled; 0 if the target has died before it could answer: it may have enabled
     *     them and fired by then, so that is no failure, and its rings are to be read
     * @throws AttachException if it refuses or does not answer
     */
    public static int enable(final Session session, final Command.Enable enable) {
        final Command.Answer answer = session.command(Command.KIND_ENABLE, enable.encode(), ANSWER_NS);
        if (answer == null) {
            return 0;
        }
        if (answer.result() != Command.RESULT_OK) {
            throw new AttachException(AttachException.Reason.REFUSED, session.target().process()
                + " refused to start tracing: result " + answer.result() + " " + answer.message());
        }
        return answer.count();
    }

    /**
     * Asks a target to stop.
     *
     * @return an empty text if it did and has flushed its rings, null if it has died, else what went wrong
     */
    public static String disable(final Session session) {
        try {
            final Command.Answer answer = session.command(Command.KIND_DISABLE, new byte[0], ANSWER_NS);
            return answer == null ? null : answer.result() == Command.RESULT_OK ? ""
                : "the target could not flush all rings: result " + answer.result() + " " + answer.message();
        } catch (final AttachException e) {
            return e.getMessage();
        }
    }
}
