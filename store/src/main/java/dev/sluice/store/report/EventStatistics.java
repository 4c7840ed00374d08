// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.report;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.store.clock.TargetClock;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TargetTrace;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Count, time span and field statistics of one kind of event of one target. For one thread. */
public final class EventStatistics {
    private final TargetTrace target;
    private final EventSchema schema;
    private final List<FieldStatistics> fields = new ArrayList<>();
    private final TargetClock clock;
    private long count;
    private long firstTicks;
    private long lastTicks;

    EventStatistics(final TargetTrace target, final EventSchema schema, final TargetClock clock) {
        this.target = target;
        this.schema = schema;
        this.clock = clock;
    }

    void add(final EventView event) {
        if (count++ == 0) {
            addFields();
            firstTicks = event.ticks();
        }
        lastTicks = event.ticks();
        for (int i = 0; i < fields.size(); i++) {
            fields.get(i).add(event, i);
        }
    }

    /** The target whose events are counted. */
    public TargetTrace target() {
        return target;
    }

    /** The schema of the events. */
    public EventSchema schema() {
        return schema;
    }

    /** Number of events read. */
    public long count() {
        return count;
    }

    /** CLOCK_MONOTONIC of the first event, ns; it has no meaning if there is no event. */
    public long firstMonotonicNs() {
        return clock.monotonicNs(firstTicks);
    }

    /** CLOCK_MONOTONIC of the last event, ns; it has no meaning if there is no event. */
    public long lastMonotonicNs() {
        return clock.monotonicNs(lastTicks);
    }

    /**
     * Makes the statistics of fields with the first event, because a trace may declare very many events that never
     * fired.
     */
    private void addFields() {
        schema.fields().forEach(field -> fields.add(new FieldStatistics(field)));
    }

    /** The statistics of each field, in declared order. */
    public List<FieldStatistics> fields() {
        return count > 0 ? Collections.unmodifiableList(fields)
            : schema.fields().stream().map(FieldStatistics::new).toList();
    }
}
