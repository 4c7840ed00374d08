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
    /** The packet's header was not consistent. */
    BAD_HEADER(4),
    /** The batch named another target. */
    WRONG_TARGET(5),
    /**
     * The batch was drained and never received, because the consumer stopped in between. The loss is unconfirmed until
     * the trace is salvaged.
     */
    CONSUMER_GONE(6),
    /** A trap for which the kernel did not run Sluice's program. */
    TRAP_MISSED(7),
    /** The batch was received, but was no sequence of whole events of the schema. */
    MALFORMED(8),
    /**
     * The events were discarded at the tracepoint between the last account of an earlier session, whose consumer died,
     * and the begin of this session. The loss's two numbers are the ring's counts of discarded events at these two
     * moments.
     */
    BETWEEN_SESSIONS(9),
    /** The batch was received, but there was no room for it in the trace or on its disk. */
    TRACE_FULL(10),
    /** The BPF program has begun a record in the BPF ring buffer and never completed it. */
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
