// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.EventSchema;
import dev.sluice.ring.FieldSchema;
import dev.sluice.ring.FieldType;
import dev.sluice.ring.Memory;

/** Where the fields of one kind of event lie. Immutable. */
final class EventLayout {
    final EventSchema schema;
    final FieldType[] types;
    /** By field: variable fields before it. */
    private final int[] variablesBefore;
    /** By field: bytes between the end of the last variable field before it (or the first field) and the field. */
    private final int[] distances;
    /** By variable field: bytes of the fixed fields before it, back to the variable field before. */
    private final int[] runs;

    EventLayout(final EventSchema schema) {
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

    /** Address of a field in an event whose fields begin at an address and whose whole length was checked. */
    long fieldAddress(final long fieldsAddress, final int field) {
        long address = fieldsAddress;
        for (int i = 0; i < variablesBefore[field]; i++) {
            address += runs[i];
            address += Short.BYTES + Short.toUnsignedInt(Memory.getShort(address));
        }
        return address + distances[field];
    }
}
