// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.event;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Encoding of {@link EventSchema}s in the schema log and in the trace's schema document: entries one after another,
 * little-endian, each padded to 8 bytes.
 * <pre>
 *  u32 length of the entry, padding included | u16 kind | u16 event id
 *  string provider | string tracepoint | u16 number of fields
 *  each field: u8 type | u8 reserved | string name | for enums: u16 number of labels, string each
 *  string: u16 length in bytes, UTF-8
 * </pre>
 * An entry of kind 2 says where the probe of an event is: {@code u32 length | u16 2 | u16 event id | u64 address} in
 * the target's memory. One of kind 3 says what an event and its fields mean, where that was declared
 * ({@link SchemaNotes}); it becomes visible together with the entry of kind 1.
 * <p>
 * Readers skip kinds they do not know by the length. Stateless: any thread.
 */
public final class SchemaCodec {
    /** Kind of an entry that declares an event. */
    public static final int KIND_EVENT = 1;

    /** Kind of an entry that says where an event's own probe is. */
    public static final int KIND_SITE = 2;

    /** Kind of an entry with units and descriptions of an event. */
    public static final int KIND_NOTES = 3;

    private static final int ENTRY_HEADER_LENGTH = 8;

    private SchemaCodec() {
    }

    /**
     * Encodes an event: one entry, or two if it has units or descriptions.
     *
     * @throws IllegalArgumentException if a text has more than 65,535 bytes of UTF-8
     */
    public static byte[] encode(final EventSchema schema) {
        final byte[] event = encodePlain(schema);
        if (!SchemaNotes.has(schema)) {
            return event;
        }
        final byte[] notes = SchemaNotes.encode(schema);
        final byte[] both = Arrays.copyOf(event, event.length + notes.length);
        System.arraycopy(notes, 0, both, event.length, notes.length);
        return both;
    }

    /** Encodes an event without its units and descriptions, as {@link #encode} does with them. */
    public static byte[] encodePlain(final EventSchema schema) {
        int length = ENTRY_HEADER_LENGTH + encodedLength(schema.provider()) + encodedLength(schema.tracepoint())
            + Short.BYTES;
        for (final FieldSchema field : schema.fields()) {
            length += Short.BYTES + encodedLength(field.name());
            if (field.type().isEnum()) {
                length += Short.BYTES;
                for (final String label : field.labels()) {
                    length += encodedLength(label);
                }
            }
        }
        final ByteBuffer buffer = entry(length, KIND_EVENT, schema.id());
        putString(buffer, schema.provider());
        putString(buffer, schema.tracepoint());
        buffer.putShort((short) schema.fields().size());
        for (final FieldSchema field : schema.fields()) {
            buffer.put((byte) field.type().code()).put((byte) 0);
            putString(buffer, field.name());
            if (field.type().isEnum()) {
                buffer.putShort((short) field.labels().size());
                field.labels().forEach(label -> putString(buffer, label));
            }
        }
        return buffer.array();
    }

    /** Encodes where the probe of an event is in the target's memory. */
    public static byte[] encodeSite(final int id, final long address) {
        return entry(ENTRY_HEADER_LENGTH + Long.BYTES, KIND_SITE, id).putLong(address).array();
    }

    /** An entry with its head; zeros follow. */
    static ByteBuffer entry(final int length, final int kind, final int id) {
        final ByteBuffer buffer = ByteBuffer.allocate(EventDescriptor.align(length)).order(ByteOrder.LITTLE_ENDIAN);
        return buffer.putInt(buffer.capacity()).putShort((short) kind).putShort((short) id);
    }

    /**
     * Event ids by the addresses of their probes, from all entries of a log, which is not trusted.
     *
     * @throws IllegalArgumentException naming the offset, if the bytes are no schema log
     */
    public static Map<Long, Integer> decodeSites(final byte[] log) {
        final Map<Long, Integer> sites = new HashMap<>();
        int offset = 0;
        while (offset < log.length) {
            final ByteBuffer entry = entryAt(log, offset);
            offset += entry.capacity();
            entry.position(Integer.BYTES);
            if (entry.getShort() == KIND_SITE && entry.remaining() >= Short.BYTES + Long.BYTES) {
                final int id = Short.toUnsignedInt(entry.getShort());
                sites.put(entry.getLong(), id);
            }
        }
        return sites;
    }

    /**
     * Decodes all entries of a log, which is not trusted.
     *
     * @throws IllegalArgumentException naming the offset, if the bytes are no schema log
     */
    public static List<EventSchema> decode(final byte[] log) {
        return decode(log, problem -> {
            throw new IllegalArgumentException(problem);
        });
    }

    /**
     * Decodes the entries of a log that can be decoded.
     *
     * @param problems is told of each entry that cannot be decoded; behind an entry whose length is damaged, no entry
     *                 can be
     */
    public static List<EventSchema> decode(final byte[] log, final Consumer<String> problems) {
        final List<EventSchema> schemas = new ArrayList<>();
        int offset = 0;
        while (offset < log.length) {
            final ByteBuffer entry;
            try {
                entry = entryAt(log, offset);
            } catch (final IllegalArgumentException e) {
                problems.accept(e.getMessage());
                return schemas;
            }
            entry.position(Integer.BYTES);
            try {
                final int kind = entry.getShort();
                if (kind == KIND_EVENT) {
                    schemas.add(decodeEvent(entry));
                } else if (kind == KIND_NOTES) {
                    SchemaNotes.decode(entry, schemas);
                }
            } catch (final BufferUnderflowException | IllegalArgumentException e) {
                problems.accept("schema log is damaged: offset=" + offset + ": " + (e.getMessage() == null
                    ? "the entry is shorter than what it holds" : e.getMessage()));
            }
            offset += entry.capacity();
        }
        return schemas;
    }

    private static ByteBuffer entryAt(final byte[] log, final int offset) {
        final int left = log.length - offset;
        final int length = left < ENTRY_HEADER_LENGTH ? -1
            : ByteBuffer.wrap(log).order(ByteOrder.LITTLE_ENDIAN).getInt(offset);
        if (length < ENTRY_HEADER_LENGTH || length > left || length != EventDescriptor.align(length)) {
            throw new IllegalArgumentException(
                "schema log is damaged: offset=" + offset + " length=" + length + " left=" + left);
        }
        return ByteBuffer.wrap(log, offset, length).slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    private static EventSchema decodeEvent(final ByteBuffer entry) {
        final int id = Short.toUnsignedInt(entry.getShort());
        final String provider = getString(entry);
        final String tracepoint = getString(entry);
        final int fieldCount = Short.toUnsignedInt(entry.getShort());
        if (fieldCount > EventSchema.MAX_FIELDS) {
            throw new IllegalArgumentException("too many fields: event=" + provider + ':' + tracepoint + " fields="
                + fieldCount + " limit=" + EventSchema.MAX_FIELDS);
        }
        final List<FieldSchema> fields = new ArrayList<>();
        for (int i = 0; i < fieldCount; i++) {
            final FieldType type = FieldType.ofCode(entry.get());
            entry.get();
            final String name = getString(entry);
            final List<String> labels = new ArrayList<>();
            if (type.isEnum()) {
                final int labelCount = Short.toUnsignedInt(entry.getShort());
                for (int j = 0; j < labelCount; j++) {
                    labels.add(getString(entry));
                }
            }
            fields.add(new FieldSchema(name, type, labels));
        }
        return new EventSchema(id, provider, tracepoint, fields);
    }

    static int encodedLength(final String text) {
        final int length = text.getBytes(StandardCharsets.UTF_8).length;
        if (length > EventDescriptor.MAX_VARIABLE_LENGTH) {
            throw new IllegalArgumentException("name too long: bytes=" + length + " limit="
                + EventDescriptor.MAX_VARIABLE_LENGTH);
        }
        return Short.BYTES + length;
    }

    static void putString(final ByteBuffer buffer, final String text) {
        final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        buffer.putShort((short) bytes.length).put(bytes);
    }

    static String getString(final ByteBuffer buffer) {
        final byte[] bytes = new byte[Short.toUnsignedInt(buffer.getShort())];
        buffer.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
