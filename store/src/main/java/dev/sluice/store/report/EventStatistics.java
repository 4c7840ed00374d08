// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.report;

import dev.sluice.ring.EventSchema;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TargetClock;
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

    /** Whose events. */
    public TargetTrace target() {
        return target;
    }

    /** What they mean. */
    public EventSchema schema() {
        return schema;
    }

    /** Events read. */
    public long count() {
        return count;
    }

    /** CLOCK_MONOTONIC of the first event, ns; meaningless if there is none. */
    public long firstMonotonicNs() {
        return clock.monotonicNs(firstTicks);
    }

    /** CLOCK_MONOTONIC of the last event. */
    public long lastMonotonicNs() {
        return clock.monotonicNs(lastTicks);
    }

    /** Not before they are needed: a trace may declare very many events that never fired. */
    private void addFields() {
        schema.fields().forEach(field -> fields.add(new FieldStatistics(field)));
    }

    /** Of each field, in declared order. */
    public List<FieldStatistics> fields() {
        return count > 0 ? Collections.unmodifiableList(fields)
            : schema.fields().stream().map(FieldStatistics::new).toList();
    }
}
