// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.drain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.bpf.NativeTarget;
import dev.sluice.bpf.program.TargetIdentity;
import dev.sluice.bpf.trap.TrapProgram;
import dev.sluice.bpf.trap.TrapRecord;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LayoutTest {

    private static final Path GOLDEN = Path.of(System.getProperty("sluice.root"),
        "bpf-programs/src/test/resources/golden/packet-header.bin");

    @Test
    void shouldMatchTheGoldenPacketHeaderWhenWrittenByC() throws IOException {
        NativeTarget.run(NativeTarget.compile("packet_header_check").toString(), GOLDEN.toString());
    }

    /** The values are those of packet_header_check.c. */
    @Test
    void shouldMatchTheGoldenPacketHeaderWhenReadByJava() throws IOException {
        final ByteBuffer header = ByteBuffer.wrap(Files.readAllBytes(GOLDEN)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(header.capacity()).isEqualTo(PacketHeaderDescriptor.LENGTH);
        assertThat(header.getInt(PacketHeaderDescriptor.MAGIC_OFFSET)).isEqualTo(PacketHeaderDescriptor.MAGIC);
        assertThat(header.getInt(PacketHeaderDescriptor.STREAM_ID_OFFSET)).isEqualTo(0x01020304);
        for (int i = 0; i < 16; i++) {
            assertThat(header.get(PacketHeaderDescriptor.TARGET_ID_OFFSET + i)).isEqualTo((byte) (0xa0 + i));
        }
        assertThat(header.getLong(PacketHeaderDescriptor.TIMESTAMP_BEGIN_OFFSET)).isEqualTo(0x1112131415161718L);
        assertThat(header.getLong(PacketHeaderDescriptor.TIMESTAMP_END_OFFSET)).isEqualTo(0x2122232425262728L);
        assertThat(header.getLong(PacketHeaderDescriptor.CONTENT_SIZE_OFFSET)).isEqualTo(0x3132333435363738L);
        assertThat(header.getLong(PacketHeaderDescriptor.PACKET_SIZE_OFFSET)).isEqualTo(0x4142434445464748L);
        assertThat(header.getLong(PacketHeaderDescriptor.SEQUENCE_OFFSET)).isEqualTo(0x5152535455565758L);
        assertThat(header.getLong(PacketHeaderDescriptor.EVENTS_DISCARDED_OFFSET)).isEqualTo(0x6162636465666768L);
        assertThat(header.getLong(PacketHeaderDescriptor.BEGIN_POSITION_OFFSET)).isEqualTo(0x7172737475767778L);
        assertThat(header.getLong(PacketHeaderDescriptor.EVENTS_BEFORE_OFFSET)).isEqualTo(0x0192939495969798L);
        assertThat(header.getLong(PacketHeaderDescriptor.OVERWRITTEN_OFFSET)).isEqualTo(0x02a2a3a4a5a6a7a8L);
        assertThat(header.getInt(PacketHeaderDescriptor.EVENT_COUNT_OFFSET)).isEqualTo(0x11223344);
        assertThat(header.getInt(PacketHeaderDescriptor.TID_OFFSET)).isEqualTo(0x21324354);
        assertThat(header.getInt(PacketHeaderDescriptor.RING_OFFSET)).isEqualTo(0x31425364);
        assertThat(header.getShort(PacketHeaderDescriptor.EPOCH_OFFSET)).isEqualTo((short) 0x4152);
        assertThat(header.getShort(PacketHeaderDescriptor.HEADER_LENGTH_OFFSET)).isEqualTo((short) 128);
        assertThat(header.getLong(PacketHeaderDescriptor.JAVA_THREAD_ID_OFFSET)).isEqualTo(0x03b2b3b4b5b6b7b8L);
        assertThat(header.getInt(PacketHeaderDescriptor.GENERATION_OFFSET)).isEqualTo(0x51627384);
        assertThat(header.getInt(PacketHeaderDescriptor.RESERVED_OFFSET)).isZero();
    }

    @Test
    void shouldHaveTheLengthsThatCAssertsWhenLaidOut() {
        assertThat(TargetIdentity.LENGTH).isEqualTo(32);
        assertThat(DrainLayout.CONFIG_LENGTH).isEqualTo(48);
        assertThat(DrainLayout.FAILURES_OFFSET).isEqualTo(64);
        assertThat(DrainLayout.FAILURE_LENGTH).isEqualTo(32);
        assertThat(DrainLayout.STATS_LENGTH).isEqualTo(224);
        assertThat(TrapRecord.ARGUMENTS_OFFSET).isEqualTo(16);
    }

    @ParameterizedTest
    @CsvSource({"EXACT,0,136", "EXACT,24,160", "EXACT_SLEEPABLE,65536,65672", "CLASSES,0,392", "CLASSES,256,392",
        "CLASSES,264,1160", "CLASSES_SLEEPABLE,32776,65672", "CLASSES,65536,65672"})
    void shouldStateWhatARecordTakesWhenAskedForItsLength(final DrainVariant variant, final int content,
                                                          final int expected) {
        assertThat(variant.recordLength(content)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"0,0,handle_trap_integers_0", "6,0,handle_trap_integers_6", "6,32,handle_trap_string",
        "7,0,handle_trap_general_0", "7,64,handle_trap_general_1", "2,3,handle_trap_general_2",
        "12,7,handle_trap_general_4", "12,31,handle_trap_general_12"})
    void shouldChooseTheLeanestProgramWhenAttachingATrap(final int count, final int strings, final String expected) {
        assertThat(TrapProgram.programFor(count, strings)).isEqualTo(expected);
    }

    @Test
    void shouldRefuseArgumentsWhenOutOfRange() {
        assertThatThrownBy(() -> new DrainConfig(1, 65536, 1, 1 << 20)).hasMessageContaining("epoch=65536");
        assertThatThrownBy(() -> new DrainConfig(1, 1, 1, (1 << 20) + 4096)).hasMessageContaining("power of two");
        assertThatThrownBy(() -> new DrainConfig(1, 1, 1, 1 << 16)).hasMessageContaining("ringBufferBytes=65536");
        assertThatThrownBy(() -> DrainVariant.EXACT.recordLength(12)).hasMessageContaining("contentLength=12");
    }
}
