// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.format;

import java.util.Collection;

/**
 * What rings have cost the threads that took one during a recording, by their own processor time. A thread takes its
 * ring at its first event, and that is the dear part of it.
 *
 * @param threads number of threads that took a ring, and of which it is known
 * @param mostNs  the most that it has cost one of them, ns
 */
public record FirstCosts(long threads, long mostNs) {
    /** Nothing is known: no thread has taken a ring, or the target does not measure it. */
    public static final FirstCosts NONE = new FirstCosts(0, 0);

    /** Those of the owners of rings. */
    public static FirstCosts of(final Collection<ThreadInfo> owners) {
        return owners.stream().map(owner -> NONE.with(owner.firstCostNs())).reduce(NONE, FirstCosts::and);
    }

    /** Those, and one thread's; 0 if that is not known. */
    public FirstCosts with(final long costNs) {
        return costNs <= 0 ? this : new FirstCosts(threads + 1, Math.max(mostNs, costNs));
    }

    /** Both together. */
    public FirstCosts and(final FirstCosts other) {
        return new FirstCosts(threads + other.threads, Math.max(mostNs, other.mostNs));
    }

    /** Whether anything is known. */
    public boolean isKnown() {
        return threads > 0;
    }
}
