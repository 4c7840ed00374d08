// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.diff;

import dev.sluice.store.pair.PairName;
import dev.sluice.store.query.SelectionException;
import java.util.List;

/**
 * How two traces are compared. Immutable.
 *
 * @param pairs     which events begin and end something; if it is empty, the pairs that the names of events show
 * @param resamples how many resamples an interval is made from
 * @param seed      of the resamples; the same traces, resamples and seed give the same intervals
 */
public record DiffOptions(List<PairName> pairs, int resamples, long seed) {
    /** Pairs by names, 10,000 resamples. */
    public static final DiffOptions DEFAULT = new DiffOptions(List.of(), 10_000, 1);
    /** The least number of resamples. */
    public static final int LEAST_RESAMPLES = 1_000;
    /** The greatest number of resamples. */
    public static final int MOST_RESAMPLES = 1_000_000;

    /** Checks the numbers. */
    public DiffOptions {
        pairs = List.copyOf(pairs);
        if (resamples < LEAST_RESAMPLES || resamples > MOST_RESAMPLES) {
            throw new SelectionException("the number of resamples is not from " + LEAST_RESAMPLES + " to "
                + MOST_RESAMPLES + ": " + resamples);
        }
    }
}
