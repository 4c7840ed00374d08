// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.pair;

import dev.sluice.store.field.EventKinds;
import dev.sluice.store.field.EventKinds.Kind;
import dev.sluice.store.read.EventView;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds pairs of events in one reading. Memory grows with the begins that have no end yet, up to a bound, and not with
 * events. For one thread.
 * <pre>{@code
 * EventKinds kinds = new EventKinds(events);
 * Pairs pairs = new Pairs(List.of(new PairRule(kinds, PairName.parse("db:begin,db:end"), null)), handler);
 * events.forEach(pairs::accept);
 * pairs.finish();
 * }</pre>
 */
public final class Pairs {
    private final List<PairMatcher> matchers = new ArrayList<>();
    private final EventKinds.Table<List<PairMatcher>> byKind = new EventKinds.Table<>();

    /**
     * Makes an object that finds the pairs of these rules.
     *
     * @param handler gets each pair
     */
    public Pairs(final List<PairRule> rules, final PairHandler handler) {
        this(rules, handler, PairMatcher.CAPACITY);
    }

    Pairs(final List<PairRule> rules, final PairHandler handler, final int capacity) {
        for (final PairRule rule : rules) {
            final PairMatcher matcher = new PairMatcher(rule, handler, capacity);
            matchers.add(matcher);
            for (final Kind kind : rule.kinds()) {
                if (byKind.get(kind) == null) {
                    byKind.put(kind, new ArrayList<>());
                }
                byKind.get(kind).add(matcher);
            }
        }
    }

    /**
     * Takes the next event of the trace. It must get all events, because events may be missing before one that is in no
     * pair.
     */
    public void accept(final EventView event) {
        if (matchers.isEmpty()) {
            return;
        }
        if (event.missingBefore() != null) {
            matchers.forEach(matcher -> matcher.forget(event));
        }
        final List<PairMatcher> concerned = byKind.get(event);
        if (concerned != null) {
            for (int i = 0; i < concerned.size(); i++) {
                concerned.get(i).accept(event);
            }
        }
    }

    /** Ends the reading, after the last event. What has begun and not ended has no end. */
    public void finish() {
        matchers.forEach(PairMatcher::finish);
    }

    /** The figures of each rule, in the order of the rules. */
    public List<PairFigures> figures() {
        return matchers.stream().map(PairMatcher::figures).toList();
    }
}
