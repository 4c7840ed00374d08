// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.where;

/**
 * The hash by which keys are sampled (docs/recording.md): the same in every process and version, so that the same keys
 * are kept everywhere. Stateless: any thread.
 */
public final class KeyHash {
    private static final long FIRST = 0xff51afd7ed558ccdL;
    private static final long SECOND = 0xc4ceb9fe1a85ec53L;
    private static final int SHIFT = 33;

    private KeyHash() {
    }

    /**
     * The hash of an integer, a truth value (0 or 1) or an enumeration's code: the last mixing of MurmurHash3 over its
     * 64 bits.
     */
    public static long of(final long value) {
        long hash = value;
        hash = (hash ^ hash >>> SHIFT) * FIRST;
        hash = (hash ^ hash >>> SHIFT) * SECOND;
        return hash ^ hash >>> SHIFT;
    }

    /** The hash of a text: that of its {@link String#hashCode}, with sign. */
    public static long of(final String text) {
        return of(text.hashCode());
    }

    /**
     * Below which number hashes are, of which one of so many is kept: 2^64 divided by that, rounded up, without sign.
     *
     * @param every at least 2
     */
    public static long threshold(final int every) {
        return Long.divideUnsigned(-1L, every) + 1;
    }
}
