// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.write.TraceWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.agrona.BufferUtil;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The wire format is golden/packet.bin. If this fails after a change, old traces cannot be read any more: the change is
 * wrong, or it needs another version. What the file holds is in golden/packet.txt.
 */
class WireFormatGoldenTest {
    private static final EventSchema ALL_TYPES = new EventSchema(1, "golden", "all", Arrays.stream(FieldType.values())
        .map(type -> new FieldSchema(type.name().toLowerCase(Locale.ROOT), type,
            type.isEnum() ? List.of("RED", "GREEN", "BLUE") : List.of())).toList());
    private static final EventSchema NO_FIELDS = new EventSchema(2, "golden", "none", List.of());
    private static final TargetId TARGET = new TargetId(UUID.fromString("00112233-4455-6677-8899-aabbccddeeff"));

    @TempDir
    Path temp;

    private static byte[] golden(final String name) throws IOException {
        try (InputStream in = WireFormatGoldenTest.class.getResourceAsStream("/golden/" + name)) {
            return in.readAllBytes();
        }
    }

    /** The packet; passes 48 bits of ticks, ends in an odd length, and follows a gap. */
    private static byte[] encoded() {
        final long wrap = 9L << 48;
        final PacketBuilder packets =
            new PacketBuilder(TARGET, 6, StreamClass.CARRIER).skip(4, 300, 8192).counts(17, 5);
        packets.event(ALL_TYPES, wrap - 2, 0, -128L, -32_768L, Integer.MIN_VALUE, Long.MIN_VALUE, 255L, 65_535L,
            0xFFFF_FFFFL, -1L, -1.5, Math.PI, true, 2L, 1L, "Zoë 漢字 🦀\n", new byte[] {0, 1, (byte) 0xFF});
        packets.event(NO_FIELDS, wrap - 2, 71);
        packets.event(ALL_TYPES, wrap + 5, 72, 127L, 32_767L, Integer.MAX_VALUE, Long.MAX_VALUE, 0L, 0L, 0L, 0L,
            Float.NaN, Double.NEGATIVE_INFINITY, false, 0L, 0L, "", new byte[] {7});
        packets.finish();
        return Memory.getBytes(packets.address(), packets.length());
    }

    @Test
    void shouldEncodeTheGoldenBytesWhenPacketIsMade() throws IOException {
        assertThat(HexFormat.of().formatHex(encoded())).isEqualTo(HexFormat.of().formatHex(golden("packet.bin")));
    }

    /** The C function of this name prints the same. */
    @Test
    void shouldDecodeEveryFieldTypeWhenPacketIsGolden() throws Exception {
        final String expected = new String(golden("packet.txt"), StandardCharsets.UTF_8);
        assertThat(decodedByJava(golden("packet.bin"))).isEqualTo(expected);
        assertThat(decodedByC()).isEqualTo(expected);
    }

    private String decodedByJava(final byte[] bytes) {
        final ByteBuffer memory = BufferUtil.allocateDirectAligned(bytes.length, 8).put(bytes);
        final long address = BufferUtil.address(memory);
        try (TraceWriter writer = TraceWriter.create(temp.resolve("trace"), TestTraces.INFO)) {
            final TargetInfo info = TestTraces.target();
            writer.addTarget(new TargetInfo(TARGET, 1, 1, info.bootId(), 1, 1_000_000_000, 1, 0, "", ""));
            writer.schema(0, TestTraces.log(ALL_TYPES, NO_FIELDS));
            writer.clock(0, new ClockTriple(0, 0, 0));
            writer.packet(0, address, bytes.length);
        }
        final StringBuilder text = new StringBuilder();
        appendHeader(text, new PacketView().wrap(address, bytes.length));
        final EventCursor cursor = TraceReader.open(temp.resolve("trace")).events().cursor();
        while (cursor.next()) {
            appendEvent(text, cursor.event());
        }
        return text.toString();
    }

    private static void appendHeader(final StringBuilder text, final PacketView packet) {
        text.append(String.format("magic %08x stream %d uuid %s%n", Memory.getInt(packet.address()),
            packet.streamClass().code(),
            TargetId.read(packet.address() + PacketHeaderDescriptor.TARGET_ID_OFFSET).toString().replace("-", "")));
        text.append(String.format("ticks %d %d content %d packet %d%n", packet.ticksBegin(), packet.ticksEnd(),
            packet.contentBits(), packet.lengthBytes() * 8L));
        text.append(String.format("sequence %d discarded %d position %d before %d overwritten %d%n",
            packet.sequence(), packet.eventsDiscarded(), packet.beginPosition(), packet.eventsBefore(),
            packet.overwritten()));
        text.append(String.format("events %d tid %d ring %d epoch %d header %d thread %d generation %d%n",
            packet.eventCount(), packet.tid(), packet.ring(),
            Memory.getShort(packet.address() + PacketHeaderDescriptor.EPOCH_OFFSET), packet.headerLength(),
            packet.javaThreadId(), packet.generation()));
    }

    private static void appendEvent(final StringBuilder text, final EventView event) {
        text.append("event ").append(event.schema().id()).append(" at ").append(event.ticks()).append(" virtual ")
            .append(event.virtualThreadId());
        for (int i = 0; i < event.fieldCount(); i++) {
            text.append(' ').append(event.schema().fields().get(i).name()).append('=');
            switch (event.type(i)) {
                case FLOAT32 -> text.append(String.format("%08x", Memory.getInt(event.fieldAddress(i))));
                case FLOAT64 -> text.append(String.format("%016x", Memory.getLong(event.fieldAddress(i))));
                case STRING, BYTES -> text.append(event.getLength(i)).append(':')
                    .append(HexFormat.of().formatHex(event.getBytes(i)));
                case UINT64 -> text.append(Long.toUnsignedString(event.getLong(i)));
                default -> text.append(event.getLong(i));
            }
        }
        text.append('\n');
    }

    private String decodedByC() throws IOException, InterruptedException {
        final Path source = Files.write(temp.resolve("decode_packet.c"), golden("decode_packet.c"));
        final Path program = temp.resolve("decode_packet");
        final Path packet = Files.write(temp.resolve("packet.bin"), golden("packet.bin"));
        Assumptions.assumeTrue(isThere("gcc"), "gcc is not installed");
        run("gcc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-o", program.toString(), source.toString());
        return run(program.toString(), packet.toString());
    }

    private static boolean isThere(final String command) throws InterruptedException {
        try {
            return new ProcessBuilder(command, "--version").redirectOutput(ProcessBuilder.Redirect.DISCARD).start()
                .waitFor() == 0;
        } catch (final IOException e) {
            return false;
        }
    }

    private String run(final String... command) throws IOException, InterruptedException {
        final Path output = temp.resolve("output");
        final Process process =
            new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        assertThat(process.waitFor(180, TimeUnit.SECONDS)).isTrue();
        final String text = Files.readString(output);
        assertThat(process.exitValue()).as(text).isZero();
        return text;
    }
}
