// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import dev.sluice.bench.entry.Catalogue;
import dev.sluice.bench.measure.Median;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.DoubleBinaryOperator;

/**
 * Everything that was measured in one run. Figures are set against each other within a round, where the machine was
 * nearly the same for both, and summed up by medians.
 *
 * @param rows   in the order of the table
 * @param rounds how many
 * @param seed   of the order
 */
record PathResults(List<PathResult> rows, int rounds, long seed) {
    /** The same without some rows. */
    PathResults without(final Set<String> names) {
        return new PathResults(rows.stream().filter(row -> !names.contains(row.name())).toList(), rounds, seed);
    }

    /** The same by the fastest iteration of each round alone, as {@link Comparison} takes it. */
    PathResults undisturbed() {
        return new PathResults(rows.stream().map(PathResult::undisturbed).toList(), rounds, seed);
    }

    Optional<PathResult> row(final String name) {
        return rows.stream().filter(row -> row.name().equals(name) && row.isMeasured()).findFirst();
    }

    /** By how many ns one way is slower than another, in the same round. */
    Optional<Median> over(final String name, final String base) {
        return pairs(name, base, (ns, baseNs) -> ns - baseNs);
    }

    /** How many times as much one way costs as another, in the same round; what the bare loop costs is taken off. */
    Optional<Median> times(final String name, final String base) {
        final List<Double> values = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            final OptionalDouble nothing = ns(Catalogue.NOTHING, round);
            final OptionalDouble over = ns(name, round);
            final OptionalDouble under = ns(base, round);
            if (nothing.isPresent() && over.isPresent() && under.isPresent()) {
                values.add((over.getAsDouble() - nothing.getAsDouble())
                    / (under.getAsDouble() - nothing.getAsDouble()));
            }
        }
        return values.isEmpty() ? Optional.empty() : Optional.of(Median.of(values));
    }

    /** How many times as much one way costs as another, in the same round, the bare loop of both included. */
    Optional<Median> ratio(final String name, final String base) {
        return pairs(name, base, (ns, baseNs) -> ns / baseNs);
    }

    private Optional<Median> pairs(final String name, final String base, final DoubleBinaryOperator operator) {
        final List<Double> values = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            final OptionalDouble value = ns(name, round);
            final OptionalDouble other = ns(base, round);
            if (value.isPresent() && other.isPresent()) {
                values.add(operator.applyAsDouble(value.getAsDouble(), other.getAsDouble()));
            }
        }
        return values.isEmpty() ? Optional.empty() : Optional.of(Median.of(values));
    }

    private OptionalDouble ns(final String name, final int round) {
        final Optional<PathResult> row = row(name);
        return row.isPresent() ? row.get().ns(round) : OptionalDouble.empty();
    }
}
