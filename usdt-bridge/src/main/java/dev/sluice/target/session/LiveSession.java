// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.session;

import dev.sluice.ring.control.ControlFile;

/**
 * Which session the target serves just now, and whether the session's consumer keeps up. The control thread alone
 * changes it; any thread may read it.
 */
public final class LiveSession {
    private final ControlFile file;
    private final ConsumerPulse pulse;
    private volatile SessionTerms session = SessionTerms.NONE;

    public LiveSession(final ControlFile file) {
        this.file = file;
        this.pulse = new ConsumerPulse(file);
    }

    /** The session that is served, or {@link SessionTerms#NONE}. */
    public SessionTerms current() {
        return session;
    }

    /**
     * Serves another session from now on, or the same session with other patterns. Only the control thread calls this.
     */
    public void serve(final SessionTerms newSession) {
        if (newSession.epoch() != session.epoch()) {
            pulse.begin();
        }
        session = newSession;
    }

    /** Whether the control file has a session: if so, a consumer wants events, and somebody drains. */
    public boolean isActive() {
        return file.activeEpochVolatile() != 0;
    }

    /**
     * Whether the session's consumer, which lives, has given no sign of keeping up for the time that the session
     * allows. Reads the clock only if there was no new sign.
     */
    public boolean isConsumerStalled() {
        final SessionTerms current = session;
        return current != SessionTerms.NONE && pulse.isOlderThan(current.staleAfterNs());
    }
}
