// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.bench.entry.Catalogue;
import dev.sluice.bench.table.Comparison.Line;
import dev.sluice.bench.table.Comparison.Verdict;
import dev.sluice.testsupport.OneJdk;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Of figures that are made up, with the scatter that rounds have: 2 % for each, and more that all have alike. */
@OneJdk
class ComparisonTest {
    private static final int ROUNDS = 5;
    private static final int TRIES = 100;
    private static final double OWN = 0.02;
    private static final double COMMON = 0.04;
    private static final String SLOWED = "path-3";

    /** Rounds of the controls and of thirty paths, each a multiple of what it costs. */
    private static ResultsFile results(final Random random, final double machine, final double slowed) {
        final double[] common = random.doubles(ROUNDS).map(unused -> COMMON * random.nextGaussian()).toArray();
        final Map<String, double[]> rounds = new LinkedHashMap<>();
        final List<String> names = IntStream.range(0, 33).mapToObj(i -> i == 0 ? Catalogue.CLOCK_NANO
            : i == 1 ? Catalogue.CLOCK_TSC : i == 2 ? Catalogue.SYSCALL : "path-" + i).toList();
        for (final String name : names) {
            final double ns = 10 * (1 + names.indexOf(name)) * machine * (name.equals(SLOWED) ? slowed : 1);
            rounds.put(name, IntStream.range(0, ROUNDS)
                .mapToDouble(i -> ns * Math.exp(common[i] + OWN * random.nextGaussian())).toArray());
        }
        return new ResultsFile(Map.of(), rounds);
    }

    private static long claims(final List<Line> lines) {
        return lines.stream().filter(line -> line.verdict() == Verdict.SLOWER || line.verdict() == Verdict.FASTER)
            .count();
    }

    private static Line of(final String name, final List<Line> lines) {
        return lines.stream().filter(line -> line.name().equals(name)).findFirst().orElseThrow();
    }

    @Test
    void shouldClaimNothingInNineOfTenTriesWhenTheBuildsAreEqual() {
        int wrong = 0;
        for (int seed = 0; seed < TRIES; seed++) {
            final Random random = new Random(seed);
            wrong += claims(Comparison.of(results(random, 1, 1), results(random, 1, 1))) > 0 ? 1 : 0;
        }
        assertThat(wrong).as("comparisons with a claim, of " + TRIES).isLessThanOrEqualTo(TRIES / 10);
    }

    @Test
    void shouldClaimNothingWhenOnlyTheMachineIsSlower() {
        int wrong = 0;
        for (int seed = 0; seed < TRIES; seed++) {
            final Random random = new Random(seed);
            wrong += claims(Comparison.of(results(random, 1, 1), results(random, 1.3, 1))) > 0 ? 1 : 0;
        }
        assertThat(wrong).as("comparisons with a claim, of " + TRIES).isLessThanOrEqualTo(TRIES / 10);
    }

    @Test
    void shouldFindItAndNothingElseWhenOnePathIsATenthSlower() {
        int found = 0;
        int others = 0;
        int held = 0;
        for (int seed = 0; seed < TRIES; seed++) {
            final Random random = new Random(seed);
            final ResultsFile before = steady(random, 1);
            final List<Line> lines = Comparison.of(before, steady(random, 1.1));
            final Line line = of(SLOWED, lines);
            found += line.verdict() == Verdict.SLOWER ? 1 : 0;
            others += claims(lines) > (line.verdict() == Verdict.SLOWER ? 1 : 0) ? 1 : 0;
            held += line.low() <= 1.1 && 1.1 <= line.high() ? 1 : 0;
        }
        assertThat(found).as("found, of " + TRIES).isGreaterThanOrEqualTo(9 * TRIES / 10);
        assertThat(others).as("others claimed, of " + TRIES).isLessThanOrEqualTo(TRIES / 10);
        assertThat(held).as("intervals that hold the truth, of " + TRIES).isGreaterThanOrEqualTo(9 * TRIES / 10);
    }

    @Test
    void shouldFindATenthWhenANeighbourSlowsTwoRoundsInFive() {
        int found = 0;
        int wrong = 0;
        for (int seed = 0; seed < TRIES; seed++) {
            final Random random = new Random(seed);
            final ResultsFile before = disturbed(random, steady(random, 1));
            final List<Line> lines = Comparison.of(before, disturbed(random, steady(random, 1.1)));
            found += of(SLOWED, lines).verdict() == Verdict.SLOWER ? 1 : 0;
            wrong += claims(Comparison.of(before, disturbed(random, steady(random, 1)))) > 0 ? 1 : 0;
        }
        assertThat(found).as("found, of " + TRIES).isGreaterThanOrEqualTo(9 * TRIES / 10);
        assertThat(wrong).as("comparisons of equal builds with a claim, of " + TRIES)
            .isLessThanOrEqualTo(TRIES / 10);
    }

    /** Two rounds of each way, other ones each, take up to twice the time. */
    private static ResultsFile disturbed(final Random random, final ResultsFile steady) {
        steady.rounds().values().forEach(rounds -> {
            final int first = random.nextInt(ROUNDS);
            rounds[first] *= 1 + random.nextDouble();
            rounds[(first + 1 + random.nextInt(ROUNDS - 1)) % ROUNDS] *= 1 + random.nextDouble();
        });
        return steady;
    }

    /** The scatter of a machine that does nothing else. */
    private static ResultsFile steady(final Random random, final double slowed) {
        final Map<String, double[]> rounds = new LinkedHashMap<>();
        for (final String name : List.of(Catalogue.CLOCK_TSC, Catalogue.SYSCALL, "path-1", "path-2", SLOWED)) {
            final double ns = name.equals(SLOWED) ? 12 * slowed : 20;
            rounds.put(name, IntStream.range(0, ROUNDS)
                .mapToDouble(i -> ns * Math.exp(OWN / 2 * random.nextGaussian())).toArray());
        }
        return new ResultsFile(Map.of(), rounds);
    }

    @Test
    void shouldSayFasterWhenItIs() {
        final Random random = new Random(1);
        final List<Line> lines = Comparison.of(steady(random, 1.3), steady(random, 1));
        assertThat(of(SLOWED, lines).verdict()).isEqualTo(Verdict.FASTER);
    }

    @Test
    void shouldClaimNothingWhenThereAreTooFewRounds() {
        final ResultsFile before = new ResultsFile(Map.of(), Map.of("ring", new double[]{10, 10, 10, 10}));
        final ResultsFile after = new ResultsFile(Map.of(), Map.of("ring", new double[]{20, 20, 20, 20, 20}));
        assertThat(Comparison.of(before, after)).singleElement()
            .satisfies(line -> assertThat(line.verdict()).isEqualTo(Verdict.TOO_FEW))
            .satisfies(line -> assertThat(line.ratio()).isCloseTo(2, within(1e-9)));
    }

    @Test
    void shouldTakeTheRoundsThatThereAreWhenOneFailed() {
        final double[] ns = {10, Double.NaN, 10.01, 10.02, 9.99, 10};
        final double[] twice = {20, 20.01, 20.02, 19.99, 20, Double.NaN};
        final ResultsFile before = new ResultsFile(Map.of(), Map.of("ring", ns));
        assertThat(Comparison.of(before, new ResultsFile(Map.of(), Map.of("ring", twice)))).singleElement()
            .satisfies(line -> assertThat(line.verdict()).isEqualTo(Verdict.SLOWER));
    }

    @Test
    void shouldCallTheControlsTheSameWhenTheyDiffer() {
        final ResultsFile before =
            new ResultsFile(Map.of(), Map.of(Catalogue.SYSCALL, new double[]{10, 10.1, 10.2, 10, 10}));
        final ResultsFile after =
            new ResultsFile(Map.of(), Map.of(Catalogue.SYSCALL, new double[]{20, 20.1, 20.2, 20, 20}));
        assertThat(Comparison.of(before, after)).singleElement()
            .satisfies(line -> assertThat(line.verdict()).isEqualTo(Verdict.CONTROL));
    }
}
