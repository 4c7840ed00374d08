// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import dev.sluice.bench.measure.Leftovers;
import dev.sluice.bench.turn.Contestant;
import dev.sluice.bench.turn.Effort;
import dev.sluice.bench.turn.KeptRounds;
import dev.sluice.bench.turn.Turn;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

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

    /** Runs them, from the first round on. A turn that fails costs itself only. */
    PathResults run(final int rounds, final long seed) throws IOException, InterruptedException {
        return run(rounds, KeptRounds.nowhere(seed));
    }

    /** Runs those rounds that are not kept yet, and keeps each. */
    PathResults run(final int rounds, final KeptRounds kept) throws IOException, InterruptedException {
        final Random random = new Random(kept.seed());
        final List<Contestant> order =
            new ArrayList<>(contestants.stream().filter(contestant -> !contestant.isMissing()).toList());
        final int before = kept.rounds().size();
        final long beginNs = System.nanoTime();
        for (int round = 0; round < rounds; round++) {
            // The order of rounds that are kept is drawn too, so that of the others is what it would have been.
            Collections.shuffle(order, random);
            if (round >= before) {
                kept.add(round(round, rounds, order, (round - before) * order.size(), beginNs));
            }
        }
        return results(rounds, kept);
    }

    private Map<String, Turn> round(final int round, final int rounds, final List<Contestant> order, final int done,
                                    final long beginNs) throws InterruptedException {
        final Map<String, Turn> turns = new LinkedHashMap<>();
        for (final Contestant contestant : order) {
            if (Leftovers.isEnding()) {
                throw new InterruptedException("the run is being ended");
            }
            final int ended = done + turns.size();
            progress.printf("round %d of %d, %d of %d: %s%s%n", round + 1, rounds, turns.size() + 1, order.size(),
                contestant.name(), ended == 0 ? "" : left(System.nanoTime() - beginNs, ended,
                    (rounds - round) * order.size() - turns.size()));
            progress.flush();
            turns.put(contestant.name(), turn(contestant));
        }
        return turns;
    }

    private static String left(final long ns, final int ended, final int left) {
        return String.format(", about %.0f min left", Math.ceil((double) ns / ended * left / TimeUnit.MINUTES
            .toNanos(1)));
    }

    private PathResults results(final int rounds, final KeptRounds kept) {
        return new PathResults(contestants.stream().map(contestant -> new PathResult(contestant.name(),
            contestant.what(), contestant.isRival(), contestant.missing(), contestant.isMissing() ? List.of()
                : kept.rounds().stream().map(turns -> turns.getOrDefault(contestant.name(),
                    Turn.failed("it is not in that round"))).toList())).toList(), rounds, kept.seed());
    }

    private Turn turn(final Contestant contestant) throws InterruptedException {
        try {
            final Path directory = Leftovers.directory();
            try {
                return contestant.runner().run(directory, effort);
            } finally {
                Leftovers.remove(directory);
            }
        } catch (final IOException | RuntimeException e) {
            return Turn.failed(e.toString());
        }
    }
}
