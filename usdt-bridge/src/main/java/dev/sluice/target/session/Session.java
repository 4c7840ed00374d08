// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.session;

import dev.sluice.ring.Command;
import dev.sluice.ring.FullPolicy;
import dev.sluice.ring.Glob;
import java.util.List;

/**
 * The session that this target serves, as its ENABLE command said. Immutable; replaced by the control thread.
 *
 * @param epoch          its epoch, 0 for none
 * @param strategy       who drains
 * @param policy         what owners do when their ring is full
 * @param blockTimeoutNs longest wait under BLOCK
 * @param staleAfterNs   for how long the heartbeat may stay the same before nobody waits for the consumer any more
 * @param patterns       what is enabled, for later declarations too
 */
public record Session(int epoch, DrainStrategy strategy, FullPolicy policy, long blockTimeoutNs, long staleAfterNs,
               List<Glob> patterns) {
    /** No session. */
    public static final Session NONE = new Session(0, DrainStrategy.OWNER, FullPolicy.DISCARD, 0, 0, List.of());

    /** The session of a command. */
    public static Session of(final int epoch, final Command.Enable enable, final Settings settings) {
        return new Session(epoch,
            enable.source() == Command.Enable.SOURCE_SHARED ? DrainStrategy.CONSUMER : settings.strategy(),
            enable.policy() == null ? settings.policy() : enable.policy(),
            enable.blockTimeoutNs() == 0 ? settings.blockTimeoutNs() : enable.blockTimeoutNs(),
            enable.staleAfterNs() == 0 ? settings.staleAfterNs() : enable.staleAfterNs(),
            enable.patterns().stream().map(Glob::new).toList());
    }

    /** The same session with nothing enabled any more. */
    public Session withoutPatterns() {
        return new Session(epoch, strategy, policy, blockTimeoutNs, staleAfterNs, List.of());
    }

    /** Whether "provider:tracepoint" is enabled. */
    public boolean selects(final String name) {
        return patterns.stream().anyMatch(pattern -> pattern.matches(name));
    }
}
