// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.drain;

import dev.sluice.bpf.libbpf.BpfRingBuffer;

/**
 * The configuration with which a {@link DrainProgram} is loaded.
 *
 * <p>A program that may sleep loses nothing when a page is not resident. But while a target withholds a page (it needs
 * userfaultfd or a file system of its own for that), no uprobe of the whole machine can be detached, until that target
 * is killed. So a target of another user should be drained without sleeping; its faults are then counted losses.
 *
 * @param targetPid       the traced process as seen from here; batches of any other process are refused
 * @param epoch           the session's, 0 to 65535; batches of another epoch are refused
 * @param slots           ring slots of the region; batches of a higher slot index are refused
 * @param ringBufferBytes size of the BPF ring buffer, a power of two of at least 128 KiB
 * @param hotBufferBytes  size of a second buffer that is tried first, also a power of two of at least 128 KiB, or 0 for
 *                        none: small enough to stay in the processor's cache, unlike a large buffer; read by
 *                        {@link DrainBuffers}
 * @param wakesReader     whether submitting a record may wake a thread in {@link BpfRingBuffer#await}: costs a trap
 * that finds the reader idle 2 to 6 microseconds, so polling on a timer is better for most readers; not allowed with a
 * hot buffer, because a thread can wait for one buffer only
 * @param maySleep        whether sleepable variants are tried
 * @param variant         the only variant to try, or null for the best one that the kernel accepts
 */
public record DrainConfig(int targetPid, int epoch, int slots, int ringBufferBytes, int hotBufferBytes,
                          boolean wakesReader, boolean maySleep, DrainVariant variant) {

    private static final int MIN_RING_BUFFER_BYTES = 128 * 1024;
    private static final int MAX_EPOCH = 0xffff;

    /** Checks the ranges. */
    public DrainConfig {
        if (targetPid <= 0 || epoch < 0 || epoch > MAX_EPOCH || slots <= 0
            || ringBufferBytes < MIN_RING_BUFFER_BYTES
            || hotBufferBytes != 0 && (hotBufferBytes < MIN_RING_BUFFER_BYTES || wakesReader)
            || variant != null && variant.isSleepable() && !maySleep) {
            throw new IllegalArgumentException("targetPid=" + targetPid + " epoch=" + epoch + " slots=" + slots
                + " ringBufferBytes=" + ringBufferBytes + " hotBufferBytes=" + hotBufferBytes
                + " wakesReader=" + wakesReader + " maySleep=" + maySleep + " variant=" + variant);
        }
        BpfRingBuffer.checkSize(ringBufferBytes);
        if (hotBufferBytes != 0) {
            BpfRingBuffer.checkSize(hotBufferBytes);
        }
    }

    /**
     * A configuration for the best variant, sleepable variants included, without a hot buffer and without waking the
     * reader.
     */
    public DrainConfig(final int targetPid, final int epoch, final int slots, final int ringBufferBytes) {
        this(targetPid, epoch, slots, ringBufferBytes, 0, false, true, null);
    }

    /** The same configuration with a hot buffer of a size, or without a hot buffer if the size is 0. */
    public DrainConfig withHotBuffer(final int bytes) {
        return new DrainConfig(targetPid, epoch, slots, ringBufferBytes, bytes, wakesReader, maySleep, variant);
    }

    /** The same configuration with one variant only. */
    public DrainConfig withVariant(final DrainVariant only) {
        return new DrainConfig(
            targetPid, epoch, slots, ringBufferBytes, hotBufferBytes, wakesReader, maySleep, only);
    }

    /** The same configuration with sleepable variants allowed or not. */
    public DrainConfig withMaySleep(final boolean sleep) {
        return new DrainConfig(
            targetPid, epoch, slots, ringBufferBytes, hotBufferBytes, wakesReader, sleep, variant);
    }

    /** The same configuration with or without waking the reader. */
    public DrainConfig withWakesReader(final boolean wake) {
        return new DrainConfig(targetPid, epoch, slots, ringBufferBytes, hotBufferBytes, wake, maySleep, variant);
    }

    boolean accepts(final DrainVariant candidate) {
        return (variant == null || variant == candidate) && (maySleep || !candidate.isSleepable());
    }
}
