// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.event;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Encoding of what an event and its fields mean, an entry of the schema log that follows the event's own:
 * <pre>
 *  u32 length of the entry, padding included | u16 3 | u16 event id
 *  string description of the event | u16 number of notes
 *  each note: u16 index of the field | string unit | string description
 *  string: u16 length in bytes, UTF-8
 * </pre>
 * Stateless: any thread.
 */
final class SchemaNotes {
    private static final int HEAD_LENGTH = 8;

    private SchemaNotes() {
    }

    /** Whether anything is declared beside names and types. */
    static boolean has(final EventSchema schema) {
        return !schema.description().isEmpty() || schema.fields().stream().anyMatch(SchemaNotes::has);
    }

    private static boolean has(final FieldSchema field) {
        return !field.unit().isEmpty() || !field.description().isEmpty();
    }

    /**
     * Encodes the entry.
     *
     * @throws IllegalArgumentException if a text has more than 65,535 bytes of UTF-8
     */
    static byte[] encode(final EventSchema schema) {
        int length = HEAD_LENGTH + SchemaCodec.encodedLength(schema.description()) + Short.BYTES;
        int count = 0;
        for (final FieldSchema field : schema.fields()) {
            if (has(field)) {
                count++;
                length += Short.BYTES + SchemaCodec.encodedLength(field.unit())
                    + SchemaCodec.encodedLength(field.description());
            }
        }
        final ByteBuffer buffer = SchemaCodec.entry(length, SchemaCodec.KIND_NOTES, schema.id());
        SchemaCodec.putString(buffer, schema.description());
        buffer.putShort((short) count);
        for (int i = 0; i < schema.fields().size(); i++) {
            final FieldSchema field = schema.fields().get(i);
            if (has(field)) {
                buffer.putShort((short) i);
                SchemaCodec.putString(buffer, field.unit());
                SchemaCodec.putString(buffer, field.description());
            }
        }
        return buffer.array();
    }

    /**
     * Adds the notes to the last event that was decoded. Notes of another event are stepped over: they are for people,
     * and no event depends on them.
     *
     * @param entry   stands behind the kind
     * @param schemas what was decoded so far; its last element is replaced
     * @throws IllegalArgumentException           if a note is of a field that the event does not have
     * @throws java.nio.BufferUnderflowException if the entry is shorter than what it holds
     */
    static void decode(final ByteBuffer entry, final List<EventSchema> schemas) {
        final int id = Short.toUnsignedInt(entry.getShort());
        final int last = schemas.size() - 1;
        if (last < 0 || schemas.get(last).id() != id) {
            return;
        }
        final EventSchema schema = schemas.get(last);
        final String description = SchemaCodec.getString(entry);
        final List<FieldSchema> fields = new ArrayList<>(schema.fields());
        final int count = Short.toUnsignedInt(entry.getShort());
        for (int i = 0; i < count; i++) {
            final int index = Short.toUnsignedInt(entry.getShort());
            if (index >= fields.size()) {
                throw new IllegalArgumentException("a note of a field that is not there: event=" + schema.name()
                    + " field=" + index + " fields=" + fields.size());
            }
            fields.set(index, fields.get(index).with(SchemaCodec.getString(entry), SchemaCodec.getString(entry)));
        }
        schemas.set(last, new EventSchema(id, schema.provider(), schema.tracepoint(), fields, description));
    }
}
