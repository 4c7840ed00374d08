// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.ring.packet.StreamClass;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StreamKeyTest {
    /** Of an END document: kind, known, time, number of rings, number of refusals; then a ring's number. */
    private static final int FIRST_ORIGIN_OFFSET = 5 * Integer.BYTES + Long.BYTES;

    @Test
    void shouldBeOneStreamWhenASlotGoesFromAThreadToACarrier() {
        assertThat(StreamKey.of(StreamClass.CARRIER, 3)).isEqualTo(StreamKey.of(StreamClass.PLATFORM, 3))
            .isEqualTo(StreamKey.ofRing(3)).hasSameHashCodeAs(StreamKey.ofRing(3));
        assertThat(StreamKey.of(StreamClass.TRAP, 3)).isEqualTo(StreamKey.ofTraps(3))
            .isNotEqualTo(StreamKey.ofRing(3));
    }

    @Test
    void shouldBeShownAsItsOriginsUsualClassWhenItHasNoPacket() {
        assertThat(StreamOrigin.values()).allSatisfy(origin ->
            assertThat(StreamOrigin.of(origin.usualClass())).isSameAs(origin));
        assertThat(StreamKey.ofRing(3).describe()).isEqualTo("ring 3");
        assertThat(StreamKey.ofTraps(4).describe()).isEqualTo("trap stream 4");
    }

    @Test
    void shouldRefuseTheEndWhenItIsOfAnOriginThatThereIsNot() {
        final EndInfo end = new EndInfo(EndKind.DETACHED, true, 1,
            List.of(new RingAccount(StreamKey.ofTraps(9), 1, 2, 3, 4, 5, 6, 7)), Map.of());
        final byte[] payload = DocumentCodec.encode(end);
        final ByteBuffer buffer = ByteBuffer.wrap(payload).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(buffer.getInt(FIRST_ORIGIN_OFFSET)).isEqualTo(StreamOrigin.TRAP.code()).isEqualTo(1);
        assertThat(DocumentCodec.decodeEnd(payload)).isEqualTo(end);
        buffer.putInt(FIRST_ORIGIN_OFFSET, 7);
        assertThatThrownBy(() -> DocumentCodec.decodeEnd(payload)).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("unknown origin of a stream: 7");
    }
}
