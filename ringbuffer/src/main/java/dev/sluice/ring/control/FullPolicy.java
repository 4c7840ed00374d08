// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.control;

/** What an owner does when no chunk of its ring is free. */
public enum FullPolicy {
    /** Refuse the new event and count it as discarded. */
    DISCARD(1),
    /** Wait until there is room, the timeout is over or the session ends; without room, do as {@link #DISCARD}. */
    BLOCK(2),
    /** Recycle the oldest unread chunk and count its events as overwritten. */
    OVERWRITE(3);

    private final int code;

    FullPolicy(final int code) {
        this.code = code;
    }

    /** Code in commands; 0 there means the target's own default. */
    public int code() {
        return code;
    }

    /**
     * The policy of a code, or null for 0 and for codes that this version does not know.
     */
    public static FullPolicy ofCode(final int code) {
        for (final FullPolicy policy : values()) {
            if (policy.code == code) {
                return policy;
            }
        }
        return null;
    }
}
