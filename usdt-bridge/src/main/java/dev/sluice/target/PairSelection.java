// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.where.EventChoice;
import dev.sluice.ring.where.PairBinder;
import dev.sluice.target.filter.FilterClass;
import dev.sluice.target.jvm.Warnings;
import dev.sluice.target.pair.HeldEvents;
import dev.sluice.target.pair.HeldPair;
import dev.sluice.target.pair.HeldRole;
import dev.sluice.target.pair.HeldRoles;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * What a session's selection makes of the tracepoints that pairs begin and end with. For one thread at a time; any
 * thread may ask {@link #roles} and {@link #isUsed}.
 */
final class PairSelection {
    private static final double NS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final int BITS_OFFSET = Short.BYTES;

    private final long frequency;
    private final HeldRoles roles = new HeldRoles();
    /** The kinds of pairs that this session has held back: a kind that comes again stays the same. */
    private final Map<List<Object>, HeldPair> pairs = new HashMap<>();
    private final Map<Integer, Made> made = new HashMap<>();
    private int numbers;
    private volatile boolean isUsed;
    private boolean hasDropped;

    /** A role, and what it was made of. */
    private record Made(PairBinder.Role bound, List<FieldSchema> fields, HeldRole role) {
    }

    /**
     * Begins without any.
     *
     * @param frequency of the clock, ticks a second
     */
    PairSelection(final long frequency) {
        this.frequency = frequency;
    }

    /** The roles that fires look up. */
    HeldRoles roles() {
        return roles;
    }

    /** Another session begins, or none. */
    void begin() {
        pairs.clear();
        made.clear();
        isUsed = false;
        hasDropped = false;
    }

    /** The pairs that are held back now. */
    Collection<HeldPair> current() {
        return pairs.values();
    }

    /** Whether anything may be held back in this session. */
    boolean isUsed() {
        return isUsed;
    }

    /** Whether a kind of pairs is not held back any more since this was asked last. */
    boolean takeDropped() {
        final boolean taken = hasDropped;
        hasDropped = false;
        return taken;
    }

    /**
     * Gives the tracepoints of pairs their roles, before their bits say so.
     *
     * @param all every tracepoint that there is
     * @return the ids of those whose events are held back
     */
    List<Integer> apply(final List<EventChoice> choices, final List<EnableWord> all) {
        final List<Integer> held = new ArrayList<>();
        if (choices.stream().allMatch(choice -> choice.leastNs() == 0)) {
            hasDropped |= !pairs.isEmpty();
            pairs.clear();
            return held;
        }
        final PairBinder binder = binder(choices, all);
        final List<PairBinder.Role> bound = binder.roles();
        final List<List<Object>> before = pairs.keySet().stream().toList();
        for (int i = 0; i < bound.size(); i++) {
            final PairBinder.Role role = bound.get(i);
            if (role == null) {
                continue;
            }
            try {
                final HeldPair pair = pair(role, isRecorded(role, bound, all) && !before.contains(kind(role)));
                roles.set(all.get(i).id(), role(role, pair, all.get(i)));
                held.add(all.get(i).id());
            } catch (final RuntimeException | LinkageError | VirtualMachineError e) {
                Warnings.failure("holding back " + all.get(i).name() + ", whose events are recorded however long they"
                    + " last", e);
            }
        }
        hasDropped |= pairs.keySet().retainAll(
            bound.stream().filter(Objects::nonNull).map(PairSelection::kind).toList());
        if (!held.isEmpty()) {
            isUsed = true;
            // No thread of the application loads it with its first event.
            Preload.withNested(HeldEvents.class, HeldRole.class, HeldPair.class);
        }
        return held;
    }

    /** Says why events of tracepoints are not held back that were meant to be. */
    void warn(final List<EventChoice> choices, final List<EnableWord> all) {
        try {
            binder(choices, all).requirePairs();
        } catch (final IllegalArgumentException e) {
            Warnings.once("events are recorded however long their pairs last: " + e.getMessage());
        }
    }

    private static PairBinder binder(final List<EventChoice> choices, final List<EnableWord> all) {
        return new PairBinder(choices,
            all.stream().map(word -> new PairBinder.Point(word.name(), word.point().fields())).toList());
    }

    private static List<Object> kind(final PairBinder.Role role) {
        return List.of(role.pair().begin(), role.pair().end(), role.pair().keys());
    }

    /** Whether begins may be recorded by now that were not held back as such pairs: their ends are wanted. */
    private static boolean isRecorded(final PairBinder.Role role, final List<PairBinder.Role> bound,
        final List<EnableWord> all) {
        for (int i = 0; i < bound.size(); i++) {
            final PairBinder.Role other = bound.get(i);
            if (other != null && other.isBegin() && other.pair().equals(role.pair())) {
                final int bits = Memory.getShort(all.get(i).address() + BITS_OFFSET);
                if ((bits & EnableWord.RING_ON) != 0) {
                    return true;
                }
            }
        }
        return false;
    }

    private HeldPair pair(final PairBinder.Role role, final boolean isLenient) {
        final long leastTicks = Math.max(1, (long) Math.ceil(role.leastNs() * (frequency / NS_PER_SECOND)));
        final HeldPair known = pairs.get(kind(role));
        final HeldPair pair = known == null ? new HeldPair(++numbers, leastTicks, isLenient)
            : new HeldPair(known.number(), leastTicks, known.isLenient() || isLenient);
        pairs.put(kind(role), pair);
        return pair;
    }

    private HeldRole role(final PairBinder.Role bound, final HeldPair pair, final EnableWord word) {
        final Made known = made.get(word.id());
        if (known != null && known.bound.equals(bound) && known.role.pair().equals(pair)) {
            return known.role;
        }
        final List<FieldSchema> fields = word.point().fields();
        final HeldRole role = new HeldRole(pair, bound.isBegin(),
            bound.keys().isEmpty() ? null : FilterClass.key(fields, bound.keys()), bound.keys().size());
        made.put(word.id(), new Made(bound, fields, role));
        return role;
    }
}
