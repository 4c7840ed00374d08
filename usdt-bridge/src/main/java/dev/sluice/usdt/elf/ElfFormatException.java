// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt.elf;

import java.io.IOException;

/** A file is not the ELF object it should be: says what is wrong, with the numbers. */
public final class ElfFormatException extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean isForeign;

    /** What is wrong with it. */
    public ElfFormatException(final String message) {
        this(message, false);
    }

    private ElfFormatException(final String message, final boolean isForeign) {
        super(message);
        this.isForeign = isForeign;
    }

    /** It is a file of another kind, which is nothing wrong. */
    static ElfFormatException foreign() {
        return new ElfFormatException("not a 64-bit little-endian ELF file", true);
    }

    /** Whether it is a file of another kind. */
    public boolean isForeign() {
        return isForeign;
    }
}
