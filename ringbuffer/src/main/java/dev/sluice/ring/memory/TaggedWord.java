// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.memory;

/**
 * Packing of the shared words that carry the epoch of the session that wrote them, so that a consumer which was
 * stopped, replaced and resumed cannot pass for its successor: every store of such a word is a compare-and-set that
 * fails once the tag has changed.
 * <pre>
 *  63            48 47                                             0
 *  +---------------+-----------------------------------------------+
 *  |     epoch     |                    value                      |
 *  +---------------+-----------------------------------------------+
 * </pre>
 */
public final class TaggedWord {
    /** Bits of the value. */
    public static final int VALUE_BITS = 48;
    /** Mask of the value. */
    public static final long VALUE_MASK = (1L << VALUE_BITS) - 1;
    /** Mask of an epoch; 0 means no session. */
    public static final int EPOCH_MASK = 0xFFFF;

    private TaggedWord() {
    }

    /** Packs an epoch (1 to 65,535) and a value, of which the low 48 bits are kept. */
    public static long of(final int epoch, final long value) {
        return (long) epoch << VALUE_BITS | value & VALUE_MASK;
    }

    /** The epoch of a word. */
    public static int epoch(final long word) {
        return (int) (word >>> VALUE_BITS);
    }

    /** The value of a word. */
    public static long value(final long word) {
        return word & VALUE_MASK;
    }

    /** The epoch after another one: 65,535 is followed by 1. */
    public static int nextEpoch(final int epoch) {
        return epoch == EPOCH_MASK ? 1 : epoch + 1;
    }

    /** The 64-bit count nearest below or at a reference whose low 48 bits are the value: undoes the packing. */
    public static long widen(final long value, final long reference) {
        return reference - ((reference - value) & VALUE_MASK);
    }
}
