// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.question;

import dev.sluice.store.query.SelectionException;

/**
 * Asks what took longest. Immutable.
 *
 * @param count    how many pairs or events are wanted
 * @param of       a field that is a duration, or null for latencies of pairs
 * @param aroundNs for how long before and after each of them other events are wanted, ns; {@link #NOTHING_AROUND} for
 *                 no other events
 */
public record SlowestQuestion(int count, String of, long aroundNs) {
    /** Value of {@link #aroundNs} if no other events are wanted. */
    public static final long NOTHING_AROUND = -1;
    /** The greatest count. Each slow one needs some reading of its own. */
    public static final int MOST = 1_000;

    /** Checks the number. */
    public SlowestQuestion {
        if (count < 1 || count > MOST) {
            throw new SelectionException("the number of slowest ones is not from 1 to " + MOST + ": " + count);
        }
    }
}
