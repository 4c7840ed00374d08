// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.session;

import dev.sluice.ring.control.Command;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.where.EventChoice;
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
 * @param ringBytes      memory that a ring may have at most, 0 for what the settings and the strategy say
 * @param choices        which events are enabled, those of tracepoints declared later included
 */
public record SessionTerms(int epoch, DrainStrategy strategy, FullPolicy policy, long blockTimeoutNs, long staleAfterNs,
               int ringBytes, List<EventChoice> choices) {
    /** No session. */
    public static final SessionTerms NONE =
        new SessionTerms(0, DrainStrategy.OWNER, FullPolicy.DISCARD, 0, 0, 0, List.of());

    /**
     * The terms that a command asks for.
     *
     * @throws IllegalArgumentException if a pattern is not one, or its condition
     */
    public static SessionTerms of(final int epoch, final Command.Enable enable, final Settings settings) {
        return new SessionTerms(epoch,
            DrainStrategy.of(enable.source(), settings.strategy()),
            enable.policy() == null ? settings.policy() : enable.policy(),
            enable.blockTimeoutNs() == 0 ? settings.blockTimeoutNs() : enable.blockTimeoutNs(),
            enable.staleAfterNs() == 0 ? settings.staleAfterNs() : enable.staleAfterNs(),
            enable.ringBytes(),
            enable.patterns().stream().map(EventChoice::of).toList());
    }

    /** The same terms with no tracepoint enabled. */
    public SessionTerms withoutPatterns() {
        return new SessionTerms(epoch, strategy, policy, blockTimeoutNs, staleAfterNs, ringBytes, List.of());
    }

    /** Whether of some pairs only those are wanted that last long enough. */
    public boolean hasLeast() {
        for (final EventChoice choice : choices) {
            if (choice.leastNs() > 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * Memory that a ring may have at most, bytes: what the consumer has asked for, as near as rings can be.
     *
     * @param ordinaryLength of a ring by this target's settings
     * @param leastLength    of a ring
     * @param greatestLength of a ring
     */
    public long mostRingBytes(final long ordinaryLength, final long leastLength, final long greatestLength) {
        if (ringBytes == 0) {
            return strategy.wantsLargeRings() ? greatestLength : ordinaryLength;
        }
        final long floor = Long.highestOneBit(ringBytes);
        return Math.max(leastLength, Math.min(greatestLength, floor < ringBytes ? floor << 1 : floor));
    }
}
