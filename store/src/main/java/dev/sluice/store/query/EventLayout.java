// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.query;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.memory.Memory;

/** Where the fields of one kind of event lie. Immutable: any thread. */
public final class EventLayout {
    /** What {@link #fixedOffset} returns for a field whose offset differs from event to event. */
    static final int NOT_FIXED = -1;

    private final EventSchema schema;
    private final FieldType[] types;
    /** For each field: how many fields of variable length are before it. */
    private final int[] variablesBefore;
    /**
     * For each field: bytes between it and the end of the last variable field before it. If there is no variable field
     * before it, these are the bytes from the first field on.
     */
    private final int[] distances;
    /** For each variable field: bytes of the fixed fields between it and the variable field before it. */
    private final int[] runs;

    /** Computes the layout of an event. */
    public EventLayout(final EventSchema schema) {
        this.schema = schema;
        final int count = schema.fields().size();
        types = new FieldType[count];
        variablesBefore = new int[count];
        distances = new int[count];
        runs = new int[count];
        int variables = 0;
        int distance = 0;
        for (int i = 0; i < count; i++) {
            final FieldSchema field = schema.fields().get(i);
            types[i] = field.type();
            variablesBefore[i] = variables;
            distances[i] = distance;
            if (field.type().isVariable()) {
                runs[variables++] = distance;
                distance = 0;
            } else {
                distance += field.type().lengthBytes();
            }
        }
    }

    /** The schema of the event. */
    public EventSchema schema() {
        return schema;
    }

    /** Number of fields. */
    public int fieldCount() {
        return types.length;
    }

    /** Type of a field. */
    public FieldType type(final int field) {
        return types[field];
    }

    /** Index of the field with a name, or -1 if there is no such field. */
    public int indexOf(final String name) {
        for (int i = 0; i < types.length; i++) {
            if (schema.fields().get(i).name().equals(name)) {
                return i;
            }
        }
        return -1;
    }

    /**
     * Bytes from the first field to another field, or {@link #NOT_FIXED} if a field of variable length lies between
     * them.
     */
    int fixedOffset(final int field) {
        return variablesBefore[field] == 0 ? distances[field] : NOT_FIXED;
    }

    /**
     * Address of a field in an event. The event's fields begin at the given address, and its whole length must have
     * been checked before.
     */
    public long fieldAddress(final long fieldsAddress, final int field) {
        long address = fieldsAddress;
        for (int i = 0; i < variablesBefore[field]; i++) {
            address += runs[i];
            address += Short.BYTES + Short.toUnsignedInt(Memory.getShort(address));
        }
        return address + distances[field];
    }
}
