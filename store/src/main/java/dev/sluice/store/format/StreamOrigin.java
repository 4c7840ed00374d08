// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.format;

import dev.sluice.ring.packet.StreamClass;

/**
 * Who numbers a stream, so that its numbers mean something: a target's rings have the indexes of their slots, whatever
 * thread owns them, and its trap streams are counted from 0. END documents hold the {@link #code}.
 */
public enum StreamOrigin {
    /** A ring, whose packets may be of two classes: its slot goes from one owner to the next. */
    RING(0, "ring", StreamClass.PLATFORM),
    /** The trap records of one kernel thread. */
    TRAP(1, "trap stream", StreamClass.TRAP);

    private final int code;
    private final String label;
    private final StreamClass usualClass;

    StreamOrigin(final int code, final String label, final StreamClass usualClass) {
        this.code = code;
        this.label = label;
        this.usualClass = usualClass;
    }

    /** The origin of streams of a class. */
    public static StreamOrigin of(final StreamClass streamClass) {
        return streamClass.isOfRing() ? RING : TRAP;
    }

    /**
     * The origin of a code.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static StreamOrigin ofCode(final int code) {
        for (final StreamOrigin origin : values()) {
            if (origin.code == code) {
                return origin;
            }
        }
        throw new IllegalArgumentException("unknown origin of a stream: " + code);
    }

    /** What documents hold. */
    public int code() {
        return code;
    }

    /** What people call such a stream: "ring" or "trap stream". */
    public String label() {
        return label;
    }

    /** The class that reports show for a stream without packets. */
    public StreamClass usualClass() {
        return usualClass;
    }
}
