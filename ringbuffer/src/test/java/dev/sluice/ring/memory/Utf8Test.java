// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.agrona.BufferUtil;
import org.junit.jupiter.api.Test;

/** The JDK's own encoder has the last word. */
class Utf8Test {
    private static final int MOST = 40;
    private static final int LIMIT = 1_000;
    private static final byte UNTOUCHED = 0x55;

    private final ByteBuffer area = ByteBuffer.allocateDirect(LIMIT);
    private final long address = BufferUtil.address(area);

    @Test
    void shouldBeWhatTheJdkEncodesWhenOneCharacterIsOfAnyKindAtAnyPlace() {
        for (final String special : new String[] {"a", "\u007F", "\u0080", "\u00E9", "\u00FF", "\u0100", "\u20AC",
            "\uD83D\uDE00"}) {
            for (int length = 0; length <= MOST; length++) {
                for (int place = 0; place <= length; place++) {
                    check("x".repeat(place) + special + "y".repeat(length - place));
                }
            }
        }
        check("");
    }

    private void check(final String text) {
        final byte[] expected = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < area.capacity(); i++) {
            area.put(i, UNTOUCHED);
        }
        final int length = Utf8.encodedLength(text, LIMIT);
        assertThat(length).as(text).isEqualTo(expected.length);
        Utf8.put(text, address + Long.BYTES, length);
        assertThat(Memory.getBytes(address + Long.BYTES, length)).as(text).isEqualTo(expected);
        assertThat(Memory.getBytes(address, Long.BYTES)).as(text).containsOnly(UNTOUCHED);
        assertThat(Memory.getBytes(address + Long.BYTES + length, Long.BYTES)).as(text).containsOnly(UNTOUCHED);
    }

    @Test
    void shouldEndWithAnEllipsisWhenATextIsLongerThanTheLimit() {
        for (int limit = 3; limit <= MOST; limit++) {
            for (final String letter : new String[] {"a", "\u00E9", "\u20AC", "\uD83D\uDE00"}) {
                final String text = letter.repeat(MOST + 1);
                final int length = Utf8.encodedLength(text, limit);
                Utf8.put(text, address, length);
                final String written = new String(Memory.getBytes(address, length), StandardCharsets.UTF_8);
                final int letters = (limit - 3) / letter.getBytes(StandardCharsets.UTF_8).length;
                assertThat(written).as("%s up to %d bytes", letter, limit).isEqualTo(letter.repeat(letters) + "\u2026");
            }
        }
    }
}
