// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

/** What holds a stub object. */
public enum StubBacking {
    /** A private file, which every tracer can see. */
    FILE("file"),
    /** An anonymous file: nothing on disk, but some tracers cannot list its probes. */
    MEMFD("memfd"),
    /** Nothing holds stubs, because there are none. */
    NONE("none");

    /** System property that chooses: {@code file} (the default), {@code memfd} or {@code none}. */
    public static final String PROPERTY = "sluice.usdt.backing";

    private final String text;

    StubBacking(final String text) {
        this.text = text;
    }

    /** The word that properties and reports use. */
    public String text() {
        return text;
    }

    /**
     * The backing that the property asks for.
     *
     * @throws IllegalArgumentException if it has an unknown value
     */
    static StubBacking configured() {
        final String wanted = System.getProperty(PROPERTY, FILE.text);
        for (final StubBacking backing : values()) {
            if (backing.text.equals(wanted)) {
                return backing;
            }
        }
        throw new IllegalArgumentException(PROPERTY + "=" + wanted + " is none of file, memfd, none");
    }
}
