// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.diff;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.ring.event.FieldType;
import dev.sluice.store.report.TraceReport;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Writes the differences of two traces as JSON. Keys are stable: later versions only add some. Stateless. */
final class DiffJson {
    private static final int VERSION = 1;

    private final TraceDiff diff;

    DiffJson(final TraceDiff diff) {
        this.diff = diff;
    }

    ObjectNode toJson() {
        final ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("version", VERSION);
        json.put("seed", diff.options().seed());
        json.put("resamples", diff.options().resamples());
        json.put("intervals", diff.intervals());
        json.put("confidence", Resampling.CONFIDENCE);
        json.put("percentile_error", TraceReport.PERCENTILE_ERROR);
        side(json.putObject("a"), diff.a());
        side(json.putObject("b"), diff.b());
        onlyHere(json.putObject("gone"), diff.gone());
        onlyHere(json.putObject("new"), diff.added());
        final ArrayNode changes = json.putArray("type_changes");
        diff.typeChanges().forEach(change -> {
            final ObjectNode node = changes.addObject().put("field", change.field());
            types(node.putArray("a"), change.typesA());
            types(node.putArray("b"), change.typesB());
        });
        final ArrayNode events = json.putArray("events");
        diff.events().forEach(event -> {
            final ObjectNode node = events.addObject().put("name", event.name()).put("count_a", event.countA())
                .put("count_b", event.countB());
            node.set("rate", event.rate().toJson());
            final ArrayNode fields = node.putArray("fields");
            event.fields().forEach(field -> numbers(fields.addObject(), field));
        });
        final ArrayNode pairs = json.putArray("pairs");
        diff.pairs().forEach(pair -> numbers(pairs.addObject(), pair));
        return json;
    }

    private static void side(final ObjectNode node, final TraceSide side) {
        node.put("directory", side.reader().directory().toString()).put("count", side.count())
            .put("duration_ns", side.durationNs()).put("whole", side.account().isWhole());
        if (side.misfit() != null) {
            node.put("misfit", side.misfit().getMessage());
        }
    }

    private static void onlyHere(final ObjectNode node, final List<OnlyHere> found) {
        for (final OnlyHere.Kind kind : OnlyHere.Kind.values()) {
            final ArrayNode ofKind = node.putArray(kind.key);
            found.stream().filter(one -> one.kind() == kind).forEach(one -> {
                final ObjectNode added = ofKind.addObject().put("name", one.name()).put("count", one.events());
                if (kind == OnlyHere.Kind.TRACEPOINT) {
                    added.put("declared_in_other", one.isDeclared());
                }
            });
        }
    }

    private static void types(final ArrayNode node, final Set<FieldType> types) {
        types.stream().sorted().forEach(type -> node.add(type.name().toLowerCase(Locale.ROOT)));
    }

    private static void numbers(final ObjectNode node, final NumbersDiff numbers) {
        node.put("name", numbers.name()).put("type", numbers.field().type().name().toLowerCase(Locale.ROOT))
            .put("count_a", numbers.countA()).put("count_b", numbers.countB());
        for (final Percentile percentile : Percentile.values()) {
            node.set(percentile.key, numbers.percentiles().get(percentile.ordinal()).toJson());
        }
    }
}
