// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

/**
 * Where a drainer sends a batch: the drain probe. Called by the holder of a ring's drain lock, from any thread of the
 * target; returns when the batch has been copied or counted as failed. Must not throw.
 */
public interface BatchSink {
    /** Whether somebody is attached: the drain probe's semaphore is up. A load, no call. */
    boolean isAttached();

    /**
     * Hands over a batch.
     *
     * @param headerAddress  the packet header
     * @param contentAddress the first event
     * @param paddedLength   bytes of content, a multiple of 8
     */
    void drain(long headerAddress, long contentAddress, int paddedLength);
}
