// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.drain;

/**
 * Takes the batches that a drainer sends; in the target, this is the drain probe. The holder of a ring's drain lock
 * calls it, from any thread of the target. It returns when the batch has been copied, or counted as failed. It must not
 * throw.
 */
public interface BatchSink {
    /** Whether a consumer is attached, that is, the drain probe's semaphore is not 0. This is a load and no call. */
    boolean isAttached();

    /**
     * Passes on a batch.
     *
     * @param headerAddress  address of the packet header
     * @param contentAddress address of the first event
     * @param paddedLength   bytes of content, a multiple of 8
     */
    void drain(long headerAddress, long contentAddress, int paddedLength);
}
