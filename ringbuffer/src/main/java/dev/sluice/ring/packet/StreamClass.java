// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.packet;

import dev.sluice.ring.event.EventDescriptor;

/**
 * How the events of a packet are laid out, and what kind of thread fired them: the CTF stream class of the packet's
 * stream. Slots, packet headers and THREAD documents hold the {@link #code}.
 */
public enum StreamClass {
    /** Rings that platform threads own. */
    PLATFORM(0, 0),
    /**
     * Rings that carriers own. After each event's header word follows the id of the virtual thread that fired the
     * event.
     */
    CARRIER(1, EventDescriptor.VIRTUAL_THREAD_ID_LENGTH),
    /** Records of one trap per event; each kernel thread has its own stream. */
    TRAP(2, 0);

    // Codes are equal to ordinals, so that a look-up is one load; the constructor checks that.
    private static final StreamClass[] BY_CODE = values();

    private final int code;
    private final int contextLength;

    StreamClass(final int code, final int contextLength) {
        if (code != ordinal()) {
            throw new IllegalArgumentException("code=" + code + " ordinal=" + ordinal());
        }
        this.code = code;
        this.contextLength = contextLength;
    }

    /**
     * The class of a code, or null if there is no such class: the code may come from memory or a file that is not
     * trusted.
     */
    public static StreamClass ofCode(final int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }

    /** The code, as shared memory, packets and documents hold it. */
    public int code() {
        return code;
    }

    /** Bytes between an event's header word and its fields. */
    public int contextLength() {
        return contextLength;
    }

    /** Whether events of this class lie in a ring of the target before they are in a packet. */
    public boolean isOfRing() {
        return this != TRAP;
    }
}
