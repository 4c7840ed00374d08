// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.event;

import java.util.List;

/**
 * What one event id means.
 *
 * @param id          event id, 1 to 65,534, never reused in a target
 * @param provider    name of the provider
 * @param tracepoint  name of the tracepoint in it
 * @param fields      fields in encoded order
 * @param description what the event means; empty if nothing was declared
 */
public record EventSchema(int id, String provider, String tracepoint, List<FieldSchema> fields, String description) {
    /** Least event id. */
    public static final int MIN_ID = 1;
    /** Greatest number of fields. */
    public static final int MAX_FIELDS = 64;
    /** Greatest event id. */
    public static final int MAX_ID = 65_534;

    /** Checks the id and copies the fields. */
    public EventSchema {
        if (id < MIN_ID || id > MAX_ID) {
            throw new IllegalArgumentException("event id out of range: id=" + id);
        }
        fields = List.copyOf(fields);
    }

    /** An event without a description. */
    public EventSchema(final int id, final String provider, final String tracepoint, final List<FieldSchema> fields) {
        this(id, provider, tracepoint, fields, "");
    }

    /** "provider:tracepoint". */
    public String name() {
        return provider + ':' + tracepoint;
    }

    /** Bytes of all fields together, or -1 if any field is variable. */
    public int fixedLength() {
        int length = 0;
        for (final FieldSchema field : fields) {
            if (field.type().isVariable()) {
                return -1;
            }
            length += field.type().lengthBytes();
        }
        return length;
    }
}
