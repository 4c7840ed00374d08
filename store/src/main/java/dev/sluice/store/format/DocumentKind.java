// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.format;

import java.util.Arrays;

/** Kinds of documents in a trace. Codes are stored and never reused. */
public enum DocumentKind {
    /** A traced process: {@link TargetInfo}. Gives the next target index. */
    TARGET(1),
    /** Entries of a target's schema log; repeated, with additions, as tracepoints are declared. */
    SCHEMA(2),
    /** A reading of a target's clock beside the kernel's. */
    CLOCK(3),
    /** The thread that owns a ring: {@link ThreadInfo}. */
    THREAD(4),
    /** A packet: header and events as the target made them. */
    PACKET(5),
    /** Events that were lost: {@link LossInfo}. */
    LOSS(6),
    /** How a target's recording ended, with its account: {@link EndInfo}. */
    END(7),
    /** First document of every segment: {@link TraceInfo}. */
    TRACE(8),
    /** A time in which the consumer did not keep up: {@link StallInfo}. */
    STALL(9),
    /**
     * An error inside the target's tracer, {@link dev.sluice.ring.region.DistinctError}: repeated when its count grows.
     */
    ERROR(10),
    /** What the ticker of a sampled clock has proven so far: {@link TickerInfo}. */
    TICKER(11),
    /** What the receiving thread did with its time: {@link PaceInfo}; once, before the target's end. */
    PACE(12),
    /** How far a target's part has come where a segment begins or ends, of several: {@link ProgressInfo}. */
    PROGRESS(13),
    /** Which events of a target are fired from a moment on, where that is not all: {@link TargetInfo.Selection}. */
    SELECTION(14);

    private static final DocumentKind[] BY_CODE =
        new DocumentKind[Arrays.stream(values()).mapToInt(DocumentKind::code).max().getAsInt() + 1];

    static {
        for (final DocumentKind kind : values()) {
            BY_CODE[kind.code] = kind;
        }
    }

    private final int code;

    DocumentKind(final int code) {
        this.code = code;
    }

    /** Code in a document's head. */
    public int code() {
        return code;
    }

    /** The kind of a code, or null for a code that this version does not know: readers skip such documents. */
    public static DocumentKind ofCode(final int code) {
        return code > 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }
}
