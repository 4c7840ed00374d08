// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.schema;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Decodes packets and schema documents by the words of the wire format alone: little-endian; a packet header with its
 * own length at 110, the content's bits at 40 and the number of events at 96; events that begin at multiples of 8 with
 * a word of 48 bits of ticks and 16 of id; fields byte by byte. Shares no code with the library.
 */
final class WireDecoder {
    private static final int MAGIC = 0xC1FC1FC1;
    private static final int EVENT_ENTRY = 1;

    private final Map<Integer, Declared> declared = new HashMap<>();

    /** A declared field: its code is the schema log's. */
    record DeclaredField(String name, int code, List<String> labels) {
    }

    /** A declared event. */
    record Declared(String name, List<DeclaredField> fields) {
    }

    /**
     * A decoded event. Integers, truth values and labels' indexes are Long (of 64 unsigned bits, those bits), floats
     * Integer and doubles Long as their bits, texts and bytes arrays.
     */
    record Decoded(Declared event, List<Object> values) {
    }

    private static ByteBuffer little(final byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static byte[] sized(final ByteBuffer from) {
        final byte[] bytes = new byte[Short.toUnsignedInt(from.getShort())];
        from.get(bytes);
        return bytes;
    }

    private static String text(final ByteBuffer from) {
        return new String(sized(from), StandardCharsets.UTF_8);
    }

    /** Takes the entries of a schema document. */
    void schema(final byte[] document) {
        final ByteBuffer log = little(document);
        while (log.hasRemaining()) {
            final int begin = log.position();
            final int length = log.getInt();
            if (log.getShort() == EVENT_ENTRY) {
                final int id = Short.toUnsignedInt(log.getShort());
                final String name = text(log) + ':' + text(log);
                final List<DeclaredField> fields = new ArrayList<>();
                for (int i = Short.toUnsignedInt(log.getShort()); i > 0; i--) {
                    fields.add(field(log));
                }
                declared.put(id, new Declared(name, fields));
            }
            log.position(begin + length);
        }
    }

    private static DeclaredField field(final ByteBuffer log) {
        final int code = log.get();
        log.get();
        final String name = text(log);
        final List<String> labels = new ArrayList<>();
        if (code == 12 || code == 13) {
            for (int i = Short.toUnsignedInt(log.getShort()); i > 0; i--) {
                labels.add(text(log));
            }
        }
        return new DeclaredField(name, code, labels);
    }

    /** All declared events. */
    Map<Integer, Declared> declared() {
        return declared;
    }

    /** The events of a packet. */
    List<Decoded> packet(final byte[] bytes) {
        final ByteBuffer packet = little(bytes);
        if (packet.getInt(0) != MAGIC || packet.getInt(4) != 0) {
            throw new AssertionError("no packet of a platform thread's ring");
        }
        final int end = (int) (packet.getLong(40) / 8);
        final List<Decoded> events = new ArrayList<>();
        packet.position(Short.toUnsignedInt(packet.getShort(110)));
        while (packet.position() < end) {
            packet.position(packet.position() + 7 & -8);
            final int id = (int) packet.getLong() & 0xFFFF;
            final Declared event = declared.get(id);
            if (event == null) {
                throw new AssertionError("id " + id + " is not declared");
            }
            final List<Object> values = new ArrayList<>();
            event.fields().forEach(field -> values.add(value(field.code(), packet)));
            events.add(new Decoded(event, values));
        }
        if (packet.position() != end || events.size() != packet.getInt(96)) {
            throw new AssertionError("content ends at " + packet.position() + " with " + events.size()
                + " events, the header says " + end + " and " + packet.getInt(96));
        }
        return events;
    }

    private static Object value(final int code, final ByteBuffer from) {
        return switch (code) {
            case 1 -> (long) from.get();
            case 2 -> (long) from.getShort();
            case 3 -> (long) from.getInt();
            case 4, 8, 10 -> from.getLong();
            case 5, 11, 12 -> (long) Byte.toUnsignedInt(from.get());
            case 6, 13 -> (long) Short.toUnsignedInt(from.getShort());
            case 7 -> Integer.toUnsignedLong(from.getInt());
            case 9 -> from.getInt();
            case 14, 15 -> sized(from);
            default -> throw new AssertionError("unknown type " + code);
        };
    }
}
