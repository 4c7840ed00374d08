// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.packet;

import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.IdTable;
import dev.sluice.ring.memory.Memory;
import java.util.Arrays;
import java.util.Collection;

/**
 * Finds by the schema where events end. For readers of an open chunk, which has no count yet (R3), and for readers of
 * content that is not trusted. Immutable: any thread.
 */
public final class EventWalker {
    /** Returned by {@link #lengthOf} if the bytes are not a whole event that is known. */
    public static final int MALFORMED = -1;

    /**
     * For each event id: first the bytes of all fields, or -1 if their length varies; then, for each variable field,
     * the bytes of the fixed fields before it; last, the bytes of the fixed fields after the last variable field.
     */
    private final IdTable<int[]> shapes = new IdTable<>();

    /** Makes a walker for these events. */
    public EventWalker(final Collection<EventSchema> schemas) {
        schemas.forEach(this::add);
    }

    private void add(final EventSchema schema) {
        final int fixed = schema.fixedLength();
        shapes.put(schema.id(), fixed >= 0 ? new int[] {fixed} : shapeOf(schema));
    }

    private static int[] shapeOf(final EventSchema schema) {
        final int[] shape = new int[schema.fields().size() + 2];
        shape[0] = -1;
        int last = 1;
        for (final FieldSchema field : schema.fields()) {
            if (field.type().isVariable()) {
                last++;
            } else {
                shape[last] += field.type().lengthBytes();
            }
        }
        return Arrays.copyOf(shape, last + 1);
    }

    /** Whether an id is known. */
    public boolean knows(final int id) {
        return shapes.get(id) != null;
    }

    /**
     * Exact length in bytes of the event at an address, from its header word to the last byte of its last field.
     *
     * @param address     address of the event
     * @param available   number of bytes that may be read there
     * @param streamClass stream class of its ring, or null if the ring names a class that does not exist
     * @return the length, or {@link #MALFORMED}
     */
    public int lengthOf(final long address, final long available, final StreamClass streamClass) {
        if (streamClass == null) {
            return MALFORMED;
        }
        final int head = EventDescriptor.HEADER_LENGTH + streamClass.contextLength();
        if (available < head) {
            return MALFORMED;
        }
        final int id = EventDescriptor.id(Memory.getLong(address));
        final int[] shape = shapes.get(id);
        if (shape == null) {
            return MALFORMED;
        }
        long length = head;
        if (shape[0] >= 0) {
            length += shape[0];
        } else {
            final int last = shape.length - 1;
            for (int i = 1; i < last; i++) {
                length += shape[i] + Short.BYTES;
                if (length > available) {
                    return MALFORMED;
                }
                length += Short.toUnsignedInt(Memory.getShort(address + length - Short.BYTES));
            }
            length += shape[last];
        }
        return length <= available ? (int) length : MALFORMED;
    }
}
