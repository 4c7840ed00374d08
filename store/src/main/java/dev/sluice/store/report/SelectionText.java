// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.ring.where.EventChoice;
import dev.sluice.ring.where.EventPair;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.text.PrintedText;
import dev.sluice.store.text.UnitText;
import dev.sluice.store.text.WallTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Says which events a target was asked to fire, and so which ones the trace cannot have. Stateless. */
final class SelectionText {
    private static final int MOST = 20;

    private SelectionText() {
    }

    private static ArrayNode pairsJson(final EventChoice choice) {
        final ArrayNode pairs = JsonNodeFactory.instance.arrayNode();
        choice.pairs().forEach(pair -> pairs.add(pair.text()));
        return pairs;
    }

    /** Lines for a person; none if all were fired that match the patterns of the trace's command. */
    static List<String> lines(final TargetTrace target) {
        final List<TargetInfo.Selection> all = List.copyOf(target.selections());
        final List<String> lines = new ArrayList<>();
        for (int i = 0; i < Math.min(MOST, all.size()); i++) {
            final List<String> choices = all.get(i).choices().stream().map(SelectionText::describe).toList();
            lines.add((i == 0 ? "" : "from " + WallTime.format(all.get(i).realtimeNs()) + " on: ")
                + String.join("; ", choices));
        }
        if (all.size() > MOST) {
            lines.add("and " + (all.size() - MOST) + " more: see --json");
        }
        return lines;
    }

    /** The choice, if a text is one: a trace may have any text. */
    private static Optional<EventChoice> choice(final String text) {
        try {
            return Optional.of(EventChoice.of(text));
        } catch (final IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static String describe(final String text) {
        return PrintedText.safe(choice(text).map(choice -> choice.pattern()
            + (choice.condition().isEmpty() ? "" : " only where " + choice.condition())
            + (choice.leastNs() == 0 ? "" : ", of pairs " + pairs(choice) + "those of at least "
            + UnitText.duration(choice.leastNs()))
            + (!choice.isSampled() ? "" : String.format(Locale.ROOT, ", 1 of %,d by %s", choice.every(),
            choice.key().isEmpty() ? "event" : "the key " + choice.key()))).orElse(text));
    }

    private static String pairs(final EventChoice choice) {
        return choice.pairs().isEmpty() ? "" : choice.pairs().stream().map(EventPair::text)
            .collect(Collectors.joining(" and ")) + " ";
    }

    /** The same as an object. */
    static ObjectNode json(final TargetTrace target, final TargetInfo.Selection selection) {
        final ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("target", target.index()).put("from", WallTime.format(selection.realtimeNs()));
        final ArrayNode events = node.putArray("events");
        for (final String text : selection.choices()) {
            final ObjectNode event = events.addObject().put("choice", text);
            choice(text).ifPresent(choice -> event.put("pattern", choice.pattern()).put("where", choice.condition())
                .put("min_duration_ns", choice.leastNs()).put("every", choice.every()).put("key", choice.key())
                .set("pairs", pairsJson(choice)));
        }
        return node;
    }
}
