// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.question;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.store.field.EventKinds;
import dev.sluice.store.field.EventKinds.Kind;
import dev.sluice.store.field.FieldName;
import dev.sluice.store.pair.OpenBegin;
import dev.sluice.store.pair.PairFigures;
import dev.sluice.store.pair.PairRule;
import dev.sluice.store.pair.ThreadId;
import dev.sluice.store.query.SelectionException;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.text.UnitText;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.PriorityQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds what took longest: pairs, or events by a field that is a duration. For one thread. */
final class SlowestAnswers {
    /** A unit at the end of a field's name, as in duration_ns and tookMs. */
    private static final Pattern UNIT = Pattern.compile("(?:_|(?<=[a-z0-9])(?=[NUM]?[Ss]$))([num]?s)$",
        Pattern.CASE_INSENSITIVE);

    private final SlowestQuestion question;
    /** The slow ones found so far; the shortest of them is at the head. */
    private final PriorityQueue<SlowOne> longest = new PriorityQueue<>(SlowOne.ORDER.reversed());
    private final EventKinds.Table<Integer> fields = new EventKinds.Table<>();

    /**
     * Finds the fields.
     *
     * @param question null if nothing is asked
     * @param hasPairs whether there are pairs; if no field is named, the slowest pairs are asked for
     * @throws SelectionException if there is nothing that could be slow
     */
    SlowestAnswers(final EventKinds kinds, final SlowestQuestion question, final boolean hasPairs) {
        this.question = question;
        if (question != null && question.of() != null) {
            final FieldName name = new FieldName(question.of());
            boolean isNumber = false;
            for (final Kind kind : kinds.having(name)) {
                final int index = name.indexIn(kind.schema());
                final FieldType type = kind.schema().fields().get(index).type();
                if (type.isInteger() || type == FieldType.FLOAT32 || type == FieldType.FLOAT64) {
                    fields.put(kind, index);
                    isNumber = true;
                }
            }
            if (!isNumber) {
                throw new SelectionException("field '" + question.of() + "' is no number, and nothing is the slowest"
                    + " by it");
            }
        } else if (question != null && !hasPairs) {
            throw new SelectionException("no events are pairs by their names: name pairs (--pair), or a field that is a"
                + " duration (--of)");
        }
    }

    private boolean isLonger(final FieldSchema field, final Number length) {
        return longest.size() < question.count() || longest.peek().compareLength(field, length) < 0;
    }

    private void add(final SlowOne one) {
        longest.add(one);
        if (longest.size() > question.count()) {
            longest.remove();
        }
    }

    /** Takes a pair. */
    void pair(final PairFigures pairs, final OpenBegin begin, final EventView end, final long latencyNs) {
        if (question != null && question.of() == null && isLonger(PairFigures.LATENCY, latencyNs)) {
            final PairRule rule = pairs.rule();
            final ThreadId endThread = ThreadId.of(end);
            add(new SlowOne(rule.label(), PairFigures.LATENCY, latencyNs, begin.monotonicNs(), end.monotonicNs(),
                begin.thread(), endThread, begin.threadName(), (event, isBegin) -> isBegin
                    ? rule.isBegin(event) && ThreadId.of(event).equals(begin.thread())
                    : rule.isEnd(event) && ThreadId.of(event).equals(endThread)));
        }
    }

    /** Takes an event. */
    void event(final EventView event) {
        if (question == null || question.of() == null) {
            return;
        }
        final Integer field = fields.get(event);
        if (field == null) {
            return;
        }
        final FieldSchema schema = event.schema().fields().get(field);
        final boolean isFloating = schema.type() == FieldType.FLOAT32 || schema.type() == FieldType.FLOAT64;
        final Number length = isFloating ? (Number) event.getDouble(field) : (Number) event.getLong(field);
        if (!Double.isNaN(length.doubleValue()) && isLonger(schema, length)) {
            final long endNs = event.monotonicNs();
            final ThreadId thread = ThreadId.of(event);
            final int id = event.schema().id();
            add(new SlowOne(event.schema().name(), schema, length, endNs - durationNs(schema, length), endNs, thread,
                thread, event.threadName(), (other, isBegin) -> !isBegin && other.schema().id() == id
                    && ThreadId.of(other).equals(thread) && isEqual(other, field, isFloating, length)));
        }
    }

    private static boolean isEqual(final EventView event, final int field, final boolean isFloating,
        final Number length) {
        return isFloating ? event.getDouble(field) == length.doubleValue() : event.getLong(field) == length.longValue();
    }

    /**
     * How long before its event something began, ns. This is known if the field has a unit of time, declared or at the
     * end of its name; if not, the result is 0.
     */
    private static long durationNs(final FieldSchema field, final Number length) {
        final Matcher named = UNIT.matcher(field.name());
        final double scale = !field.unit().isEmpty() ? UnitText.nsOf(field.unit())
            : named.find() ? UnitText.nsOf(named.group(1).toLowerCase(Locale.ROOT)) : 0;
        // Nothing in a trace took longer than ten years.
        final double ns = length.doubleValue() * scale;
        return ns < 0 || ns > 1L << 58 ? 0 : Math.round(ns);
    }

    /** The slow ones, the longest first, with what happened around each of them. */
    List<SlowOne> slowest(final TraceEvents events) {
        final List<SlowOne> found = new ArrayList<>(longest);
        found.sort(SlowOne.ORDER);
        if (!found.isEmpty()) {
            final Surroundings surroundings = new Surroundings(events);
            found.forEach(one -> surroundings.add(one, question.aroundNs()));
        }
        return found;
    }
}
