// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.format;

import java.util.Locale;

/** Why events that a ring had accepted are stored nowhere. Codes are stored and never reused. */
public enum LossCause {
    /** The kernel's BPF ring buffer had no room. */
    BUFFER_FULL(1),
    /** BPF could not copy the target's memory. */
    COPY_FAULT(2),
    /** A batch of another session. */
    WRONG_EPOCH(3),
    /** A packet header that does not hold together. */
    BAD_HEADER(4),
    /** A batch that says it is another target's. */
    WRONG_TARGET(5),
    /** Drained and never received: the consumer stopped in between. Unconfirmed until salvaged. */
    CONSUMER_GONE(6),
    /** A trap that the kernel did not run our program for. */
    TRAP_MISSED(7),
    /** Received, and no sequence of whole events of the schema. */
    MALFORMED(8),
    /**
     * Discarded at the tracepoint after the consumer of an earlier session had accounted for the last time, because it
     * died, and before this session began. The loss's two numbers are the ring's counts of discarded events then.
     */
    BETWEEN_SESSIONS(9),
    /** Received, and there was no room for it in the trace or on its disk. */
    TRACE_FULL(10),
    /** The kernel's program has begun a record in the BPF ring buffer and never completed it. */
    RECORD_STUCK(11);

    private final int code;

    LossCause(final int code) {
        this.code = code;
    }

    /** Code in a loss document. */
    public int code() {
        return code;
    }

    /** Name in reports, lower case: "buffer_full". */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The cause of a code.
     *
     * @throws IllegalArgumentException for a code that this version does not know
     */
    public static LossCause ofCode(final int code) {
        for (final LossCause cause : values()) {
            if (cause.code == code) {
                return cause;
            }
        }
        throw new IllegalArgumentException("unknown cause of loss: code=" + code);
    }
}
