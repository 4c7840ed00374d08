// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.pair;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.Glob;
import dev.sluice.store.field.EventKinds;
import dev.sluice.store.field.EventKinds.Kind;
import dev.sluice.store.field.FieldName;
import dev.sluice.store.field.FieldValue;
import dev.sluice.store.field.ThreadLabel;
import dev.sluice.store.query.SelectionException;
import dev.sluice.store.read.EventView;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * One kind of pairs of a trace: which events begin and end them, what the two events have in common, and by which field
 * the pairs are told apart. The two events of a pair belong to one target, unless no target has both kinds of events.
 * For one thread.
 */
public final class PairRule {
    private static final int MOST_NAMES = 40;

    private final PairName name;
    private final EventKinds.Table<int[]> begins = new EventKinds.Table<>();
    private final EventKinds.Table<int[]> ends = new EventKinds.Table<>();
    private final List<Kind> kinds = new ArrayList<>();
    private final boolean isOfThread;
    private final boolean isAcrossTargets;
    private final FieldName by;
    private boolean isByThread;
    private boolean isByOfBegin;
    private FieldSchema byField;
    private final ThreadLabel threads = new ThreadLabel();

    /**
     * Finds the events.
     *
     * @param by field by which pairs are told apart: a field of the begin or, if the begin does not have it, of the
     *           end; null for none
     * @throws SelectionException if no selected event has such a name, or one of the events has no such field
     */
    public PairRule(final EventKinds events, final PairName name, final FieldName by) {
        this.name = name;
        this.by = by;
        final List<Kind> beginning = fitting(events, name.begin());
        final List<Kind> ending = fitting(events, name.end());
        isOfThread = name.keys().isEmpty() || name.keys().stream().anyMatch(PairName.Key::isThread);
        isAcrossTargets = beginning.stream().noneMatch(one ->
            ending.stream().anyMatch(other -> other.target() == one.target()));
        for (final Kind kind : beginning) {
            begins.put(kind, keys(kind, name.keys().stream().map(PairName.Key::ofBegin).toList()));
        }
        for (final Kind kind : ending) {
            ends.put(kind, keys(kind, name.keys().stream().map(PairName.Key::ofEnd).toList()));
        }
        kinds.addAll(beginning);
        ending.stream().filter(kind -> !kinds.contains(kind)).forEach(kinds::add);
        if (by != null) {
            findBy(beginning, ending);
        }
    }

    private static List<Kind> fitting(final EventKinds events, final String pattern) {
        final Glob glob = Glob.ofEvents(pattern);
        // A name without a pattern is compared as it is, because a trace may have very many events and pairs of them.
        final boolean isName = pattern.matches("[^*?]*:[^*?]*");
        final List<Kind> kinds = events.all().stream().filter(kind ->
            isName ? pattern.equals(kind.schema().name()) : glob.matches(kind.schema().name())).toList();
        if (kinds.isEmpty()) {
            final TreeSet<String> names = new TreeSet<>();
            events.all().forEach(kind -> names.add(kind.schema().name()));
            throw new SelectionException("no event that is selected fits '" + pattern + "', which pairs are asked of;"
                + " there are " + (names.isEmpty() ? "none at all" : String.join(", ",
                    names.stream().limit(MOST_NAMES).toList()))
                + (names.size() > MOST_NAMES ? " and " + (names.size() - MOST_NAMES) + " more" : ""));
        }
        return kinds;
    }

    /** Indexes of the fields that are keys. The thread may be a key too, but it is not a field. */
    private static int[] keys(final Kind kind, final List<FieldName> names) {
        final List<Integer> indexes = new ArrayList<>();
        for (final FieldName key : names) {
            final int index = key.indexIn(kind.schema());
            if (index != FieldName.NONE) {
                indexes.add(index);
            } else if (!key.text().equals(FieldName.THREAD)) {
                throw key.missing(List.of(kind.schema()));
            }
        }
        return indexes.stream().mapToInt(Integer::intValue).toArray();
    }

    private void findBy(final List<Kind> beginning, final List<Kind> ending) {
        final boolean isOfBegin = has(beginning);
        if (isOfBegin || has(ending)) {
            isByOfBegin = isOfBegin;
            final Kind first = (isOfBegin ? beginning : ending).stream()
                .filter(kind -> by.indexIn(kind.schema()) != FieldName.NONE).findFirst().orElseThrow();
            byField = first.schema().fields().get(by.indexIn(first.schema()));
        } else if (by.text().equals(FieldName.THREAD)) {
            isByThread = true;
            isByOfBegin = true;
            byField = ThreadLabel.FIELD;
        } else {
            throw by.missing(kinds.stream().map(Kind::schema).toList());
        }
    }

    private boolean has(final List<Kind> events) {
        return events.stream().anyMatch(kind -> by.indexIn(kind.schema()) != FieldName.NONE);
    }

    /** The pairs, as they were asked for. */
    public PairName name() {
        return name;
    }

    /** For people: "shop:order_begin -> shop:order_end". */
    public String label() {
        return name.begin() + " -> " + name.end();
    }

    /** Names of the events that begin something. */
    public String begin() {
        return name.begin();
    }

    /** Names of the events that end something. */
    public String end() {
        return name.end();
    }

    /** What a begin and its end have in common. If nothing else is named, it is the thread. */
    public List<String> keys() {
        return name.keys().isEmpty() ? List.of(FieldName.THREAD)
            : name.keys().stream().map(PairName.Key::text).toList();
    }

    /** All kinds of events that this rule looks at. */
    List<Kind> kinds() {
        return kinds;
    }

    /** Whether the pairs of one thread may be nested, because only the thread tells which events belong together. */
    boolean isNested() {
        return isOfThread && name.keys().stream().allMatch(PairName.Key::isThread);
    }

    /** Whether an event begins something. */
    public boolean isBegin(final EventView event) {
        return begins.get(event) != null;
    }

    /** Whether an event ends something. */
    public boolean isEnd(final EventView event) {
        return ends.get(event) != null;
    }

    /** The field by which pairs are told apart, or null. */
    public FieldSchema byField() {
        return byField;
    }

    /** The key that the begin and the end must have in common. */
    Object key(final EventView event, final ThreadId thread, final boolean isBegin) {
        if (isNested()) {
            return thread;
        }
        final int[] fields = (isBegin ? begins : ends).get(event);
        final List<Object> key = new ArrayList<>(fields.length + 1);
        if (isOfThread) {
            key.add(thread);
        } else if (!isAcrossTargets) {
            key.add(event.target().index());
        }
        for (final int field : fields) {
            key.add(FieldValue.of(event, field));
        }
        return key;
    }

    /** What must be kept of a begin for {@link #byValue}. */
    Object byOfBegin(final EventView begin) {
        return by == null || !isByOfBegin ? null : isByThread ? threads.of(begin) : value(begin);
    }

    /** The value by which a pair is told apart. */
    public Object byValue(final OpenBegin begin, final EventView end) {
        return isByOfBegin ? begin.by() : value(end);
    }

    private Object value(final EventView event) {
        final int field = by.indexIn(event.schema());
        return field == FieldName.NONE ? FieldValue.NULL : FieldValue.of(event, field);
    }
}
