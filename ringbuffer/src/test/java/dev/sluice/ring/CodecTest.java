// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.ring.control.Command;
import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.control.ControlFileDescriptor;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.event.SchemaCodec;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.memory.Utf8;
import dev.sluice.testsupport.Seed;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.agrona.UnsafeApi;
import org.junit.jupiter.api.Test;

/** Round trips of texts, schemas, commands and packed words. */
class CodecTest {
    private final long seed = Seed.draw("CodecTest");
    private final Random random = new Random(seed);

    private String randomText(final int maxChars) {
        final StringBuilder text = new StringBuilder();
        final int chars = random.nextInt(maxChars + 1);
        for (int i = 0; i < chars; i++) {
            switch (random.nextInt(5)) {
                case 0 -> text.appendCodePoint(0x80 + random.nextInt(0x700));
                case 1 -> text.appendCodePoint(0x3000 + random.nextInt(0x1000));
                case 2 -> text.appendCodePoint(0x1F300 + random.nextInt(0x300));
                default -> text.append((char) (32 + random.nextInt(95)));
            }
        }
        return text.toString();
    }

    @Test
    void shouldWriteTheUtf8OfTheJdkWhenTextFits() {
        final long address = UnsafeApi.allocateMemory(4096);
        for (int i = 0; i < 20_000; i++) {
            final String text = randomText(100);
            final byte[] expected = text.getBytes(StandardCharsets.UTF_8);
            final int length = Utf8.encodedLength(text, 4096);
            assertThat(length).as("seed %d", seed).isEqualTo(expected.length);
            Utf8.put(text, address, length);
            assertThat(Memory.getBytes(address, length)).as("seed %d", seed).isEqualTo(expected);
        }
        UnsafeApi.freeMemory(address);
    }

    /** The paths by words of eight and four bytes and by single ones, each with one character that is not ASCII. */
    @Test
    void shouldWriteTheUtf8OfTheJdkWhenTextIsLatin1() {
        final long address = UnsafeApi.allocateMemory(256);
        for (int chars = 0; chars < 40; chars++) {
            for (int high = -1; high < chars; high++) {
                final StringBuilder text = new StringBuilder("x".repeat(chars));
                if (high >= 0) {
                    text.setCharAt(high, (char) (0x80 + random.nextInt(0x80)));
                }
                final byte[] expected = text.toString().getBytes(StandardCharsets.UTF_8);
                final int length = Utf8.encodedLength(text.toString(), 128);
                assertThat(length).as("seed %d: %s", seed, text).isEqualTo(expected.length);
                Memory.putByte(address + length, (byte) 0x77);
                Utf8.put(text.toString(), address, length);
                assertThat(Memory.getBytes(address, length)).as("seed %d: %s", seed, text).isEqualTo(expected);
                assertThat(Memory.getByte(address + length)).as("seed %d: %s", seed, text).isEqualTo((byte) 0x77);
                if (chars > 3 && high >= 0) {
                    // As long as the text, and cut.
                    final int cut = Utf8.encodedLength(text.toString(), chars);
                    Utf8.put(text.toString(), address, cut);
                    assertThat(new String(Memory.getBytes(address, cut), StandardCharsets.UTF_8))
                        .as("seed %d: %s", seed, text).endsWith("…");
                }
            }
        }
        UnsafeApi.freeMemory(address);
    }

    @Test
    void shouldCutAtACharacterAndEndInAnEllipsisWhenTextIsTooLong() {
        final long address = UnsafeApi.allocateMemory(4096);
        for (int i = 0; i < 20_000; i++) {
            final String text = randomText(60);
            final int limit = 3 + random.nextInt(40);
            final int whole = text.getBytes(StandardCharsets.UTF_8).length;
            final int length = Utf8.encodedLength(text, limit);
            Memory.putLong(address + length, 0x7777_7777_7777_7777L);
            Utf8.put(text, address, length);
            final String read = new String(Memory.getBytes(address, length), StandardCharsets.UTF_8);
            assertThat(length).as("seed %d", seed).isLessThanOrEqualTo(limit);
            assertThat(Memory.getLong(address + length)).as("seed %d", seed).isEqualTo(0x7777_7777_7777_7777L);
            if (whole <= limit) {
                assertThat(read).as("seed %d", seed).isEqualTo(text);
            } else {
                assertThat(read).as("seed %d limit %d", seed, limit).endsWith("…");
                final String prefix = read.substring(0, read.length() - 1);
                assertThat(text).as("seed %d", seed).startsWith(prefix);
                final int next = text.codePointAt(prefix.length());
                assertThat(length + Character.toString(next).getBytes(StandardCharsets.UTF_8).length)
                    .as("seed %d: the longest prefix", seed).isGreaterThan(limit);
            }
        }
        UnsafeApi.freeMemory(address);
    }

    @Test
    void shouldReplaceUnpairedSurrogates() {
        final long address = UnsafeApi.allocateMemory(64);
        final String text = "a\ud800b";
        final int length = Utf8.encodedLength(text, 64);
        Utf8.put(text, address, length);
        assertThat(new String(Memory.getBytes(address, length), StandardCharsets.UTF_8)).isEqualTo("a\ufffdb");
        UnsafeApi.freeMemory(address);
    }

    private EventSchema randomSchema(final int id) {
        final List<FieldSchema> fields = IntStream.range(0, random.nextInt(8)).mapToObj(i -> {
            final FieldType type = FieldType.values()[random.nextInt(FieldType.values().length)];
            final List<String> labels = type.isEnum() ? List.of("A", "Bé", randomText(10)) : List.<String>of();
            return random.nextInt(3) > 0 ? new FieldSchema("f" + i, type, labels)
                : new FieldSchema("f" + i, type, labels, randomText(5), randomText(20));
        }).toList();
        return new EventSchema(id, "p" + randomText(5), "t" + randomText(5), fields,
            random.nextBoolean() ? "" : randomText(30));
    }

    @Test
    void shouldReadBackEverySchemaItWrote() {
        for (int i = 1; i < 500; i++) {
            final EventSchema first = randomSchema(i);
            final EventSchema second = randomSchema(i + 1);
            final byte[] a = SchemaCodec.encode(first);
            final byte[] b = SchemaCodec.encode(second);
            final byte[] log = new byte[a.length + b.length];
            System.arraycopy(a, 0, log, 0, a.length);
            System.arraycopy(b, 0, log, a.length, b.length);
            assertThat(SchemaCodec.decode(log)).as("seed %d", seed).containsExactly(first, second);
        }
    }

    @Test
    void shouldReadTheEventWithoutItsNotesWhenTheyAreOfAnotherOrLeftOut() {
        final EventSchema schema = new EventSchema(7, "shop", "took",
            List.of(new FieldSchema("ns", FieldType.INT64, List.of(), "ns", "how long")), "an order");
        final byte[] whole = SchemaCodec.encode(schema);
        final byte[] plain = SchemaCodec.encodePlain(schema);
        final EventSchema without =
            new EventSchema(7, "shop", "took", List.of(new FieldSchema("ns", FieldType.INT64)));
        assertThat(SchemaCodec.decode(whole)).containsExactly(schema);
        assertThat(SchemaCodec.decode(plain)).containsExactly(without);
        // Notes alone, as at the begin of a part of a log, and notes of another event.
        assertThat(SchemaCodec.decode(Arrays.copyOfRange(whole, plain.length, whole.length))).isEmpty();
        whole[plain.length + 6] = 8;
        assertThat(SchemaCodec.decode(whole)).containsExactly(without);
        whole[plain.length + 6] = 7;
        // Behind the head, the description and the number of notes.
        whole[plain.length + 8 + 2 + "an order".length() + 2] = 1;
        assertThatThrownBy(() -> SchemaCodec.decode(whole)).isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("field=1 fields=1");
    }

    @Test
    void shouldRefuseDamagedSchemasWithAnErrorOnly() {
        for (int i = 1; i < 3000; i++) {
            final byte[] log = SchemaCodec.encode(randomSchema(i));
            for (int j = 0; j < 3; j++) {
                log[random.nextInt(log.length)] = (byte) random.nextInt();
            }
            try {
                SchemaCodec.decode(log);
            } catch (final IllegalArgumentException e) {
                assertThat(e.getMessage()).as("seed %d", seed).isNotBlank();
            }
        }
        assertThatThrownBy(() -> SchemaCodec.decode(new byte[] {4, 0, 0, 0, 0, 0, 0, 0}))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("offset=0");
    }

    @Test
    void shouldDeliverCommandsAndRefuseTornOnes() {
        final long address = UnsafeApi.allocateMemory(ControlFileDescriptor.fileLength(1));
        Memory.zero(address, ControlFileDescriptor.fileLength(1));
        final ControlFile file = new ControlFile(address, 1);
        final Command.Enable enable = new Command.Enable(
            Command.Source.BPF, FullPolicy.BLOCK, false, 1 << 24, 5, 6, 1 << 20, List.of("orders:*", "é:?"));
        final Command command = new Command(9, Command.Kind.ENABLE, 1, enable.encode());
        assertThat(command.send(file)).isTrue();
        final Command received = Command.receive(file, file.commandVolatile());
        assertThat(received.epoch()).isEqualTo(9);
        assertThat(Command.Enable.decode(received.payload())).isEqualTo(enable);
        assertThat(Command.answer(file, command.word())).isNull();
        Command.acknowledge(file, command.word(), new Command.Answer(Command.Result.OK, 3, "gut"));
        assertThat(Command.answer(file, command.word())).isEqualTo(new Command.Answer(Command.Result.OK, 3, "gut"));

        final long body = address + ControlFileDescriptor.BODY_OFFSET;
        for (int i = 0; i < 16 + enable.encode().length; i++) {
            final byte before = Memory.getByte(body + i);
            Memory.putByte(body + i, (byte) (before + 1));
            assertThat(Command.receive(file, command.word())).as("byte %d", i).isNull();
            Memory.putByte(body + i, before);
        }
        assertThat(Command.receive(file, command.word())).isNotNull();
        UnsafeApi.freeMemory(address);
    }

    @Test
    void shouldKeepTheCodesOfCommandsAndHandleThoseOfANewerVersion() {
        assertThat(Stream.of(Command.Kind.values()).map(Command.Kind::code)).containsExactly(1, 2, 3, 4, 5, -1);
        assertThat(Stream.of(Command.Result.values()).map(Command.Result::code)).containsExactly(0, 1, 2, 3, 4, 5, -1);
        assertThat(Stream.of(Command.Source.values()).map(Command.Source::code)).containsExactly(1, 2, 3);

        final long address = UnsafeApi.allocateMemory(ControlFileDescriptor.fileLength(1));
        Memory.zero(address, ControlFileDescriptor.fileLength(1));
        final ControlFile file = new ControlFile(address, 1);
        final Command newer = new Command(9, 0xFFFF, 1, new byte[0]);
        assertThat(newer.send(file)).isTrue();
        final Command received = Command.receive(file, file.commandVolatile());
        assertThat(received.kind()).isEqualTo(Command.Kind.UNKNOWN);
        assertThat(received.kindCode()).isEqualTo(0xFFFF);

        for (final int code : new int[] {-1, 6, Integer.MIN_VALUE}) {
            Command.acknowledge(file, newer.word(), new Command.Answer(code, 0, ""));
            final Command.Answer answer = Command.answer(file, newer.word());
            assertThat(answer.result()).isEqualTo(Command.Result.UNKNOWN);
            assertThat(answer.text()).isEqualTo("result " + code + " UNKNOWN");
        }
        UnsafeApi.freeMemory(address);

        assertThatThrownBy(() -> Command.Enable.decode(new byte[64]))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("source=0 is unknown");
        assertThatThrownBy(() -> new Command(9, Command.Kind.UNKNOWN, 1, new byte[0]))
            .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Command.Answer(Command.Result.UNKNOWN, 0, ""))
            .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldWidenPackedPositions() {
        for (int i = 0; i < 100_000; i++) {
            final long reference = random.nextLong() >>> 4;
            final long below = random.nextLong() >>> 17;
            final long value = reference - below;
            if (value >= 0) {
                assertThat(TaggedWord.widen(TaggedWord.value(TaggedWord.of(3, value)), reference))
                    .as("seed %d", seed).isEqualTo(value);
            }
        }
        assertThat(TaggedWord.nextEpoch(65_535)).isEqualTo(1);
    }
}
