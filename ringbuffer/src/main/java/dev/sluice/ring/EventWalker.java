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

    private static final int NO_SCHEMA = Integer.MIN_VALUE;
    private static final int[] NO_VARIABLES = {};

    /** By id: bytes of all fields if fixed, else minus one, or NO_SCHEMA. */
    private int[] fixedLengths = new int[0];
    /** By id, for variable events: bytes of each fixed run before the next variable field; the last run closes. */
    private int[][] runs = new int[0][];

    /** A walker for these events. */
    public EventWalker(final Collection<EventSchema> schemas) {
        schemas.forEach(this::add);
    }

    private void add(final EventSchema schema) {
        if (schema.id() >= fixedLengths.length) {
            final int from = fixedLengths.length;
            final int length = Math.max(schema.id() + 1, from * 2);
            fixedLengths = Arrays.copyOf(fixedLengths, length);
            Arrays.fill(fixedLengths, from, length, NO_SCHEMA);
            runs = Arrays.copyOf(runs, length);
        }
        fixedLengths[schema.id()] = schema.fixedLength();
        runs[schema.id()] = schema.fixedLength() >= 0 ? NO_VARIABLES : runsOf(schema);
    }

    private static int[] runsOf(final EventSchema schema) {
        final int[] lengths = new int[schema.fields().size() + 1];
        int count = 0;
        for (final FieldSchema field : schema.fields()) {
            if (field.type().isVariable()) {
                count++;
            } else {
                lengths[count] += field.type().lengthBytes();
            }
        }
        return Arrays.copyOf(lengths, count + 1);
    }

    /** Whether an id is known. */
    public boolean knows(final int id) {
        return id < fixedLengths.length && fixedLengths[id] != NO_SCHEMA;
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
        if (!knows(id)) {
            return MALFORMED;
        }
        long length = head;
        if (fixedLengths[id] >= 0) {
            length += fixedLengths[id];
        } else {
            final int[] lengths = runs[id];
            for (int i = 0; i < lengths.length - 1; i++) {
                length += lengths[i] + Short.BYTES;
                if (length > available) {
                    return MALFORMED;
                }
                length += Short.toUnsignedInt(Memory.getShort(address + length - Short.BYTES));
            }
            length += lengths[lengths.length - 1];
        }
        return length <= available ? (int) length : MALFORMED;
    }
}
