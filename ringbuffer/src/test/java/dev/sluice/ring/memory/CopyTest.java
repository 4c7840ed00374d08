// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import org.agrona.BufferUtil;
import org.junit.jupiter.api.Test;

/** Copies of all lengths around the one up to which bytes are copied word by word, and what stands beside them. */
class CopyTest {
    private static final int MOST = 200;
    private static final byte UNTOUCHED = 0x5A;

    private final ByteBuffer area = ByteBuffer.allocateDirect(2 * MOST + 2 * Long.BYTES);
    private final long address = BufferUtil.address(area) + Long.BYTES;

    private static byte[] bytes() {
        final byte[] bytes = new byte[MOST + 3];
        new Random(MOST).nextBytes(bytes);
        return bytes;
    }

    private void clear() {
        for (int i = 0; i < area.capacity(); i++) {
            area.put(i, UNTOUCHED);
        }
    }

    @Test
    void shouldPutTheBytesOfAnArrayAndNothingElse() {
        final byte[] source = bytes();
        for (int length = 0; length <= MOST; length++) {
            for (int offset = 0; offset <= 3; offset++) {
                clear();
                Memory.putBytes(address + offset, source, offset, length);
                assertThat(Memory.getBytes(address + offset, length)).as("%d bytes from %d", length, offset)
                    .isEqualTo(Arrays.copyOfRange(source, offset, offset + length));
                assertThat(Memory.getBytes(address + offset + length, Long.BYTES)).containsOnly(UNTOUCHED);
                assertThat(Memory.getBytes(address + offset - Long.BYTES, Long.BYTES)).containsOnly(UNTOUCHED);
            }
        }
    }

    @Test
    void shouldCopyWordsUpToTheNextMultipleOfEight() {
        final byte[] source = bytes();
        final ByteBuffer from = ByteBuffer.allocateDirect(MOST + Long.BYTES).put(source, 0, MOST);
        for (int length = 0; length <= MOST; length++) {
            clear();
            Memory.copyWords(BufferUtil.address(from), address, length);
            assertThat(Memory.getBytes(address, length)).as("%d bytes", length)
                .isEqualTo(Arrays.copyOf(source, length));
            final int end = length + Long.BYTES - 1 & -Long.BYTES;
            assertThat(Memory.getBytes(address + end, Long.BYTES)).containsOnly(UNTOUCHED);
            assertThat(Memory.getBytes(address - Long.BYTES, Long.BYTES)).containsOnly(UNTOUCHED);
        }
    }
}
