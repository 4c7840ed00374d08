// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.IdTable;
import dev.sluice.store.query.EventFilter;
import dev.sluice.store.query.EventLayout;
import dev.sluice.store.query.Selection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a cursor knows about events of one kind of one target, and whether it stops at such events. Immutable. */
final class EventPlan {
    final EventLayout layout;
    /** Length of all fields in bytes, or -1 if the length differs from event to event. */
    final int fixedLength;
    /** The filter, or null if no event of this kind is selected. */
    final EventFilter filter;

    private EventPlan(final EventLayout layout, final EventFilter filter) {
        this.layout = layout;
        this.filter = filter;
        fixedLength = layout.schema().fixedLength();
    }

    /**
     * Makes the plans of all events of some targets.
     *
     * @throws dev.sluice.store.query.SelectionException if the selection fits no event of any of the targets
     */
    static Map<TargetTrace, IdTable<EventPlan>> of(final List<TargetTrace> targets, final Selection selection) {
        return of(targets, selection, false);
    }

    /**
     * As above.
     *
     * @param isGrowing whether the selection may fit events that are declared later
     */
    static Map<TargetTrace, IdTable<EventPlan>> of(final List<TargetTrace> targets, final Selection selection,
        final boolean isGrowing) {
        final Map<TargetTrace, List<EventLayout>> layouts = new HashMap<>();
        final List<EventLayout> all = new ArrayList<>();
        for (final TargetTrace target : targets) {
            final List<EventLayout> ofTarget = new ArrayList<>();
            for (final EventSchema schema : target.schemas()) {
                ofTarget.add(new EventLayout(schema));
            }
            layouts.put(target, ofTarget);
            all.addAll(ofTarget);
        }
        final Map<EventLayout, EventFilter> filters = isGrowing ? selection.filtersSoFar(all) : selection.filters(all);
        final Map<TargetTrace, IdTable<EventPlan>> plans = new HashMap<>();
        layouts.forEach((target, ofTarget) -> {
            final IdTable<EventPlan> table = new IdTable<>();
            ofTarget.forEach(layout -> table.put(layout.schema().id(), new EventPlan(layout, filters.get(layout))));
            plans.put(target, table);
        });
        return plans;
    }
}
