// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.pair;

import dev.sluice.store.field.FieldValue;
import dev.sluice.store.read.EventView;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the begin that an end belongs to. If the pairs have keys, it is the last begin with the same keys. If the two
 * events belong to one thread, it is that thread's last begin without an end. Begins without an end are kept up to a
 * bound; when it is reached, the oldest of them are given up. For one thread.
 */
final class PairMatcher {
    /** The most begins that are kept, and the most bytes of texts in their keys. */
    static final int CAPACITY = 1 << 18;
    private static final long MOST_WEIGHT = 16L << 20;

    private final PairRule rule;
    private final PairHandler handler;
    private final PairFigures figures;
    private final int capacity;
    private final Map<Object, OpenBegin> byKey = new LinkedHashMap<>();
    private final Map<ThreadId, Deque<OpenBegin>> byThread = new HashMap<>();
    private int nested;
    private long weight;

    PairMatcher(final PairRule rule, final PairHandler handler, final int capacity) {
        this.rule = rule;
        this.handler = handler;
        this.capacity = capacity;
        figures = new PairFigures(rule);
    }

    PairFigures figures() {
        return figures;
    }

    void accept(final EventView event) {
        final ThreadId thread = ThreadId.of(event);
        // An event that is both a begin and an end first ends what the event before has begun.
        if (rule.isEnd(event)) {
            end(event, thread);
        }
        if (rule.isBegin(event)) {
            figures.addBegin();
            final OpenBegin begin = new OpenBegin(event, thread, rule.byOfBegin(event));
            if (rule.isNested()) {
                push(thread, begin);
            } else {
                put(rule.key(event, thread, true), begin);
            }
        }
    }

    private void push(final ThreadId thread, final OpenBegin begin) {
        final Deque<OpenBegin> stack = byThread.computeIfAbsent(thread, key -> new ArrayDeque<>());
        stack.push(begin);
        if (++nested > capacity) {
            stack.removeLast();
            dropIfEmpty(thread, stack);
            nested--;
            figures.addGivenUp();
        }
    }

    private void dropIfEmpty(final ThreadId thread, final Deque<OpenBegin> stack) {
        if (stack.isEmpty()) {
            byThread.remove(thread);
        }
    }

    private void put(final Object key, final OpenBegin begin) {
        // A begin that comes again counts as the youngest.
        if (byKey.remove(key) != null) {
            figures.addBegunAgain();
        } else {
            weight += weight(key);
        }
        byKey.put(key, begin);
        for (final Iterator<Object> eldest = byKey.keySet().iterator();
            byKey.size() > capacity || weight > MOST_WEIGHT && byKey.size() > 1;) {
            weight -= weight(eldest.next());
            eldest.remove();
            figures.addGivenUp();
        }
    }

    private static long weight(final Object key) {
        long sum = 0;
        for (final Object value : (List<?>) key) {
            sum += FieldValue.weight(value);
        }
        return sum;
    }

    private void end(final EventView event, final ThreadId thread) {
        final OpenBegin begin;
        if (rule.isNested()) {
            final Deque<OpenBegin> stack = byThread.get(thread);
            begin = stack == null ? null : stack.pop();
            if (begin != null) {
                nested--;
                dropIfEmpty(thread, stack);
            }
        } else {
            final Object key = rule.key(event, thread, false);
            begin = byKey.remove(key);
            weight -= begin == null ? 0 : weight(key);
        }
        figures.addEnd(begin != null);
        if (begin != null) {
            final long latencyNs = event.monotonicNs() - begin.monotonicNs();
            figures.addLatency(latencyNs);
            handler.onPair(figures, begin, event, latencyNs);
        }
    }

    /**
     * Events of a thread are missing before this event. What that thread had begun may have ended among the missing
     * events.
     */
    void forget(final EventView event) {
        if (!rule.isNested()) {
            return;
        }
        final ThreadId thread = ThreadId.of(event);
        // It is unknown which virtual thread on the carrier has fired the missing events.
        byThread.entrySet().removeIf(entry -> {
            final ThreadId one = entry.getKey();
            final boolean isConcerned = one.equals(thread)
                || thread.virtualThreadId() != 0 && one.virtualThreadId() != 0 && one.target() == thread.target();
            if (isConcerned) {
                figures.addCut(entry.getValue().size());
                nested -= entry.getValue().size();
            }
            return isConcerned;
        });
    }

    /** Ends the reading, after the last event. */
    void finish() {
        figures.addOpen(nested + byKey.size());
    }
}
