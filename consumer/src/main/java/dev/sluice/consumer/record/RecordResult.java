// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.bpf.reduce.Reduced;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.FirstCosts;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.RingAccount;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * The result of a recording (R7): fired = stored + discarded + overwritten + lost, when nobody fires. That holds for
 * each target by itself, and so for all of them together, which the methods are about.
 *
 * @param directory where the trace is
 * @param targets   the result for each target, in the order in which their parts ended; none if none has ever joined
 * @param wallNs    from the first command to the last, ns
 * @param reduced   sums and histograms over all targets, if those were asked for: then stored events are those that
 *                  they were taken of, or that were passed by, and there is no trace
 * @param removed   how many of the stored events are there no more, as a rotation has removed their segments
 */
public record RecordResult(Path directory, List<TargetResult> targets, long wallNs, List<Reduced> reduced,
                           long removed) {
    /** Copies the collections. */
    public RecordResult {
        targets = List.copyOf(targets);
        reduced = List.copyOf(reduced);
    }

    /** How the recording ended: as its last target's part did. */
    public EndKind kind() {
        return targets.isEmpty() ? EndKind.DETACHED : targets.get(targets.size() - 1).kind();
    }

    /** Whether the account is final. */
    public boolean known() {
        return targets.stream().allMatch(TargetResult::known);
    }

    /** Accounts of all rings. */
    public List<RingAccount> rings() {
        return targets.stream().flatMap(target -> target.rings().stream()).toList();
    }

    /** Events refused before they had a ring. */
    public Map<RefusalCause, Long> refused() {
        return sum(RefusalCause.class, TargetResult::refused);
    }

    /** Events lost, by cause. */
    public Map<LossCause, Long> lost() {
        return sum(LossCause.class, TargetResult::lost);
    }

    private <K extends Enum<K>> Map<K, Long> sum(final Class<K> type,
                                                 final Function<TargetResult, Map<K, Long>> counts) {
        final Map<K, Long> sums = new EnumMap<>(type);
        targets.forEach(target -> counts.apply(target).forEach((key, count) -> sums.merge(key, count, Long::sum)));
        return sums;
    }

    private long sum(final ToLongFunction<TargetResult> count) {
        return targets.stream().mapToLong(count).sum();
    }

    /** What the user should know. */
    public List<String> warnings() {
        return targets.stream().map(TargetResult::warning).filter(warning -> !warning.isEmpty()).toList();
    }

    /** Events stored. */
    public long stored() {
        return sum(TargetResult::stored);
    }

    /** Bytes of packets. */
    public long bytes() {
        return sum(TargetResult::bytes);
    }

    /** Events that rings accepted. */
    public long written() {
        return sum(TargetResult::written);
    }

    /** Events refused, because a ring was full or because the thread had no ring. */
    public long discarded() {
        return sum(TargetResult::discarded);
    }

    /** Events recycled unread. */
    public long overwritten() {
        return sum(TargetResult::overwritten);
    }

    /** Events lost. */
    public long lostEvents() {
        return sum(TargetResult::lostEvents);
    }

    /** Events fired, as the rings counted them. The application's own count can check this number. */
    public long fired() {
        return sum(TargetResult::fired);
    }

    /** Traps. */
    public long traps() {
        return sum(TargetResult::traps);
    }

    /** Time that owners waited for room, ns. */
    public long blockedNs() {
        return sum(TargetResult::blockedNs);
    }

    /** What their first events have cost the threads of all targets. */
    public FirstCosts firstCosts() {
        return targets.stream().map(TargetResult::firstCosts).reduce(FirstCosts.NONE, FirstCosts::and);
    }

    /** Whether it is certain that every event is stored. */
    public boolean isComplete() {
        return known() && discarded() == 0 && overwritten() == 0 && lostEvents() == 0;
    }
}
