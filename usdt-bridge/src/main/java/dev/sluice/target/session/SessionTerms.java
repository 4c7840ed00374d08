// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.session;

import dev.sluice.ring.control.Command;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.event.Glob;
import java.util.List;

/**
 * The terms of the session that this target serves, as its ENABLE command said. Immutable; replaced by the control
 * thread.
 *
 * @param epoch          the session's epoch, 0 for none
 * @param strategy       who drains
 * @param policy         what owners do when their ring is full
 * @param blockTimeoutNs longest wait under BLOCK
 * @param staleAfterNs   for how long the heartbeat may stay the same before nobody waits for the consumer any more
 * @param patterns       which tracepoints are enabled, those declared later included
 */
public record SessionTerms(int epoch, DrainStrategy strategy, FullPolicy policy, long blockTimeoutNs, long staleAfterNs,
               List<Glob> patterns) {
    /** No session. */
    public static final SessionTerms NONE =
        new SessionTerms(0, DrainStrategy.OWNER, FullPolicy.DISCARD, 0, 0, List.of());

    /** The terms that a command asks for. */
    public static SessionTerms of(final int epoch, final Command.Enable enable, final Settings settings) {
        return new SessionTerms(epoch,
            DrainStrategy.of(enable.source(), settings.strategy()),
            enable.policy() == null ? settings.policy() : enable.policy(),
            enable.blockTimeoutNs() == 0 ? settings.blockTimeoutNs() : enable.blockTimeoutNs(),
            enable.staleAfterNs() == 0 ? settings.staleAfterNs() : enable.staleAfterNs(),
            enable.patterns().stream().map(Glob::ofEvents).toList());
    }

    /** The same terms with no tracepoint enabled. */
    public SessionTerms withoutPatterns() {
        return new SessionTerms(epoch, strategy, policy, blockTimeoutNs, staleAfterNs, List.of());
    }

    /** Whether "provider:tracepoint" is enabled. */
    public boolean selects(final String name) {
        return patterns.stream().anyMatch(pattern -> pattern.matches(name));
    }
}
