// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.question;

import dev.sluice.store.field.EventKinds;
import dev.sluice.store.field.EventKinds.Kind;
import dev.sluice.store.field.FieldName;
import dev.sluice.store.field.Histogram;
import dev.sluice.store.field.LinearBuckets;
import dev.sluice.store.read.EventView;
import dev.sluice.store.report.EventStatistics;
import dev.sluice.store.report.FieldStatistics;
import dev.sluice.store.report.TraceReport;
import java.util.ArrayList;
import java.util.List;

/**
 * Histograms of fields of events. Histograms by powers of two are already in the report. Those with buckets of equal
 * width need another reading, because their bounds depend on the least and the greatest value. For one thread.
 */
final class EventHistograms {
    /** One field of a kind of event; {@code linear} is null for powers of two. */
    private record Part(Kind kind, int field, FieldStatistics figures, LinearBuckets linear) {
    }

    private final List<Part> parts = new ArrayList<>();
    private final EventKinds.Table<List<Part>> linear = new EventKinds.Table<>();

    /** Finds the fields. */
    EventHistograms(final EventKinds kinds, final Questions questions, final TraceReport report) {
        for (final String text : questions.histograms()) {
            final FieldName name = new FieldName(text);
            for (final Kind kind : kinds.having(name)) {
                final EventStatistics statistics = report.events().stream()
                    .filter(one -> one.target() == kind.target() && one.schema() == kind.schema()).findFirst()
                    .orElseThrow();
                if (statistics.count() > 0) {
                    add(kind, name.indexIn(kind.schema()), statistics, questions.isLinear());
                }
            }
        }
    }

    private void add(final Kind kind, final int field, final EventStatistics statistics, final boolean isLinear) {
        final FieldStatistics figures = statistics.fields().get(field);
        final Part part = new Part(kind, field, figures, isLinear ? LinearBuckets.of(figures) : null);
        parts.add(part);
        if (part.linear != null) {
            if (linear.get(kind) == null) {
                linear.put(kind, new ArrayList<>());
            }
            linear.get(kind).add(part);
        }
    }

    /** Whether another reading is needed. */
    boolean isUnfinished() {
        return parts.stream().anyMatch(part -> part.linear != null);
    }

    /** Counts the fields of an event, in the second reading. */
    void measure(final EventView event) {
        final List<Part> found = linear.get(event);
        if (found != null) {
            for (int i = 0; i < found.size(); i++) {
                found.get(i).linear.add(event, found.get(i).field);
            }
        }
    }

    /** The histograms, after the last reading. */
    List<Histogram> histograms() {
        return parts.stream().map(part -> Histogram.of(part.kind.schema().name(), part.kind.target().index(),
            part.figures, part.linear)).toList();
    }
}
