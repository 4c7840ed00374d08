// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

/**
 * Why an event was discarded before it had a ring: one process-wide counter each, in the region's counters, with the
 * code as the counter's type id.
 */
public enum RefusalCause {
    /** Every slot is taken by a living thread or holds events of a dead one. */
    NO_SLOT(1, "no free slot"),
    /** The ring's pages could not be allocated, or the memory limit is reached. */
    NO_MEMORY(2, "no memory for a ring"),
    /** Fired from a virtual thread where rings cannot belong to carriers. */
    VIRTUAL_THREAD(3, "virtual thread"),
    /** The call's arguments do not fit the declared fields. */
    WRONG_ARGUMENTS(4, "wrong arguments"),
    /** An unexpected error inside the tracer. */
    INTERNAL(5, "internal error");

    private final int code;
    private final String label;

    RefusalCause(final int code, final String label) {
        this.code = code;
        this.label = label;
    }

    /** Type id of the counter. */
    public int code() {
        return code;
    }

    /** Label of the counter, without prefix. */
    public String label() {
        return label;
    }
}
