// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.session;

/** What the fields of a way's events must be. Called by the thread that receives; allocates nothing. */
@FunctionalInterface
public interface EventFields {
    /** In place of a length. */
    int WRONG = -1;

    /**
     * Looks at the fields of one event.
     *
     * @param address of the first field
     * @return their length in bytes, or {@link #WRONG} if nobody has reported such values
     */
    int check(long address);
}
