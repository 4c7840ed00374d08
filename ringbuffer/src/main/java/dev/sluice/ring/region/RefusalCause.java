// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.region;

import java.util.Locale;

/**
 * Why an event was refused before it had a ring. For each cause there is one counter of the process in the region, and
 * one number in the account of a trace. A code of either kind is never given to another cause.
 */
public enum RefusalCause {
    /** Every slot belongs to a living thread, or holds events of a dead thread. */
    NO_SLOT(1, 1, "no free slot"),
    /** The ring's pages could not be allocated, or the memory limit was reached. */
    NO_MEMORY(2, 2, "no memory for a ring"),
    /** A virtual thread fired where rings cannot belong to carriers. */
    VIRTUAL_THREAD(3, 4, "virtual thread"),
    /** The call's arguments do not fit the declared fields. Traces of version 0.1.0 count internal errors here too. */
    WRONG_ARGUMENTS(4, 5, "wrong arguments"),
    /** An unexpected error inside the tracer. */
    INTERNAL(5, 6, "internal error");

    private final int code;
    private final int storedCode;
    private final String description;

    RefusalCause(final int code, final int storedCode, final String description) {
        this.code = code;
        this.storedCode = storedCode;
        this.description = description;
    }

    /** Type id of the counter. */
    public int code() {
        return code;
    }

    /** Code of the cause in the documents of a trace. */
    public int storedCode() {
        return storedCode;
    }

    /** Label of the counter, without its prefix. */
    public String description() {
        return description;
    }

    /** Name in reports, in lower case: "no_slot". */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The cause of a code in a trace.
     *
     * @throws IllegalArgumentException if this version does not know the code
     */
    public static RefusalCause ofStoredCode(final int storedCode) {
        for (final RefusalCause cause : values()) {
            if (cause.storedCode == storedCode) {
                return cause;
            }
        }
        throw new IllegalArgumentException("unknown cause of refusal: code=" + storedCode
            + "; the trace was written by a newer version of Sluice: read it with that version");
    }
}
