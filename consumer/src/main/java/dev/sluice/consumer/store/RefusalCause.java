// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.store;

import java.util.Locale;

/** Why events were discarded before any ring could take them. Codes are stored and never reused. */
public enum RefusalCause {
    /** All slots were taken. */
    NO_SLOT(1),
    /** The ring's pages could not be allocated. */
    NO_MEMORY(2),
    /** The event is larger than a chunk. */
    TOO_LARGE(3),
    /** A virtual thread, on a JDK where carriers are out of reach. */
    VIRTUAL_THREAD(4),
    /** The caller's encoder threw. */
    ENCODING(5);

    private final int code;

    RefusalCause(final int code) {
        this.code = code;
    }

    /** Code in an end document. */
    public int code() {
        return code;
    }

    /** Name in reports, lower case: "no_slot". */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The cause of a code.
     *
     * @throws IllegalArgumentException for a code that this version does not know
     */
    public static RefusalCause ofCode(final int code) {
        for (final RefusalCause cause : values()) {
            if (cause.code == code) {
                return cause;
            }
        }
        throw new IllegalArgumentException("unknown cause of refusal: code=" + code);
    }
}
