// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.where;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.event.Glob;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Finds out which tracepoints begin and end the pairs that a session's choices set a least duration for. What cannot be
 * told apart in one thread is left as it is: its events are recorded however long they last, and {@link #requirePairs}
 * says why. For one thread.
 */
public final class PairBinder {
    private static final int MOST_NAMES = 20;
    private static final int MOST_KEYS = 8;

    private final List<EventChoice> choices;
    private final List<Point> points;
    private final long[] least;
    private final Role[] roles;
    private final Set<String> problems = new LinkedHashSet<>();
    private int bound;

    /**
     * A tracepoint.
     *
     * @param name "provider:tracepoint"
     */
    public record Point(String name, List<FieldSchema> fields) {
    }

    /**
     * What a tracepoint is to pairs.
     *
     * @param pair    which pairs
     * @param isBegin whether it begins them
     * @param leastNs how long they last at least, ns
     * @param keys    indexes of the fields that both events have in common; empty if only the thread tells
     */
    public record Role(EventPair pair, boolean isBegin, long leastNs, List<Integer> keys) {
    }

    /** What the fields of keys have in common that may be equal. */
    private enum Sort {
        INTEGER, FLOATING, TEXT, BYTES, ENUM8, ENUM16;

        static Sort of(final FieldType type) {
            return switch (type) {
                case FLOAT32, FLOAT64 -> FLOATING;
                case STRING -> TEXT;
                case BYTES -> BYTES;
                case ENUM8 -> ENUM8;
                case ENUM16 -> ENUM16;
                default -> INTEGER;
            };
        }
    }

    /** Binds a session's choices to all tracepoints that there are. */
    public PairBinder(final List<EventChoice> choices, final List<Point> points) {
        this.choices = List.copyOf(choices);
        this.points = List.copyOf(points);
        least = new long[points.size()];
        roles = new Role[points.size()];
        if (choices.stream().allMatch(choice -> choice.leastNs() == 0)) {
            return;
        }
        for (int i = 0; i < least.length; i++) {
            least[i] = leastOf(points.get(i).name());
        }
        final Set<EventPair> named = new LinkedHashSet<>();
        this.choices.forEach(choice -> named.addAll(choice.pairs()));
        named.forEach(pair -> bind(pair, true));
        byNames(named);
    }

    /** The duration that all choices agree on which select a tracepoint, ns; 0 if one of them wants all events. */
    private long leastOf(final String name) {
        long result = 0;
        for (final EventChoice choice : choices) {
            if (choice.selects(name)) {
                if (choice.leastNs() == 0) {
                    return 0;
                }
                result = result == 0 ? choice.leastNs() : Math.min(result, choice.leastNs());
            }
        }
        return result;
    }

    private void byNames(final Set<EventPair> named) {
        final TreeSet<String> names = new TreeSet<>();
        for (int i = 0; i < least.length; i++) {
            final String name = points.get(i).name();
            if (least[i] > 0 && roles[i] == null && choices.stream().anyMatch(choice -> choice.leastNs() > 0
                && choice.pairs().isEmpty() && choice.selects(name))) {
                names.add(name);
            }
        }
        final List<EventPair> found = PairWords.of(names);
        for (final EventPair pair : found) {
            // Of pairs that share an event, such as x_begin and x_start before one x_end, each begin would decide by
            // itself about the end.
            final boolean isShared = found.stream().filter(other -> other.begin().equals(pair.begin())
                || other.begin().equals(pair.end()) || other.end().equals(pair.begin())
                || other.end().equals(pair.end())).count() > 1;
            if (isShared) {
                problems.add("'" + pair.text() + "' shares an event with another pair, and which of them an event"
                    + " belongs to is not known while it is fired: name those that you mean, by --pair");
            } else {
                bind(pair, false);
            }
        }
        if (bound == 0 && named.isEmpty() && problems.isEmpty()) {
            problems.add("no two of the events that are selected are a pair by their names, such as query_begin and"
                + " query_end; there are " + listed() + ": name one by --pair BEGIN,END");
        }
    }

    private String listed() {
        final TreeSet<String> names = new TreeSet<>();
        for (int i = 0; i < least.length; i++) {
            if (least[i] > 0) {
                names.add(points.get(i).name());
            }
        }
        return names.isEmpty() ? "none" : names.stream().limit(MOST_NAMES).collect(Collectors.joining(", "))
            + (names.size() > MOST_NAMES ? " and " + (names.size() - MOST_NAMES) + " more" : "");
    }

    private List<Integer> fitting(final String pattern) {
        final Glob glob = Glob.ofEvents(pattern);
        final List<Integer> fitting = new ArrayList<>();
        for (int i = 0; i < least.length; i++) {
            if (least[i] > 0 && glob.matches(points.get(i).name())) {
                fitting.add(i);
            }
        }
        return fitting;
    }

    private void bind(final EventPair pair, final boolean isNamed) {
        final List<Integer> begins = fitting(pair.begin());
        final List<Integer> ends = fitting(pair.end());
        if (isNamed && begins.isEmpty() != ends.isEmpty()) {
            problems.add("no event that is selected fits '" + (begins.isEmpty() ? pair.begin() : pair.end())
                + "', which pairs are asked of; there are " + listed());
        }
        if (begins.isEmpty() || ends.isEmpty()) {
            return;
        }
        final String problem = problem(pair, begins, ends);
        if (!problem.isEmpty()) {
            problems.add("'" + pair.text() + "': " + problem);
            return;
        }
        long ns = Long.MAX_VALUE;
        for (final int i : begins) {
            ns = Math.min(ns, least[i]);
        }
        for (final int i : ends) {
            ns = Math.min(ns, least[i]);
        }
        for (final int i : begins) {
            roles[i] = new Role(pair, true, ns, keys(pair, i, true));
        }
        for (final int i : ends) {
            roles[i] = new Role(pair, false, ns, keys(pair, i, false));
        }
        bound++;
    }

    private String problem(final EventPair pair, final List<Integer> begins, final List<Integer> ends) {
        if (!pair.isOfThread()) {
            return "its two events may be fired by two threads, and events are held back by each thread for itself:"
                + " write '" + pair.text() + ",thread' if one thread fires both, or leave out --min-duration and ask"
                + " the trace";
        }
        if (pair.keys().size() > MOST_KEYS) {
            return "it has more than " + MOST_KEYS + " keys";
        }
        for (final int i : begins) {
            if (ends.contains(i)) {
                return "'" + points.get(i).name() + "' both begins and ends it, and an event that does cannot be held"
                    + " back: leave out --min-duration and ask the trace";
            }
        }
        final List<Integer> all = new ArrayList<>(begins);
        all.addAll(ends);
        for (final int i : all) {
            if (roles[i] != null) {
                return "'" + points.get(i).name() + "' belongs to '" + roles[i].pair().text() + "' too, and an event"
                    + " can be held back for one pair alone: leave out one of them";
            }
        }
        return keyProblem(pair, begins, ends);
    }

    private String keyProblem(final EventPair pair, final List<Integer> begins, final List<Integer> ends) {
        for (final EventPair.Key key : pair.keys()) {
            final Set<Sort> sorts = new LinkedHashSet<>();
            final List<Integer> all = new ArrayList<>(begins);
            all.addAll(ends);
            for (final int i : all) {
                final String text = begins.contains(i) ? key.ofBegin() : key.ofEnd();
                final Point point = points.get(i);
                final int field = EventPair.field(text, point.name(), point.fields());
                if (field != EventPair.NONE) {
                    sorts.add(Sort.of(point.fields().get(field).type()));
                } else if (!text.equals(EventPair.THREAD)) {
                    return "'" + point.name() + "' has no field '" + text + "'; there are " + (point.fields().isEmpty()
                        ? "no fields at all" : point.fields().stream().map(FieldSchema::name).sorted()
                        .limit(MOST_NAMES).collect(Collectors.joining(", ")));
                } else {
                    sorts.add(null);
                }
            }
            if (sorts.size() > 1) {
                return "the key '" + key.ofBegin() + "' has fields of different types, whose values are never equal";
            }
        }
        return "";
    }

    private List<Integer> keys(final EventPair pair, final int point, final boolean isBegin) {
        if (pair.keys().stream().allMatch(EventPair.Key::isThread)) {
            return List.of();
        }
        return pair.keys().stream().map(key -> EventPair.field(isBegin ? key.ofBegin() : key.ofEnd(),
            points.get(point).name(), points.get(point).fields())).filter(field -> field != EventPair.NONE).toList();
    }

    /** What each tracepoint is to pairs, in the order in which they were given; null for nothing. */
    public List<Role> roles() {
        return Arrays.asList(roles);
    }

    /**
     * Checks that events can be held back as it was asked for. Where no tracepoint is selected there is nothing to
     * check.
     *
     * @throws IllegalArgumentException if they cannot; the message says why, and what to do
     */
    public void requirePairs() {
        if (!problems.isEmpty()) {
            if (Arrays.stream(least).anyMatch(ns -> ns > 0)) {
                throw new IllegalArgumentException(problems.iterator().next());
            }
        } else if (bound == 0 && Arrays.stream(least).anyMatch(ns -> ns > 0)) {
            throw new IllegalArgumentException("no event that is selected belongs to a pair that is asked for; there"
                + " are " + listed());
        }
    }
}
