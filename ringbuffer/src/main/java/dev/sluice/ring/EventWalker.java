// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

import java.util.Arrays;
import java.util.Collection;

/**
 * Finds where events end, by the schema: for readers of a partial chunk, which has no count yet (R3), and of anything
 * that is not trusted. One instance per thread, or immutable use by many: it has no state after construction.
 */
public final class EventWalker {
    /** Returned by {@link #lengthOf} where the bytes are no whole, known event. */
    public static final int MALFORMED = -1;

    /** By id: bytes of all fields if fixed, else -1; then the fixed runs before each variable field, and the last. */
    private final IdTable<int[]> shapes = new IdTable<>();

    /** A walker for these events. */
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
     * Exact bytes of the event at an address, from its header word to the last byte of its last field.
     *
     * @param address     where it begins
     * @param available   bytes that may be read there
     * @param streamClass stream class of its ring
     * @return the length, or {@link #MALFORMED}
     */
    public int lengthOf(final long address, final long available, final int streamClass) {
        final int head = EventDescriptor.HEADER_LENGTH
            + (streamClass == PacketHeaderDescriptor.STREAM_CARRIER ? EventDescriptor.VIRTUAL_THREAD_ID_LENGTH : 0);
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
