// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt.find;

/**
 * Where one argument of a probe is when the probe is hit, as the probe's note says. Registers are named by where the
 * kernel keeps them: their offset in struct pt_regs (x86-64) or struct user_pt_regs (aarch64), in bytes; -1 is none.
 *
 * @param kind        which of the other components are used
 * @param lengthBytes 1, 2, 4 or 8
 * @param isSigned    whether the value's sign is extended
 * @param isFloat     whether the value is a floating-point number of that length, of which its bits are read
 * @param value       the constant, or the displacement of an address
 * @param base        the register that holds the value or the address
 * @param index       the register that is shifted left and added to the address
 * @param shift       by how many bits, 0 to 3; for a register that holds the value, the bit at which the value begins
 * @param text        the note's own words
 */
public record ProbeArgument(Kind kind, int lengthBytes, boolean isSigned, boolean isFloat, long value, int base,
    int index, int shift, String text) {
    /** No register. */
    public static final int NONE = -1;

    /** Where a value is. */
    public enum Kind {
        /** The argument cannot be read: it is in a vector register, or at an address that only the linker knew. */
        UNREADABLE,
        /** The argument is not stored anywhere: it always has the same value. */
        CONSTANT,
        /** In a register. */
        REGISTER,
        /** In memory. */
        MEMORY
    }

    /** The same argument, marked as not readable. */
    public ProbeArgument unreadable() {
        return new ProbeArgument(Kind.UNREADABLE, lengthBytes, isSigned, isFloat, 0, NONE, NONE, 0, text);
    }

    /** Whether a tracer can read the argument. */
    public boolean isReadable() {
        return kind != Kind.UNREADABLE;
    }
}
