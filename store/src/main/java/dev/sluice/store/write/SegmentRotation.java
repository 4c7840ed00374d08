// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.write;

/**
 * When a trace goes on in another segment, and how many segments stay.
 *
 * @param bytes    a segment ends before it is larger than this; {@link Long#MAX_VALUE} for no such bound
 * @param periodNs a segment with events in it ends after so long, ns; {@link Long#MAX_VALUE} for no such bound
 * @param keep     how many segments there are at most, with the one that is written; {@link Integer#MAX_VALUE} for all
 */
public record SegmentRotation(long bytes, long periodNs, int keep) {
    /** Least size of a segment that may be asked for, in bytes. */
    public static final long LEAST_BYTES = 1L << 20;
    /** Least time of a segment that may be asked for, ns. */
    public static final long LEAST_NS = 100_000_000;
    /** One segment for the whole trace. */
    public static final SegmentRotation NONE =
        new SegmentRotation(Long.MAX_VALUE, Long.MAX_VALUE, Integer.MAX_VALUE);

    /** Checks the ranges. */
    public SegmentRotation {
        if (bytes < LEAST_BYTES || periodNs < LEAST_NS || keep < 1) {
            throw new IllegalArgumentException("bytes=" + bytes + " periodNs=" + periodNs + " keep=" + keep);
        }
    }

    /** Whether there may be more than one segment. */
    boolean isOn() {
        return bytes != Long.MAX_VALUE || periodNs != Long.MAX_VALUE;
    }
}
