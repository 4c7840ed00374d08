// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import dev.sluice.bench.measure.RecordedJvm;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Rounds, in each of which everyone runs once in processes of its own, in an order of that round alone: so whatever
 * changes on the machine meanwhile meets all alike. For one thread.
 */
final class PathRounds {
    private final List<Contestant> contestants;
    private final Effort effort;
    private final PrintWriter progress;

    PathRounds(final List<Contestant> contestants, final Effort effort, final PrintWriter progress) {
        this.contestants = List.copyOf(contestants);
        this.effort = effort;
        this.progress = progress;
    }

    /** Runs them. A turn that fails costs itself only. */
    PathResults run(final int rounds, final long seed) throws InterruptedException {
        final Random random = new Random(seed);
        final Map<String, List<Turn>> turns = new LinkedHashMap<>();
        contestants.forEach(contestant -> turns.put(contestant.name(), new ArrayList<>()));
        final List<Contestant> order =
            new ArrayList<>(contestants.stream().filter(contestant -> !contestant.isMissing()).toList());
        for (int round = 1; round <= rounds; round++) {
            Collections.shuffle(order, random);
            int turn = 0;
            for (final Contestant contestant : order) {
                turn++;
                progress.printf("round %d of %d, %d of %d: %s%n", round, rounds, turn, order.size(),
                    contestant.name());
                progress.flush();
                turns.get(contestant.name()).add(turn(contestant));
            }
        }
        return new PathResults(contestants.stream().map(contestant -> new PathResult(contestant.name(),
            contestant.what(), contestant.isRival(), contestant.missing(), turns.get(contestant.name()))).toList(),
            rounds, seed);
    }

    private Turn turn(final Contestant contestant) throws InterruptedException {
        try {
            final Path directory = Files.createTempDirectory("sluice-bench");
            try {
                return contestant.runner().run(directory, effort);
            } finally {
                RecordedJvm.remove(directory);
            }
        } catch (final IOException | RuntimeException e) {
            return Turn.failed(e.toString());
        }
    }
}
