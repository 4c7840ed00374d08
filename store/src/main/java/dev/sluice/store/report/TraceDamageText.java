// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.segment.TraceDamage;
import dev.sluice.store.text.PrintedText;
import java.util.ArrayList;
import java.util.List;

/** Says what readers of a trace have stepped over, for persons and for scripts. Stateless: any thread. */
public final class TraceDamageText {
    private static final int LINES = 20;

    private TraceDamageText() {
    }

    /** Lines that name damaged places, or at least the first ones. There are no lines if everything was read. */
    public static List<String> lines(final TraceReader reader) {
        final List<String> lines = new ArrayList<>();
        final List<TraceDamage> places = reader.damage();
        for (final TraceDamage place : places.subList(0, Math.min(LINES, places.size()))) {
            final StringBuilder line = new StringBuilder("damaged: ");
            PrintedText.escape(line, place.describe());
            lines.add(line.toString());
        }
        if (places.size() > LINES || reader.damageCount() > places.size()) {
            lines.add("damaged: " + (reader.damageCount() - lines.size()) + " more places");
        }
        reader.unknownDocuments().forEach((kind, count) -> lines.add(
            "unknown: " + count + " documents of kind " + kind + ", which a later version of Sluice has written"));
        return lines;
    }

    /** Adds the damaged places to a report. */
    static void addTo(final ObjectNode json, final TraceReader reader) {
        final ArrayNode damage = json.putArray("damage");
        reader.damage().forEach(place -> damage.addObject().put("file", place.file().toString())
            .put("offset", place.offset()).put("document", place.document()).put("what", place.what())
            .put("target", place.target()).put("ring", place.ring()).put("sequence", place.sequence())
            .put("events", place.events()).put("problem", place.problem()));
        json.put("damaged_places", reader.damageCount());
        final ObjectNode unknown = json.putObject("unknown_documents");
        reader.unknownDocuments().forEach((kind, count) -> unknown.put(Integer.toString(kind), count));
    }
}
