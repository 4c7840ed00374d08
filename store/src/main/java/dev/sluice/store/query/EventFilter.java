// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.query;

/** Selects events of one kind. It allocates nothing, but for patterns (=~) of texts. Immutable: any thread. */
public final class EventFilter {
    /** Selects every event. */
    public static final EventFilter ALL = new EventFilter(null);

    private final Condition condition;

    private EventFilter(final Condition condition) {
        this.condition = condition;
    }

    /** Makes a filter of a condition. Returns null if the condition can select no event. */
    static EventFilter of(final Condition condition) {
        if (condition instanceof Condition.Constant constant) {
            return constant.value == Condition.YES ? ALL : null;
        }
        return new EventFilter(condition);
    }

    /** Whether every event is selected. */
    public boolean isAll() {
        return condition == null;
    }

    /**
     * Whether an event is selected.
     *
     * @param fieldsAddress where the event's first field is; the whole event must have been checked before
     */
    public boolean selects(final long fieldsAddress) {
        return condition == null || condition.test(fieldsAddress) == Condition.YES;
    }
}
