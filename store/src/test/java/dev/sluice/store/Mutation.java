// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;

/** Changes bytes as damage and malice do: bits, bytes, words at their extremes, ranges, lengths. Stateless. */
final class Mutation {
    private static final long[] EXTREMES = {0, 1, -1, 7, 8, 127, 128, 255, 256, 32_767, 32_768, 65_535, 65_536,
        Integer.MAX_VALUE, Integer.MIN_VALUE, 1L << 32, 1L << 47, 1L << 48, 1L << 62, Long.MAX_VALUE, Long.MIN_VALUE};

    private Mutation() {
    }

    /** A changed copy, made by one to four changes; it may have another length. */
    static byte[] of(final byte[] sound, final Random random) {
        byte[] bytes = sound.clone();
        for (int i = random.nextInt(4); i >= 0; i--) {
            bytes = once(bytes, random);
        }
        return bytes;
    }

    private static byte[] once(final byte[] bytes, final Random random) {
        if (bytes.length == 0) {
            return new byte[random.nextInt(64)];
        }
        final int at = random.nextInt(bytes.length);
        switch (random.nextInt(8)) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(Byte.SIZE));
            case 1 -> bytes[at] = (byte) random.nextInt();
            case 2 -> putWord(bytes, at, Short.BYTES, word(random));
            case 3 -> putWord(bytes, at & -Integer.BYTES, Integer.BYTES, word(random));
            case 4 -> putWord(bytes, at & -Long.BYTES, Long.BYTES, word(random));
            case 5 -> {
                return Arrays.copyOf(bytes, at);
            }
            case 6 -> {
                // A range stands twice, or is missing.
                final int end = at + random.nextInt(bytes.length - at);
                final boolean isTwice = random.nextBoolean();
                final ByteBuffer result = ByteBuffer.allocate(bytes.length + (isTwice ? end - at : at - end));
                return result.put(bytes, 0, isTwice ? end : at)
                    .put(bytes, isTwice ? at : end, bytes.length - (isTwice ? at : end)).array();
            }
            default -> {
                final int from = random.nextInt(bytes.length);
                final int length = random.nextInt(1 + Math.min(64, bytes.length - Math.max(at, from)));
                System.arraycopy(bytes, from, bytes, at, length);
            }
        }
        return bytes;
    }

    private static long word(final Random random) {
        return random.nextInt(3) == 0 ? random.nextLong() : EXTREMES[random.nextInt(EXTREMES.length)];
    }

    private static void putWord(final byte[] bytes, final int at, final int width, final long word) {
        final byte[] encoded =
            ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(word).array();
        System.arraycopy(encoded, 0, bytes, at, Math.min(width, bytes.length - at));
    }
}
