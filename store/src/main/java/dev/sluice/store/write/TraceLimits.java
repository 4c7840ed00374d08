// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.write;

import java.util.function.LongSupplier;

/**
 * How much room a trace may take.
 *
 * @param maxBytes      greatest size of the trace's directory, including everything that the queue adds; at least
 *                      {@link #LEAST_BYTES}
 * @param keepFreeBytes bytes that stay free on the file system for others; {@link #DEFAULT_SHARE} for the default
 * @param others        bytes that another recording on the file system needs free now; asked again and again, by the
 *                      thread that writes the trace
 */
public record TraceLimits(long maxBytes, long keepFreeBytes, LongSupplier others) {
    /** Least size that a trace may be limited to. */
    public static final long LEAST_BYTES = 4L << 20;
    /** As a number of bytes to keep free, this means a twentieth of the file system, but at most 1 GiB. */
    public static final long DEFAULT_SHARE = -1;
    /** As large as the disk allows. */
    public static final TraceLimits NONE = new TraceLimits(Long.MAX_VALUE, 0);
    /** As large as the disk allows without its default share. */
    public static final TraceLimits DEFAULT = new TraceLimits(Long.MAX_VALUE, DEFAULT_SHARE);

    private static final long MOST_BY_DEFAULT = 1L << 30;
    private static final int SHARE = 20;
    /**
     * The most bytes that are still stored after the trace is called full: what rings and buffers hold at that moment.
     */
    private static final long MOST_MARGIN = 64L << 20;
    private static final int MARGIN_SHARE = 8;

    /** Limits of a trace that has its file system to itself. */
    public TraceLimits(final long maxBytes, final long keepFreeBytes) {
        this(maxBytes, keepFreeBytes, () -> 0);
    }

    /** Checks the ranges. */
    public TraceLimits {
        if (maxBytes < LEAST_BYTES || keepFreeBytes < DEFAULT_SHARE) {
            throw new IllegalArgumentException("maxBytes=" + maxBytes + " keepFreeBytes=" + keepFreeBytes
                + ": a trace needs at least " + LEAST_BYTES + " bytes");
        }
    }

    /** The same limits beside another recording, which needs so many bytes free on the file system. */
    public TraceLimits beside(final LongSupplier neededBytes) {
        return new TraceLimits(maxBytes, keepFreeBytes, neededBytes);
    }

    /** Bytes to keep free on a file system of so many bytes. */
    long keepFree(final long fileSystemBytes) {
        return keepFreeBytes != DEFAULT_SHARE ? keepFreeBytes : Math.min(fileSystemBytes / SHARE, MOST_BY_DEFAULT);
    }

    /** How many of so many bytes are left for the end of a recording. */
    static long margin(final long bytes) {
        return Math.min(bytes / MARGIN_SHARE, MOST_MARGIN);
    }
}
