// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.bench.fire.Values;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.PacketHeader;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.StreamClass;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is said of packets whose events are not those that were reported. */
class PacketTallyTest {
    private static final int LENGTH = 1 << 12;
    private static final int HEAD = PacketHeaderDescriptor.LENGTH;

    private final long address = Memory.allocate(LENGTH);
    private final PacketHeader packet = new PacketHeader();
    private final PacketTally tally = new PacketTally();

    @AfterEach
    void free() {
        Memory.free(address);
    }

    /** Adds a packet of events with these numbers, in whose header is another count. */
    private void add(final int count, final StreamClass streamClass, final long... numbers) {
        Memory.zero(address, LENGTH);
        final int fields = Long.BYTES + streamClass.contextLength();
        long event = address + HEAD;
        for (final long number : numbers) {
            Memory.putLong(event + fields, Values.first(number));
            Memory.putLong(event + fields + Long.BYTES, number);
            event += fields + 2 * Long.BYTES;
        }
        packet(count, streamClass, event);
        tally.add(packet);
    }

    /** Makes the header of a packet whose last event ends there. */
    private void packet(final int count, final StreamClass streamClass, final long end) {
        Memory.putInt(address + PacketHeaderDescriptor.STREAM_ID_OFFSET, streamClass.code());
        Memory.putShort(address + PacketHeaderDescriptor.HEADER_LENGTH_OFFSET, (short) HEAD);
        Memory.putLong(address + PacketHeaderDescriptor.CONTENT_SIZE_OFFSET, (end - address) * Byte.SIZE);
        Memory.putInt(address + PacketHeaderDescriptor.EVENT_COUNT_OFFSET, count);
        packet.at(address);
    }

    @Test
    void shouldCountEveryEventWhenThePacketsHaveThoseThatWereReported() {
        add(2, StreamClass.PLATFORM, 0, 1);
        add(3, StreamClass.CARRIER, 2, 3, 4);
        assertThat(tally.stored().events()).isEqualTo(5);
    }

    @Test
    void shouldRefuseTheTurnWhenAnEventThatIsReadHasOtherValues() {
        for (int i = 0; i < PacketTally.EVERY; i++) {
            add(2, StreamClass.CARRIER, 0, 1);
        }
        assertThat(tally.stored().events()).isEqualTo(2L * PacketTally.EVERY);
        Memory.putLong(address + HEAD + Long.BYTES + StreamClass.CARRIER.contextLength(), 7);
        tally.add(packet);
        assertThatThrownBy(tally::stored).hasMessageContaining("events with other values=1");
    }

    @Test
    void shouldReadEventsOfOtherFieldsWhenItIsToldWhatTheyAre() {
        // Ten bytes, which are padded to 16: the next event is found behind the padding.
        final PacketTally texts = new PacketTally(text -> Memory.getShort(text) == 8
            && Memory.getLong(text + Short.BYTES) == 7 ? Short.BYTES + 8 : EventFields.WRONG);
        Memory.zero(address, LENGTH);
        for (int i = 0; i < 2; i++) {
            final long text = address + HEAD + i * 24L + Long.BYTES;
            Memory.putShort(text, (short) 8);
            Memory.putLong(text + Short.BYTES, 7);
        }
        packet(2, StreamClass.PLATFORM, address + HEAD + 24 + Long.BYTES + 10);
        texts.add(packet);
        assertThat(texts.stored().events()).isEqualTo(2);
        Memory.putLong(address + HEAD + 24 + Long.BYTES + Short.BYTES, 8);
        for (int i = 1; i <= PacketTally.EVERY; i++) {
            texts.add(packet);
        }
        assertThatThrownBy(texts::stored).hasMessageContaining("events with other values=1");
    }

    @Test
    void shouldCountThePacketsOwnBytesWhenTheRecordAroundItIsLonger() {
        final BatchCounts counts = new BatchCounts();
        // The record has room for more: what is behind the packet is not of it.
        add(2, StreamClass.PLATFORM, 0, 1, 2, 3, 4, 5);
        final long length = HEAD + 2L * (Long.BYTES + 2 * Long.BYTES);
        Memory.putLong(address + PacketHeaderDescriptor.PACKET_SIZE_OFFSET, length * Byte.SIZE);
        counts.add(packet);
        counts.add(packet);
        assertThat(counts.bytes()).isEqualTo(2 * length);
        assertThat(counts.events()).isEqualTo(4);
        assertThat(counts.batches()).isEqualTo(2);
    }

    @Test
    void shouldRefuseTheTurnWhenAHeaderCountsOtherThanThePacketHas() {
        add(3, StreamClass.PLATFORM, 0, 1);
        assertThatThrownBy(tally::stored).hasMessageContaining("other than they have=1");
    }
}
