// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt.elf;

import java.io.IOException;

/** A file is not the ELF object that it should be. The message says what is wrong, with the numbers. */
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

    /** The file is of another kind, which is no damage. */
    static ElfFormatException foreign() {
        return new ElfFormatException("not a 64-bit little-endian ELF file", true);
    }

    /** Whether the file is of another kind, and so not damaged. */
    public boolean isForeign() {
        return isForeign;
    }
}
