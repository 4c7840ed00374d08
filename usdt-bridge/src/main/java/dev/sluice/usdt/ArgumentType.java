// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

/** The type of a probe's argument: a width and a sign. A USDT note can say no more. */
public enum ArgumentType {
    INT8(1, true), UINT8(1, false), INT16(2, true), UINT16(2, false),
    INT32(4, true), UINT32(4, false), INT64(8, true), UINT64(8, false);

    private final int sizeBytes;
    private final boolean signed;

    ArgumentType(final int sizeBytes, final boolean signed) {
        this.sizeBytes = sizeBytes;
        this.signed = signed;
    }

    /** 1, 2, 4 or 8. */
    public int sizeBytes() {
        return sizeBytes;
    }

    /** Whether readers extend the sign. */
    public boolean isSigned() {
        return signed;
    }

    /** The size as a note writes it, negative when signed. */
    String noteSize() {
        return signed ? "-" + sizeBytes : Integer.toString(sizeBytes);
    }
}
