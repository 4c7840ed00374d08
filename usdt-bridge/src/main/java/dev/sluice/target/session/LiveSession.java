// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.session;

import dev.sluice.ring.ControlFile;

/**
 * Which session the target serves just now, and whether its consumer keeps up. The control thread alone changes it; any
 * thread may read it.
 */
public final class LiveSession {
    private final ControlFile file;
    private final ConsumerPulse pulse;
    private volatile Session session = Session.NONE;

    public LiveSession(final ControlFile file) {
        this.file = file;
        this.pulse = new ConsumerPulse(file);
    }

    /** The session that is served, or {@link Session#NONE}. */
    public Session current() {
        return session;
    }

    /** Serves another session from now on, or the same with other patterns. By the control thread alone. */
    public void serve(final Session newSession) {
        if (newSession.epoch() != session.epoch()) {
            pulse.begin();
        }
        session = newSession;
    }

    /** Whether the control file has a session: then events are wanted, and somebody drains. */
    public boolean isActive() {
        return file.activeEpochVolatile() != 0;
    }

    /**
     * Whether the session's consumer, which lives, has given no sign of keeping up for as long as the session says.
     * Costs a look at the clock where it has not.
     */
    public boolean isConsumerStalled() {
        final Session current = session;
        return current != Session.NONE && pulse.isOlderThan(current.staleAfterNs());
    }
}
