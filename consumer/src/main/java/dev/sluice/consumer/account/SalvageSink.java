// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.account;

/** Takes what a {@code Salvager} finds in the rings, and knows for each ring how much of it is stored already. */
public interface SalvageSink {
    /** The ledger of a ring: how much of the ring is stored already. */
    RingLedger ledger(int ring);

    /** Stores a packet that {@link RingLedger#mayFollow may follow}. */
    void salvaged(int ring, long address, int length);

    /**
     * Accounts for events that are not in the ring any more, or that cannot be read.
     *
     * @param lastSequence last batch that is missing; the ledger's own sequence if no batch is missing
     * @param events       how many events
     * @param eventsEnd    events written to the ring up to their end, or less if what was stored is beyond it
     * @param isMalformed  whether a chunk could not be read
     */
    void salvagedLoss(int ring, long lastSequence, long events, long eventsEnd, boolean isMalformed);
}
