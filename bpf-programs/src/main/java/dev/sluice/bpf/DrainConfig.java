// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf;

/**
 * What a {@link DrainProgram} is loaded for.
 *
 * @param targetPid       the traced process as seen from here; batches of any other process are refused
 * @param epoch           the session's, 0 to 65535; batches of another epoch are refused
 * @param slots           ring slots of the region; batches of a higher slot index are refused
 * @param ringBufferBytes size of the BPF ring buffer, a power of two of at least 128 KiB
 * @param wakesReader        whether submitting a record wakes a thread in {@link BpfRingBuffer#await}
 * @param variant         the only variant to try, or null for the best one that the kernel accepts
 */
public record DrainConfig(int targetPid, int epoch, int slots, int ringBufferBytes, boolean wakesReader,
                          DrainVariant variant) {

    private static final int MIN_RING_BUFFER_BYTES = 128 * 1024;
    private static final int MAX_EPOCH = 0xffff;

    /** Checks the ranges. */
    public DrainConfig {
        if (targetPid <= 0 || epoch < 0 || epoch > MAX_EPOCH || slots <= 0
            || ringBufferBytes < MIN_RING_BUFFER_BYTES) {
            throw new IllegalArgumentException("targetPid=" + targetPid + " epoch=" + epoch + " slots=" + slots
                + " ringBufferBytes=" + ringBufferBytes);
        }
        BpfRingBuffer.checkSize(ringBufferBytes);
    }

    /** The best variant, with notifications. */
    public DrainConfig(final int targetPid, final int epoch, final int slots, final int ringBufferBytes) {
        this(targetPid, epoch, slots, ringBufferBytes, true, null);
    }

    /** The same with one variant only. */
    public DrainConfig withVariant(final DrainVariant only) {
        return new DrainConfig(targetPid, epoch, slots, ringBufferBytes, wakesReader, only);
    }

    /** The same with or without notifications. */
    public DrainConfig withWakesReader(final boolean wake) {
        return new DrainConfig(targetPid, epoch, slots, ringBufferBytes, wake, variant);
    }
}
