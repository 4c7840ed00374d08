// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.page;

import com.fasterxml.jackson.databind.JsonNode;
import dev.sluice.bench.measure.Median;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Figures of a file of results, set against each other within a round. For one thread. */
final class Figures {
    private static final String NS = "ns_per_event";

    private final JsonNode root;

    Figures(final JsonNode root) {
        this.root = root;
    }

    /** Rows of paths, or of rivals, in the order of the file. */
    List<JsonNode> rows(final boolean areRivals) {
        final List<JsonNode> rows = new ArrayList<>();
        root.path("paths").forEach(row -> {
            if (row.path("rival").asBoolean() == areRivals) {
                rows.add(row);
            }
        });
        return rows;
    }

    /** A row that was measured. */
    Optional<JsonNode> row(final String name) {
        for (final JsonNode row : root.path("paths")) {
            if (row.path("name").asText().equals(name) && row.has(NS)) {
                return Optional.of(row);
            }
        }
        return Optional.empty();
    }

    static double ns(final JsonNode row) {
        return row.path(NS).asDouble(Double.NaN);
    }

    /** By how many ns one costs more than another in the same round. */
    Optional<Median> over(final String name, final String base) {
        final Optional<JsonNode> row = row(name);
        final Optional<JsonNode> under = row(base);
        return row.isEmpty() || under.isEmpty() ? Optional.empty() : over(row.get(), under.get());
    }

    private static Optional<Median> over(final JsonNode row, final JsonNode base) {
        final List<Double> values = new ArrayList<>();
        final int rounds = Math.min(row.path("rounds").size(), base.path("rounds").size());
        for (int round = 0; round < rounds; round++) {
            final double value = ns(row.path("rounds").get(round)) - ns(base.path("rounds").get(round));
            if (!Double.isNaN(value)) {
                values.add(value);
            }
        }
        return values.isEmpty() ? Optional.empty() : Optional.of(Median.of(values));
    }
}
