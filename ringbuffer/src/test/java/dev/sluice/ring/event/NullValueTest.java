// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.memory.Memory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.agrona.BufferUtil;
import org.junit.jupiter.api.Test;

class NullValueTest {
    private static final FieldSchema TEXT = new FieldSchema("t", FieldType.STRING);
    private static final FieldSchema BYTES = new FieldSchema("b", FieldType.BYTES);

    private final ByteBuffer memory = BufferUtil.allocateDirectAligned(64, Long.BYTES);
    private final long address = BufferUtil.address(memory);

    private boolean isNull(final FieldSchema field, final byte[] value) {
        Memory.putShort(address, (short) value.length);
        Memory.putBytes(address + Short.BYTES, value, 0, value.length);
        return NullValue.isAt(address, field);
    }

    private static byte[] utf8(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void shouldTellNullFromEveryOtherTextAndByteSequence() {
        assertThat(isNull(TEXT, utf8(NullValue.TEXT))).isTrue();
        for (final String text : List.of("", "null", "\u0000", "\u2400", "\u2400\u0000\u0000", "null\u0000", "abcd")) {
            assertThat(isNull(TEXT, utf8(text))).as(text).isFalse();
        }
        assertThat(isNull(BYTES, NullValue.bytes())).isTrue();
        final byte[] other = NullValue.bytes();
        other[15]++;
        assertThat(isNull(BYTES, other)).isFalse();
        assertThat(isNull(BYTES, new byte[0])).isFalse();
        assertThat(isNull(BYTES, new byte[16])).isFalse();
    }

    @Test
    void shouldTakeTheGreatestCodeOfAnEnumerationThatHasNoLabelForIt() {
        final FieldSchema small = new FieldSchema("e", FieldType.ENUM8, List.of("A", "B"));
        Memory.putByte(address, (byte) 0xFF);
        assertThat(NullValue.isAt(address, small)).isTrue();
        Memory.putByte(address, (byte) 0xFE);
        assertThat(NullValue.isAt(address, small)).isFalse();
        final FieldSchema old = new FieldSchema("e", FieldType.ENUM8,
            IntStream.range(0, 256).mapToObj(i -> "L" + i).toList());
        assertThat(NullValue.isCode(old, 0xFF)).as("version 0.1.0 had a label here").isFalse();
        final FieldSchema large = new FieldSchema("e", FieldType.ENUM16, old.labels());
        assertThat(NullValue.isCode(large, 0xFFFF)).isTrue();
        assertThat(NullValue.isCode(large, 0xFF)).isFalse();
    }
}
