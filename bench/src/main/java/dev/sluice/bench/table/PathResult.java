// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.measure.FireTimes;
import dev.sluice.bench.measure.HardwareCounts;
import dev.sluice.bench.measure.Median;
import dev.sluice.bench.turn.Turn;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A row of the table.
 *
 * @param name    of the way
 * @param what    for people
 * @param isRival whether it is a rival
 * @param missing why it took no part; empty if it did
 * @param turns   one for each round
 */
record PathResult(String name, String what, boolean isRival, String missing, List<Turn> turns) {
    /** Whether at least one turn succeeded. */
    boolean isMeasured() {
        return turns.stream().anyMatch(turn -> !turn.hasFailed());
    }

    /** Whether at least one turn failed, those of a way that is missing aside. */
    boolean hasFailed() {
        return missing.isEmpty() && (turns.isEmpty() || turns.stream().anyMatch(Turn::hasFailed));
    }

    /** In how many rounds it failed, and why the first time; empty if it failed in none, or has no figure at all. */
    String failure() {
        final long failed = turns.stream().filter(Turn::hasFailed).count();
        return failed == 0 || !isMeasured() ? "" : "failed in " + failed + " of " + turns.size() + " rounds: "
            + turns.stream().filter(Turn::hasFailed).findFirst().orElseThrow().failure();
    }

    /** What stands at the end of its row: what it is, and before that in which rounds it failed. */
    String remark() {
        return failure().isEmpty() ? what : PathTable.cut(failure()) + "  (" + what + ")";
    }

    /** Why there is no figure. */
    String reason() {
        return missing.isEmpty() ? "failed: " + turns.stream().map(Turn::failure).filter(text -> !text.isEmpty())
            .findFirst().orElse("nothing was run") : "missing: " + missing;
    }

    /** The ns of an event: of the rounds that did not fail, or of the iterations if the run has one round only. */
    Median ns() {
        return Median.of(turns.size() == 1 ? measured().get(0).ns() : measured().stream().map(Turn::median).toList());
    }

    /** Whether {@link #ns()} has an interval: where only one of several rounds did not fail there is none. */
    boolean hasInterval() {
        return turns.size() == 1 || measured().size() > 1;
    }

    /** The interval for people. */
    String intervalText() {
        return hasInterval() ? "[" + PathTable.number(ns().low()) + ", " + PathTable.number(ns().high()) + "]" : "";
    }

    /** The ns of an event in a round, if it succeeded then. */
    OptionalDouble ns(final int round) {
        final boolean isThere = round < turns.size() && !turns.get(round).hasFailed();
        return isThere ? OptionalDouble.of(turns.get(round).median()) : OptionalDouble.empty();
    }

    /** The same with the fastest iteration of each turn alone: whatever else a machine does makes a loop slower. */
    PathResult undisturbed() {
        return new PathResult(name, what, isRival, missing, turns.stream().map(turn -> turn.hasFailed() ? turn
            : new Turn(List.of(Collections.min(turn.ns())), turn.bytes(), turn.fired(), turn.stored(), turn.spent(),
                turn.times(), "")).toList());
    }

    List<Turn> measured() {
        return turns.stream().filter(turn -> !turn.hasFailed()).toList();
    }

    /** Bytes that all threads of the JVM allocated for each event; NaN if that was not measured. */
    double bytes() {
        return Median.of(measured().stream().map(Turn::bytes).toList()).value();
    }

    /** Bytes that the thread that fires allocated for each event; NaN if that was not measured. */
    double firingBytes() {
        return Median.of(measured().stream().map(turn -> turn.spent().allocated()).toList()).value();
    }

    /** The same with its interval; empty if no round has measured it. */
    Optional<Median> firingBytesOfRounds() {
        final List<Double> bytes = measured().stream().map(turn -> turn.spent().allocated())
            .filter(value -> !value.isNaN()).toList();
        return bytes.isEmpty() ? Optional.empty() : Optional.of(Median.of(bytes));
    }

    /** Processor time of the thread that fires, for each event in ns; NaN if it was not measured. */
    double firingNs() {
        return Median.of(measured().stream().map(turn -> turn.spent().firing()).toList()).value();
    }

    /** Processor time of everybody else in the program and of those that listen, for each event in ns; or NaN. */
    double otherNs() {
        return Median.of(measured().stream().map(turn -> turn.spent().other()).toList()).value();
    }

    /** What the processor has counted for each event, the medians of rounds. */
    HardwareCounts counts() {
        final List<HardwareCounts> all = measured().stream().map(turn -> turn.spent().counts()).toList();
        return new HardwareCounts(Median.of(all.stream().map(HardwareCounts::instructions).toList()).value(),
            Median.of(all.stream().map(HardwareCounts::cycles).toList()).value(),
            Median.of(all.stream().map(HardwareCounts::cacheMisses).toList()).value());
    }

    /** Traps for each million of events, the median of rounds; NaN where nobody has counted them. */
    double trapsPerMillion() {
        return Median.of(measured().stream().map(Turn::trapsPerMillion).toList()).value();
    }

    /** Bytes that the other side has for each event found there, the median of rounds; NaN where it stores nothing. */
    double storedBytes() {
        final List<Double> bytes = measured().stream().map(turn -> turn.stored().bytesPerEvent())
            .filter(value -> !value.isNaN()).toList();
        return bytes.isEmpty() ? Double.NaN : Median.of(bytes).value();
    }

    /** Where the other side has events, in the turns of which {@link #storedBytes} is. */
    Stored.Place place() {
        final List<Stored> stored = measured().stream().map(Turn::stored).toList();
        return stored.stream().filter(one -> !Double.isNaN(one.bytesPerEvent())).findFirst().orElse(stored.get(0))
            .place();
    }

    /** Both for people: "24.02 disk"; or that nothing of single events is stored. */
    String storedBytesText() {
        return Double.isNaN(storedBytes()) ? "nothing" : PathTable.number(storedBytes()) + " " + place().text();
    }

    /** How long single fires took in all rounds; {@link FireTimes#NONE} where nobody has looked. */
    FireTimes times() {
        return FireTimes.sum(measured().stream().map(Turn::times).toList());
    }

    long fired() {
        return turns.stream().mapToLong(Turn::fired).sum();
    }

    /** Events found on the other side; empty text where nothing is stored. */
    String storedText() {
        return isStoring() ? Long.toString(fired() - lost()) : "-";
    }

    boolean isStoring() {
        return measured().stream().allMatch(turn -> turn.stored().events() >= 0);
    }

    long lost() {
        return turns.stream().mapToLong(Turn::lost).sum();
    }
}
