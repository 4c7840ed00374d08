// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.event.NullValue;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.write.TraceWriter;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A trace of what formats stumble over: the ends of every type, every kind of text, and missing events. */
public final class ExtremeTrace {
    /** A field of each type, in the order of {@link FieldType}, called as its type. */
    public static final EventSchema ALL = new EventSchema(1, "odd", "all", Arrays.stream(FieldType.values())
        .map(type -> new FieldSchema(type.name(), type, type.isEnum() ? List.of("A", "b \"c\"") : List.of())).toList());
    /** Names that are columns of our own, that are equal but for case, and that no file can have. */
    public static final EventSchema NAMES = new EventSchema(2, "../o/d\0d", "a,\"b\"\n", List.of(
        new FieldSchema("tid", FieldType.UINT8), new FieldSchema("x", FieldType.UINT8),
        new FieldSchema("X", FieldType.UINT8), new FieldSchema("a,\"b\"\n", FieldType.UINT8)));
    public static final String THREAD = "main \"Ünter\", ;\n\u001b[2J";
    public static final int TID = 1007;
    public static final long LOST = 30;
    public static final long DISCARDED = 5;
    public static final long REFUSED = 3;

    /** Texts as they are in the trace, by what they are read as. */
    private static final List<Map.Entry<byte[], String>> TEXTS = List.of(
        text(""), text("12"), text("a\0b"), text("\0"), text("a\"b\"\""), text("a\r\nb\n"), text(",;\t\\"),
        text("\u2028\u2029\u202e\u0085\u007f\u001b[2J"), text("\ud83d\ude00 Ü"), text("null"), text("x".repeat(4096)),
        Map.entry(bytes(0xED, 0xA0, 0x80), "\ufffd"),
        Map.entry(bytes('a', 0xFF, 0xC0, 0x80, 'b'), "a\ufffd\ufffd\ufffdb"), Map.entry(bytes(0xE2, 0x82), "\ufffd"));

    private final TargetInfo target = TestTraces.target();
    private final List<List<Object>> rows = new ArrayList<>();

    private static Map.Entry<byte[], String> text(final String text) {
        return Map.entry(text.getBytes(StandardCharsets.UTF_8), text);
    }

    private static byte[] bytes(final int... bytes) {
        final byte[] result = new byte[bytes.length];
        IntStream.range(0, bytes.length).forEach(i -> result[i] = (byte) bytes[i]);
        return result;
    }

    /** What the events of {@link #ALL} hold, as {@link dev.sluice.store.read.StoredEvent} has values. */
    public List<List<Object>> rows() {
        return rows;
    }

    /** The text of a row as its bytes are in the trace, or null. */
    public byte[] text(final int row) {
        return rows.get(row).get(FieldType.STRING.ordinal()) == null ? null : TEXTS.get(row).getKey();
    }

    TargetInfo target() {
        return target;
    }

    /** Writes the trace: all rows in one ring, with missing events before the last, and a virtual thread's event. */
    public TraceReader write(final Path directory) {
        try (TraceWriter writer = TraceWriter.create(directory, TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(ALL, NAMES));
            writer.clock(0, new ClockTriple(0, 1_000_000, TestTraces.BEGIN_NS));
            writer.thread(0, new ThreadInfo(7, StreamClass.PLATFORM, 1, TID, 27, THREAD));
            writer.thread(0, new ThreadInfo(8, StreamClass.CARRIER, 1, 1008, 28, "carrier"));
            final PacketBuilder builder = new PacketBuilder(target.id(), 7);
            long ticks = 1_000;
            for (int i = 0; i < TEXTS.size() - 1; i++) {
                builder.event(ALL, ticks++, 0, row(i));
            }
            builder.event(NAMES, ticks++, 0, 1, 2, 3, 4).append(writer, 0);
            builder.skip(2, (int) LOST, 800).counts(DISCARDED, 0);
            writer.loss(0, new LossInfo(7, LossCause.BUFFER_FULL, LOST, 2));
            builder.event(ALL, ticks, 0, row(TEXTS.size() - 1)).append(writer, 0);
            final PacketBuilder carrier = new PacketBuilder(target.id(), 8, StreamClass.CARRIER);
            carrier.event(NAMES, ticks + 1, 77, 5, 6, 7, 8).append(writer, 0);
            writer.end(0, new EndInfo(EndKind.DETACHED, true, TestTraces.BEGIN_NS, List.of(
                new RingAccount(StreamKey.ofRing(7), builder.written(), DISCARDED, 0, LOST, 4, 0, 0),
                new RingAccount(StreamKey.ofRing(8), 1, 0, 0, 0, 1, 0, 0)), Map.of(RefusalCause.NO_SLOT, REFUSED)));
        }
        return TraceReader.open(directory);
    }

    private Object[] row(final int i) {
        final Map.Entry<byte[], String> text = TEXTS.get(i);
        final boolean isLow = i % 2 == 0;
        final double[] doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -0.0,
            Double.MIN_VALUE, Double.MAX_VALUE, 0.1};
        final float[] floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, -0.0F, Float.MIN_VALUE,
            Float.MAX_VALUE, 0.1F};
        final int code = i % 4 == 3 ? 7 : i % 4;
        final byte[] sequence = i == 0 ? new byte[0] : text.getKey();
        final boolean isNull = i % 4 == 2;
        final float single = floats[i % floats.length];
        final double number = doubles[i % doubles.length];
        final Object[] stored = {isLow ? -128L : 127L, isLow ? -32_768L : 32_767L,
            isLow ? (long) Integer.MIN_VALUE : Integer.MAX_VALUE, isLow ? Long.MIN_VALUE : Long.MAX_VALUE,
            isLow ? 0L : 255L, isLow ? 0L : 65_535L, isLow ? 0L : 4_294_967_295L,
            i % 3 == 0 ? 0L : i % 3 == 1 ? -1L : Long.MIN_VALUE, single, number, isLow,
            isNull ? 255L : (long) code, isNull ? 65_535L : (long) code, text.getKey(),
            isNull ? NullValue.bytes() : sequence};
        final List<Object> read = new ArrayList<>(Arrays.asList(stored));
        final List<String> labels = List.of("A", "b \"c\"");
        final String label = code < 2 ? labels.get(code) : "#" + code;
        read.set(7, i % 3 == 0 ? (Object) 0L
            : new BigInteger(i % 3 == 1 ? "18446744073709551615" : "9223372036854775808"));
        read.set(11, isNull ? null : label);
        read.set(12, isNull ? null : label);
        read.set(13, text.getValue());
        read.set(14, isNull ? null : sequence);
        if (i == 9) {
            stored[13] = NullValue.TEXT;
            read.set(13, null);
        }
        rows.add(read);
        return stored;
    }
}
