// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.fire;

/** By what one thread reports events. */
@FunctionalInterface
public interface Firing {
    /**
     * Reports one event. What is returned only keeps the compiler from leaving the call out.
     *
     * @param a of {@link Values#first}
     * @param b the event's number
     */
    long fire(long a, long b);
}
