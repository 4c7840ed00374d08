// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.pair;

import dev.sluice.store.field.EventKinds;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.text.Counted;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes slices of pairs of events, so that the slices of each thread are nested. An end closes the youngest open slice
 * that its kind of pairs has begun; slices that were begun after that one and are still open are closed at the same
 * time. An end that has nothing to close is an event like any other. If events of a thread are missing, its open slices
 * are closed, because their ends may be among the missing ones. Memory grows with open slices, up to a bound. For one
 * thread.
 */
public final class Slices {
    /** Viewers draw no more slices than this inside one another. */
    public static final int MOST_NESTED = 256;
    private static final int MOST_OPEN = 1 << 16;
    private static final String CROSSED = "no end was seen before the slice around it ended";
    private static final String CUT = "events are missing, and its end may be one of them";

    private final SliceHandler handler;
    private final List<PairRule> nested = new ArrayList<>();
    private final EventKinds.Table<Role> roles = new EventKinds.Table<>();
    private final Pairs pairs;
    private final Map<ThreadId, Deque<Open>> threads = new HashMap<>();
    private int open;
    private long tooMany;

    /** A slice that has no end yet: the number of its kind of pairs, and the name of the event. */
    private record Open(int rule, String name) {
    }

    /** Which kind of pairs an event begins and which ones it ends. */
    private record Role(int begins, int[] ends) {
        static final int NONE = -1;
    }

    /**
     * Finds the kinds of pairs in a trace.
     *
     * @param names pairs that the user names; if there are none, those of {@link PairConvention}
     * @throws dev.sluice.store.query.SelectionException if a pair does not fit the trace
     */
    public Slices(final TraceEvents events, final List<PairName> names, final SliceHandler handler) {
        this.handler = handler;
        final EventKinds kinds = new EventKinds(events);
        final List<PairRule> keyed = new ArrayList<>();
        for (final PairName name : names.isEmpty() ? PairConvention.of(kinds) : names) {
            (name.keys().isEmpty() ? nested : keyed).add(new PairRule(kinds, name, null));
        }
        pairs = new Pairs(keyed, this::pair);
    }

    private void pair(final PairFigures figures, final OpenBegin begin, final EventView end, final long latencyNs) {
        try {
            handler.pair(figures.rule().label(), begin, end);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Role role(final EventView event) {
        final Role known = roles.get(event);
        if (known != null) {
            return known;
        }
        int begins = Role.NONE;
        final List<Integer> ends = new ArrayList<>();
        for (int i = 0; i < nested.size(); i++) {
            if (begins == Role.NONE && nested.get(i).isBegin(event)) {
                begins = i;
            }
            if (nested.get(i).isEnd(event)) {
                ends.add(i);
            }
        }
        final Role role = new Role(begins, ends.stream().mapToInt(Integer::intValue).toArray());
        roles.put(new EventKinds.Kind(event.target(), event.schema()), role);
        return role;
    }

    /**
     * Takes the next event.
     *
     * @throws IOException if the handler throws it
     */
    public void accept(final EventView event) throws IOException {
        if (open > 0 && event.missingBefore() != null) {
            cut(event);
        }
        final Role role = role(event);
        final boolean hasEnded = role.ends.length > 0 && open > 0 && end(event, role.ends);
        if (role.begins != Role.NONE && hasRoom(event)) {
            push(event, role.begins);
        } else if (!hasEnded) {
            handler.instant(event);
        }
        pairs.accept(event);
    }

    private boolean hasRoom(final EventView event) {
        final Deque<Open> stack = threads.get(ThreadId.of(event));
        final boolean hasRoom = open < MOST_OPEN && (stack == null || stack.size() < MOST_NESTED);
        tooMany += hasRoom ? 0 : 1;
        return hasRoom;
    }

    private void push(final EventView event, final int rule) throws IOException {
        threads.computeIfAbsent(ThreadId.of(event), key -> new ArrayDeque<>())
            .push(new Open(rule, event.schema().name()));
        open++;
        handler.begin(event);
    }

    private boolean end(final EventView event, final int[] rules) throws IOException {
        final ThreadId thread = ThreadId.of(event);
        final Deque<Open> stack = threads.get(thread);
        final int depth = stack == null ? 0 : depth(stack, rules);
        if (depth == 0) {
            return false;
        }
        for (int i = 1; i < depth; i++) {
            pop(thread, stack);
            handler.endUnseen(thread, event, CROSSED);
        }
        pop(thread, stack);
        handler.end(event);
        return true;
    }

    /** How deep the youngest slice of these kinds lies, from 1; 0 if there is none. */
    private static int depth(final Deque<Open> stack, final int[] rules) {
        int depth = 0;
        for (final Open one : stack) {
            depth++;
            for (final int rule : rules) {
                if (one.rule == rule) {
                    return depth;
                }
            }
        }
        return 0;
    }

    private void pop(final ThreadId thread, final Deque<Open> stack) {
        stack.pop();
        open--;
        if (stack.isEmpty()) {
            threads.remove(thread);
        }
    }

    /** Events are missing before this one. Of virtual threads, any that the carrier has run may have fired them. */
    private void cut(final EventView event) throws IOException {
        final ThreadId thread = ThreadId.of(event);
        if (thread.virtualThreadId() == 0) {
            cut(event, thread, threads.remove(thread));
            return;
        }
        for (final Iterator<Map.Entry<ThreadId, Deque<Open>>> all = threads.entrySet().iterator(); all.hasNext();) {
            final Map.Entry<ThreadId, Deque<Open>> one = all.next();
            if (one.getKey().virtualThreadId() != 0 && one.getKey().target() == thread.target()) {
                all.remove();
                cut(event, one.getKey(), one.getValue());
            }
        }
    }

    private void cut(final EventView event, final ThreadId thread, final Deque<Open> stack) throws IOException {
        for (int i = stack == null ? 0 : stack.size(); i > 0; i--) {
            open--;
            handler.endUnseen(thread, event, CUT);
        }
    }

    /** Names of the events whose slices are open in an event's thread, the oldest first. */
    public List<String> openNames(final EventView event) {
        final Deque<Open> stack = threads.get(ThreadId.of(event));
        final List<String> names = new ArrayList<>();
        if (stack != null) {
            stack.descendingIterator().forEachRemaining(one -> names.add(one.name));
        }
        return names;
    }

    /** Says what the user will not find, if there is anything. */
    public Optional<String> notice() {
        return tooMany == 0 ? Optional.empty() : Optional.of(Counted.of(tooMany, "event")
            + " that could begin a slice stand alone, because " + MOST_NESTED + " slices of a thread, or " + MOST_OPEN
            + " in all, were open");
    }
}
