// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.format;

/**
 * The account of one ring, or of one trap stream, at the end, every count relative to the trace's begin (R7):
 * written = stored + overwritten + lost, and fired = written + discarded.
 *
 * @param stream        which one
 * @param written       events that the ring accepted
 * @param discarded     events refused because the ring was full
 * @param overwritten   events recycled unread
 * @param lost          events lost after the ring, all causes; the loss documents of this ring have them by cause
 * @param batches       batches drained
 * @param traps         batch probes (or traps of a trap stream) fired
 * @param blockedNs     time that the owner waited for room, ns
 */
public record RingAccount(StreamKey stream, long written, long discarded, long overwritten, long lost,
    long batches, long traps, long blockedNs) {
}
