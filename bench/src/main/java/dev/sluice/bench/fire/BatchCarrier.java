// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.fire;

/** A way in which the thread that fires now and then carries a batch of events to the other side. */
@FunctionalInterface
public interface BatchCarrier {
    /** How many that thread has carried up to now. For that thread, and cheap: a look at one word. */
    long batches();
}
