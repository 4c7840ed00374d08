// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.drain;

/**
 * How much one {@link DrainFailure} cost, since load.
 *
 * @param batches        exact
 * @param events         as the headers claimed: 0 for a header that could not be read or has no magic
 * @param recordBytes    what the batches would have taken in the BPF ring buffer ({@link DrainVariant#recordLength});
 *                       0 for a length that no batch may have
 * @param discardedBytes the part of recordBytes that did take room, as discarded records: the consumer position moves
 *                       over them. The rest never appears in the positions, so the credits for it are returned by this
 *                       count
 */
public record DrainFailureCount(long batches, long events, long recordBytes, long discardedBytes) {

    /** Credit bytes that the ring buffer's positions do not give back. */
    public long unusedBytes() {
        return recordBytes - discardedBytes;
    }
}
