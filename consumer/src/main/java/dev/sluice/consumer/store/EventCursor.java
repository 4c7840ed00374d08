// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.store;

import dev.sluice.ring.EventSchema;
import dev.sluice.ring.EventWalker;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the events of several rings in one time order: a k-way merge by a binary heap of one cursor a ring, so memory
 * is proportional to the number of rings. Allocates nothing per event. For one thread.
 * <pre>{@code
 * EventCursor cursor = reader.events();
 * while (cursor.next()) {
 *     EventView event = cursor.event();
 * }
 * }</pre>
 */
public final class EventCursor {
    private final RingCursor[] heap;
    private final EventView view;
    private int size;
    private boolean started;
    private long count;

    EventCursor(final TraceReader reader, final List<PacketStream> streams) {
        final boolean oneClock = streams.stream().map(PacketStream::target).distinct().count() <= 1;
        final Map<TargetTrace, EventWalker> walkers = new HashMap<>();
        final Map<TargetTrace, EventLayout[]> layouts = new HashMap<>();
        final Map<TargetTrace, TargetClock> clocks = new HashMap<>();
        final Crc32cOfMemory crc = new Crc32cOfMemory();
        heap = new RingCursor[streams.size()];
        for (final PacketStream stream : streams) {
            final TargetTrace target = stream.target();
            final EventWalker walker = walkers.computeIfAbsent(target, key -> new EventWalker(key.schemas()));
            final EventLayout[] layout = layouts.computeIfAbsent(target, EventCursor::layoutsOf);
            final TargetClock clock = oneClock ? null : clocks.computeIfAbsent(target, TargetTrace::clock);
            heap[size] = new RingCursor(reader, size, stream, walker, layout, clock, crc);
            size++;
        }
        view = new EventView(reader.targets());
    }

    private static EventLayout[] layoutsOf(final TargetTrace target) {
        int limit = 0;
        for (final EventSchema schema : target.schemas()) {
            limit = Math.max(limit, schema.id() + 1);
        }
        final EventLayout[] layouts = new EventLayout[limit];
        for (final EventSchema schema : target.schemas()) {
            layouts[schema.id()] = new EventLayout(schema);
        }
        return layouts;
    }

    /**
     * Moves to the next event.
     *
     * @return false after the last
     * @throws TraceStoreException if a packet is damaged; it names packet, ring and document
     */
    public boolean next() {
        if (!started) {
            start();
        } else if (size > 0) {
            if (!heap[0].advance()) {
                heap[0] = heap[--size];
                heap[size] = null;
            }
            siftDown(0);
        }
        if (size == 0) {
            return false;
        }
        view.point(heap[0]);
        count++;
        return true;
    }

    private void start() {
        started = true;
        int live = 0;
        for (int i = 0; i < size; i++) {
            if (heap[i].advance()) {
                heap[live++] = heap[i];
            }
        }
        size = live;
        for (int i = size / 2 - 1; i >= 0; i--) {
            siftDown(i);
        }
    }

    private void siftDown(final int from) {
        int i = from;
        final RingCursor moved = heap[i];
        while (true) {
            int child = 2 * i + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && heap[child + 1].isBefore(heap[child])) {
                child++;
            }
            if (!heap[child].isBefore(moved)) {
                break;
            }
            heap[i] = heap[child];
            i = child;
        }
        heap[i] = moved;
    }

    /** The event that {@link #next} has moved to: always the same flyweight. */
    public EventView event() {
        return view;
    }

    /** Events seen so far. */
    public long count() {
        return count;
    }
}
