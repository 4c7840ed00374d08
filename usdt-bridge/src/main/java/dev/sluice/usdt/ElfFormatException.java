// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import java.io.IOException;

/** A file is not the ELF object it should be: says what is wrong, with the numbers. */
public final class ElfFormatException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    public ElfFormatException(final String message) {
        super(message);
    }
}
