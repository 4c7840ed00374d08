// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.ring;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.SchemaCodec;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.region.Region;
import dev.sluice.target.jvm.Warnings;
import java.util.ArrayList;
import java.util.List;

/** The events that were declared in this target: their ids, and their schemas in the region's log. Any thread. */
public final class DeclaredEvents {
    private final Region region;
    /** Guarded by this object. */
    private final List<EventSchema> schemas = new ArrayList<>();
    private volatile EventWalker walker = new EventWalker(List.of());

    public DeclaredEvents(final Region region) {
        this.region = region;
    }

    /**
     * Declares an event: gives it an id and publishes its schema.
     *
     * @param description what the events mean, or an empty text
     * @param stub        address of its own probe, or 0 if it has none: two versions of a provider have probes with the
     *                    same name
     * @return the id, or 0 if the log has no room for the schema: then the tracepoint stays off
     */
    public synchronized int declare(final String provider, final String tracepoint, final List<FieldSchema> fields,
        final String description, final long stub) {
        final int id = schemas.size() + EventSchema.MIN_ID;
        if (id > EventSchema.MAX_ID) {
            Warnings.once("no event id left: " + provider + ':' + tracepoint + " stays off");
            return 0;
        }
        final EventSchema schema = new EventSchema(id, provider, tracepoint, fields, description);
        if (!region.appendSchema(SchemaCodec.encode(schema)) && !region.appendSchema(SchemaCodec.encodePlain(schema))) {
            Warnings.once("the schema log is full: " + provider + ':' + tracepoint + " stays off");
            return 0;
        }
        if (stub != 0 && !region.appendSchema(SchemaCodec.encodeSite(id, stub))) {
            Warnings.once("the schema log is full: " + provider + ':' + tracepoint + " is listed without its fields");
        }
        schemas.add(schema);
        walker = new EventWalker(schemas);
        return id;
    }

    /** A walker that knows all events declared so far. */
    public EventWalker walker() {
        return walker;
    }
}
