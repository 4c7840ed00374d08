// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.live;

import dev.sluice.consumer.attach.TargetRegion;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.IdTable;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.packet.StreamClass;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Counts events by their kind. Knows the kinds that the target has declared so far. For one thread. */
final class EventCounts {
    private final TargetRegion region;
    private int schemaLength = -1;
    private EventWalker walker;
    private IdTable<long[]> counts = new IdTable<>();
    private Map<String, List<Integer>> ids = Map.of();
    private final PairGauge pairs;

    EventCounts(final TargetRegion region) {
        this.region = region;
        pairs = new PairGauge(region.clockFrequency());
        refresh();
    }

    /** Reads what was declared since. Returns whether there was anything. */
    boolean refresh() {
        final int length = region.schemaLength();
        if (length == schemaLength) {
            return false;
        }
        schemaLength = length;
        final List<EventSchema> schemas = TargetRegion.decodeSchema(region.schemaBytes(0, length));
        walker = new EventWalker(schemas);
        final IdTable<long[]> known = new IdTable<>();
        final Map<String, List<Integer>> named = new TreeMap<>();
        for (final EventSchema schema : schemas) {
            final long[] before = counts.get(schema.id());
            known.put(schema.id(), before == null ? new long[1] : before);
            // Several versions of a provider have events of one name.
            named.merge(schema.name(), List.of(schema.id()), EventCounts::both);
        }
        counts = known;
        ids = named;
        pairs.refresh(schemas);
        return true;
    }

    private static List<Integer> both(final List<Integer> some, final List<Integer> more) {
        final List<Integer> all = new ArrayList<>(some);
        all.addAll(more);
        return all;
    }

    /**
     * Number of events in some bytes, which begin with an event.
     *
     * @param address where they are
     * @param length  how many
     * @return {@link EventWalker#MALFORMED} if the bytes are not a sequence of whole events that are known
     */
    int count(final long address, final int length, final StreamClass streamClass) {
        int count = 0;
        int at = 0;
        while (at < length) {
            final int event = walker.lengthOf(address + at, length - at, streamClass);
            if (event == EventWalker.MALFORMED) {
                return EventWalker.MALFORMED;
            }
            at += EventDescriptor.align(event);
            count++;
        }
        return count;
    }

    /**
     * Adds events that {@link #count} has found to be sound, so many of them.
     *
     * @param first number of the first one among all of its ring
     */
    void add(final long address, final int events, final StreamClass streamClass, final long first) {
        pairs.beginSegment(first, first + events);
        long at = address;
        for (int i = 0; i < events; i++) {
            final long header = Memory.getLong(at);
            counts.get(EventDescriptor.id(header))[0]++;
            pairs.accept(header,
                streamClass.contextLength() == 0 ? 0 : Memory.getLong(at + EventDescriptor.HEADER_LENGTH));
            at += EventDescriptor.align(walker.lengthOf(at, Integer.MAX_VALUE, streamClass));
        }
    }

    /** What of the events that are added belongs to pairs. */
    PairGauge pairs() {
        return pairs;
    }

    /** What was added, by name; all that are declared. */
    Map<String, Long> byName() {
        final Map<String, Long> all = new TreeMap<>();
        ids.forEach((name, same) -> all.put(name, same.stream().mapToLong(id -> counts.get(id)[0]).sum()));
        return all;
    }
}
