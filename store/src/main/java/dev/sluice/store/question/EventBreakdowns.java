// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.question;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.store.field.Breakdown;
import dev.sluice.store.field.EventKinds;
import dev.sluice.store.field.EventKinds.Kind;
import dev.sluice.store.field.FieldName;
import dev.sluice.store.field.FieldValue;
import dev.sluice.store.field.Histogram;
import dev.sluice.store.field.LinearBuckets;
import dev.sluice.store.field.ThreadLabel;
import dev.sluice.store.field.ValueGroup;
import dev.sluice.store.query.SelectionException;
import dev.sluice.store.read.EventView;
import dev.sluice.store.report.EventStatistics;
import dev.sluice.store.report.TraceReport;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Breaks events down by the values of fields, in two readings. For one thread. */
final class EventBreakdowns {
    private final Questions questions;
    private final List<Part> parts = new ArrayList<>();
    private final EventKinds.Table<List<Part>> byKind = new EventKinds.Table<>();
    private final ThreadLabel threads = new ThreadLabel();

    /** A field of one kind of event. */
    private final class Part {
        private final Kind kind;
        private final int by;
        private final List<Integer> measured;
        private final List<Integer> histograms;
        private final int order;
        private final Breakdown breakdown;

        Part(final Kind kind, final FieldName name, final int by) {
            this.kind = kind;
            this.by = by;
            histograms = histograms(kind);
            order = questions.order() == null ? FieldName.NONE
                : new FieldName(questions.order()).indexIn(kind.schema());
            measured = measured();
            final List<FieldSchema> fields = kind.schema().fields();
            breakdown = new Breakdown(kind.schema().name(), kind.target().index(), name.text(),
                by == FieldName.NONE ? ThreadLabel.FIELD : fields.get(by), measured.stream().map(fields::get).toList(),
                measured.indexOf(order));
        }

        private List<Integer> measured() {
            final int only = questions.measured() == null ? FieldName.NONE
                : new FieldName(questions.measured()).indexIn(kind.schema());
            final Set<Integer> found = new LinkedHashSet<>();
            for (int i = 0; i < kind.schema().fields().size(); i++) {
                final boolean isWanted = questions.measured() == null || i == only || i == order;
                if (i != by && isWanted && isNumber(kind.schema().fields().get(i)) || histograms.contains(i)) {
                    found.add(i);
                }
            }
            return List.copyOf(found);
        }

        /** Whether there are figures of a field of this name. */
        boolean measures(final FieldName name) {
            return measured.contains(name.indexIn(kind.schema()));
        }

        /** What is added up for a value to find those that come first. */
        private double number(final EventView event) {
            final int index = measured.indexOf(order);
            if (index < 0) {
                return 1;
            }
            return switch (event.type(order)) {
                case FLOAT32, FLOAT64 -> event.getDouble(order);
                case UINT64 -> unsigned(event.getLong(order));
                default -> event.getLong(order);
            };
        }

        private double unsigned(final long bits) {
            return bits >= 0 ? bits : (bits >>> 1) * 2.0;
        }

        private Object value(final EventView event) {
            return by == FieldName.NONE ? threads.of(event) : FieldValue.of(event, by);
        }

        void measure(final EventView event) {
            final ValueGroup group = breakdown.group(value(event));
            for (int i = 0; i < measured.size(); i++) {
                group.field(i).add(event, measured.get(i));
                if (group.linear(i) != null) {
                    group.linear(i).add(event, measured.get(i));
                }
            }
        }

        private LinearBuckets linear(final EventStatistics statistics, final int field) {
            return questions.isLinear() && histograms.contains(field)
                ? LinearBuckets.of(statistics.fields().get(field)) : null;
        }

        void choose(final TraceReport report) {
            final EventStatistics statistics = report.events().stream()
                .filter(one -> one.target() == kind.target() && one.schema() == kind.schema()).findFirst()
                .orElseThrow();
            final List<LinearBuckets> linear = new ArrayList<>();
            measured.forEach(field -> linear.add(linear(statistics, field)));
            breakdown.choose(questions.top(), linear);
        }

        void addHistograms(final List<Histogram> found) {
            for (final int field : histograms) {
                final int index = measured.indexOf(field);
                breakdown.groups().forEach(group -> found.add(Histogram.of(breakdown, group, index)));
                if (breakdown.others().events() > 0) {
                    found.add(Histogram.of(breakdown, breakdown.others(), index));
                }
            }
        }
    }

    /**
     * Finds the fields.
     *
     * @throws SelectionException if no event has one of them
     */
    EventBreakdowns(final EventKinds kinds, final Questions questions) {
        this.questions = questions;
        for (final String by : questions.by()) {
            final FieldName name = new FieldName(by);
            for (final Kind kind : kindsOf(kinds, name)) {
                final Part part = new Part(kind, name, name.indexIn(kind.schema()));
                if (byKind.get(kind) == null) {
                    byKind.put(kind, new ArrayList<>());
                }
                byKind.get(kind).add(part);
                parts.add(part);
            }
        }
        if (questions.order() != null && !questions.by().isEmpty()) {
            requireOrder(kinds);
        }
        if (questions.measured() != null && !questions.by().isEmpty()) {
            requireMeasured(kinds);
        }
        for (final String histogram : questions.by().isEmpty() ? List.<String>of() : questions.histograms()) {
            final FieldName name = new FieldName(histogram);
            if (parts.stream().noneMatch(part -> name.indexIn(part.kind.schema()) != FieldName.NONE)) {
                kinds.having(name);
                throw new SelectionException("no event has both a field '" + histogram + "' and a field '"
                    + questions.by().get(0) + "': ask for a histogram of the one by the other where both are there");
            }
        }
    }

    private void requireOrder(final EventKinds kinds) {
        if (parts.stream().noneMatch(part -> part.breakdown.order() != null)) {
            kinds.having(new FieldName(questions.order()));
            throw new SelectionException("'" + questions.order() + "' gives no order: it is no number beside a field '"
                + questions.by().get(0) + "'");
        }
    }

    private void requireMeasured(final EventKinds kinds) {
        final FieldName name = new FieldName(questions.measured());
        if (parts.stream().noneMatch(part -> part.measures(name))) {
            kinds.having(name);
            throw new SelectionException("'" + name + "' has no figures: it is no number beside a field '"
                + questions.by().get(0) + "'");
        }
    }

    private static List<Kind> kindsOf(final EventKinds kinds, final FieldName name) {
        final boolean isField =
            kinds.all().stream().anyMatch(kind -> name.indexIn(kind.schema()) != FieldName.NONE);
        return !isField && name.text().equals(FieldName.THREAD) ? kinds.all() : kinds.having(name);
    }

    private List<Integer> histograms(final Kind kind) {
        return questions.histograms().stream().map(text -> new FieldName(text).indexIn(kind.schema()))
            .filter(index -> index != FieldName.NONE).distinct().toList();
    }

    private static boolean isNumber(final FieldSchema field) {
        return field.type().isInteger() || field.type() == FieldType.FLOAT32 || field.type() == FieldType.FLOAT64;
    }

    /** Counts the values of an event, in the first reading. */
    void count(final EventView event) {
        final List<Part> found = byKind.get(event);
        if (found != null) {
            for (int i = 0; i < found.size(); i++) {
                found.get(i).breakdown.count(found.get(i).value(event), found.get(i).number(event));
            }
        }
    }

    /** Chooses the most frequent values, between the two readings. */
    void choose(final TraceReport report) {
        parts.removeIf(part -> part.breakdown.isEmpty());
        parts.forEach(part -> part.choose(report));
    }

    /** Whether another reading is needed. */
    boolean isUnfinished() {
        return !parts.isEmpty();
    }

    /** Measures an event, in the second reading. */
    void measure(final EventView event) {
        final List<Part> found = byKind.get(event);
        if (found != null) {
            for (int i = 0; i < found.size(); i++) {
                found.get(i).measure(event);
            }
        }
    }

    /** The breakdowns, after the last reading. */
    List<Breakdown> breakdowns() {
        parts.forEach(part -> part.breakdown.finish());
        return parts.stream().map(part -> part.breakdown).toList();
    }

    /** The histograms of each value's group, after the last reading. */
    List<Histogram> histograms() {
        final List<Histogram> found = new ArrayList<>();
        parts.forEach(part -> part.addHistograms(found));
        return found;
    }
}
