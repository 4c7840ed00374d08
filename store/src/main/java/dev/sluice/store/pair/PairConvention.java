// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.pair;

import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.where.PairWords;
import dev.sluice.store.field.EventKinds;
import dev.sluice.store.field.EventKinds.Kind;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** Finds pairs that nobody has to name, because the names of their events show it: {@link PairWords}. Stateless. */
public final class PairConvention {
    private PairConvention() {
    }

    /** The pairs among the selected events, at most 200 kinds of them. */
    public static List<PairName> of(final EventKinds events) {
        final SortedSet<String> names = new TreeSet<>();
        events.all().stream().map(Kind::schema).map(EventSchema::name).forEach(names::add);
        return of(names);
    }

    /** The pairs among events of these names, at most 200 kinds of them. */
    public static List<PairName> of(final SortedSet<String> names) {
        return PairWords.of(names).stream().map(PairName::of).toList();
    }
}
