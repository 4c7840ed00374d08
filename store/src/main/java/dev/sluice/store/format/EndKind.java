// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.format;

import java.util.Locale;

/** How the recording of a target ended. Codes are stored and never reused. */
public enum EndKind {
    /** The consumer detached, and the target continued to run. */
    DETACHED(1),
    /** The target exited, or was killed, and its region was read to the end. */
    TARGET_EXITED(2),
    /** The consumer had to stop before everything was drained: see the losses. */
    CONSUMER_STOPPED(3),
    /** Another consumer has taken the session. */
    SESSION_TAKEN(4),
    /** A salvage closed a trace that its consumer had left open. */
    SALVAGED(5),
    /** The trace had become as large as it was allowed to. */
    SIZE_REACHED(6),
    /** The disk was full, except for the part that is kept free. */
    DISK_FULL(7),
    /** The trace is a part of one that was still recorded. */
    SNAPSHOT(8);

    private final int code;

    EndKind(final int code) {
        this.code = code;
    }

    /** Code in an end document. */
    public int code() {
        return code;
    }

    /** Name in reports, lower case. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The kind of a code.
     *
     * @throws IllegalArgumentException for a code that this version does not know
     */
    public static EndKind ofCode(final int code) {
        for (final EndKind kind : values()) {
            if (kind.code == code) {
                return kind;
            }
        }
        throw new IllegalArgumentException("unknown kind of end: code=" + code);
    }
}
