// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.region.RefusalCause;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StallInfo;
import dev.sluice.store.format.StreamKey;
import dev.sluice.store.format.StreamOrigin;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The account of R7: fired = stored + discarded + overwritten + lost; of a trace that rotates,
 * + removed, which was stored in segments that are there no more.
 * <p> Stored is what a reader has counted event by event. The other numbers are those of the target, as the END
 * document has them. If a target has no END document, they are taken from the last packet of each ring, and missing
 * events that no LOSS document explains are lost by the cause {@link #UNEXPLAINED}. If readers had to step over
 * anything, missing events are lost by the cause {@link #DAMAGED}, and events in packets with a right checksum but
 * without a sequence of whole events are malformed. Immutable.
 */
public final class TraceAccount {
    /** Label for losses in documents that readers had to step over. */
    public static final String DAMAGED = "damaged";
    /** Label for losses that no document explains, in a trace whose end is unknown. */
    public static final String UNEXPLAINED = "unexplained";

    private final Map<String, Long> lost = new TreeMap<>();
    private final Map<RefusalCause, Long> refused = new EnumMap<>(RefusalCause.class);
    private final long stored;
    private long written;
    private long discarded;
    private long overwritten;
    private long outsideRings;
    private long traps;
    private long batches;
    private long blockedNs;
    private long refusedInStalls;
    private long removed;
    /** Whether the rings' own counts of traps and of waiting are all there. */
    private boolean hasRingCounts = true;
    private final boolean isDamaged;
    private final boolean isIncomplete;
    private boolean endKnown;

    /**
     * Computes the account.
     *
     * @param targets    the targets of the trace
     * @param cursor     has read all events, one by one
     * @param isDamaged  whether readers had to step over anything
     * @param hasUnknown whether there are documents of kinds that this version does not know
     */
    public TraceAccount(final List<TargetTrace> targets, final EventCursor cursor, final boolean isDamaged,
        final boolean hasUnknown) {
        this.isDamaged = isDamaged;
        isIncomplete = isDamaged || hasUnknown;
        long sum = 0;
        endKnown = !targets.isEmpty();
        for (final TargetTrace target : targets) {
            endKnown &= target.isEndKnown();
            sum += target.streams().stream().mapToLong(cursor::countOf).sum();
            add(target, cursor);
        }
        stored = sum;
        if (isIncomplete && difference() > 0) {
            lost.merge(DAMAGED, difference(), TraceAccount::sum);
        }
    }

    /**
     * The sum of two counts. Counts come from files and may be forged, so a sum that is too great stays at the greatest
     * number.
     */
    private static long sum(final long one, final long other) {
        final long sum = one + other;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }

    private void add(final TargetTrace target, final EventCursor cursor) {
        long explained = 0;
        removed = sum(removed, target.removedEvents());
        refusedInStalls = sum(refusedInStalls, target.refusedInStallsBefore());
        for (final StallInfo stall : target.stalls()) {
            refusedInStalls = sum(refusedInStalls, stall.refusedTotal());
        }
        for (final PacketStream stream : target.streams()) {
            lost.merge(LossCause.MALFORMED.label(), cursor.malformedOf(stream), TraceAccount::sum);
        }
        for (final LossInfo loss : target.losses()) {
            lost.merge(loss.cause().label(), loss.events(), TraceAccount::sum);
            if (loss.ring() == LossInfo.NO_RING) {
                outsideRings = sum(outsideRings, loss.events());
            } else if (loss.cause() == LossCause.BETWEEN_SESSIONS) {
                // No gap between packets shows this loss. With an END document, the account includes it already.
                written = target.end().isEmpty() ? sum(written, loss.events()) : written;
            } else {
                explained = sum(explained, loss.events());
            }
        }
        final Map<StreamKey, RingAccount> accounts = target.end().map(TraceAccount::byRing).orElseGet(HashMap::new);
        target.end().ifPresent(end ->
            end.refused().forEach((cause, events) -> refused.merge(cause, events, TraceAccount::sum)));
        long gaps = 0;
        for (final PacketStream stream : target.streams()) {
            if (!accounts.containsKey(stream.key())) {
                accounts.put(stream.key(), fromHeaders(stream));
                hasRingCounts &= stream.key().origin() == StreamOrigin.TRAP;
                gaps += stream.lostInGaps();
            }
        }
        accounts.values().forEach(this::add);
        if (target.end().isEmpty()) {
            hasRingCounts &= !target.streams().isEmpty();
            closeOpenAccount(gaps, explained);
        }
    }

    /**
     * Closes an account without an END document. The packets' counts show how many events are missing between them;
     * LOSS documents explain some of these losses. If more are missing than explained, the rest is unexplained. If more
     * are explained than missing, no packet has followed the loss yet.
     */
    private void closeOpenAccount(final long gaps, final long explained) {
        if (gaps > explained) {
            lost.merge(isIncomplete ? DAMAGED : UNEXPLAINED, gaps - explained, TraceAccount::sum);
        } else {
            written = sum(written, explained - gaps);
        }
    }

    /** The ring accounts of an END document by their streams, in the document's order. The map may be changed. */
    static Map<StreamKey, RingAccount> byRing(final EndInfo end) {
        final Map<StreamKey, RingAccount> accounts = new LinkedHashMap<>();
        end.rings().forEach(ring -> accounts.put(ring.stream(), ring));
        return accounts;
    }

    /**
     * An account from the headers, up to the last packet. The overwritten count may include events that were written
     * later. Of a ring's batches no packet says whether a trap drained them, nor how long the owner has waited.
     */
    private static RingAccount fromHeaders(final PacketStream stream) {
        final long overwritten = Math.max(0,
            Math.min(stream.overwritten(), stream.written() - stream.tally().storedEvents() - stream.lostInGaps()));
        final long batches = stream.tally().storedBatches();
        return new RingAccount(stream.key(), stream.written(), stream.discarded(), overwritten, stream.lostInGaps(),
            batches, stream.key().origin() == StreamOrigin.TRAP ? stream.tally().storedEvents() : 0, 0);
    }

    private void add(final RingAccount ring) {
        written = sum(written, ring.written());
        discarded = sum(discarded, ring.discarded());
        overwritten = sum(overwritten, ring.overwritten());
        traps = sum(traps, ring.traps());
        batches = sum(batches, ring.batches());
        blockedNs = sum(blockedNs, ring.blockedNs());
    }

    /** Number of events fired. */
    public long fired() {
        return sum(sum(written, discarded()), outsideRings);
    }

    /** Number of events stored, counted by reading them. */
    public long stored() {
        return stored;
    }

    /** Number of events that were stored in segments that a rotation, or somebody, has removed since. */
    public long removed() {
        return removed;
    }

    /** Number of events refused: by full rings, and before a ring could take them. */
    public long discarded() {
        return sum(discarded, refused.values().stream().mapToLong(Long::longValue).reduce(0, TraceAccount::sum));
    }

    /** Number of events refused before a ring could take them, by cause; they are part of {@link #discarded}. */
    public Map<RefusalCause, Long> refused() {
        return Map.copyOf(refused);
    }

    /**
     * Number of events that full rings refused because the consumer did not keep up; they are part of
     * {@link #discarded}.
     */
    public long refusedInStalls() {
        return refusedInStalls;
    }

    /** Number of events that were overwritten before they were drained. */
    public long overwritten() {
        return overwritten;
    }

    /**
     * Number of events lost by cause: labels of {@link LossCause}, {@link #DAMAGED} or {@link #UNEXPLAINED}. Only
     * causes that occurred.
     */
    public Map<String, Long> lost() {
        final Map<String, Long> occurred = new TreeMap<>(lost);
        occurred.values().removeIf(events -> events == 0);
        return occurred;
    }

    /** Number of events lost by all causes. */
    public long lostTotal() {
        return lost.values().stream().mapToLong(Long::longValue).reduce(0, TraceAccount::sum);
    }

    /**
     * Number of traps taken. Null if that is unknown: without an END document the packets of a ring are all there is,
     * and those that a trap has drained look as those that a consumer has read from shared memory.
     */
    public Long traps() {
        return hasRingCounts ? traps : null;
    }

    /** Number of batches drained. */
    public long batches() {
        return batches;
    }

    /** Time that owners have waited for room, ns, the sum of all rings; null if unknown, as {@link #traps}. */
    public Long blockedNs() {
        return hasRingCounts ? blockedNs : null;
    }

    /** Whether the account of every target is final. */
    public boolean isEndKnown() {
        return endKnown;
    }

    /** Fired minus stored, removed, discarded, overwritten and lost: 0 if the account is right. */
    public long difference() {
        return fired() - stored - removed - discarded() - overwritten - lostTotal();
    }

    /** Whether every fired event is accounted for. */
    public boolean isConsistent() {
        return difference() == 0;
    }

    /**
     * Whether it is certain that everything fired was stored, be it in segments that were removed since: nothing
     * discarded, lost or damaged, and the end is known.
     */
    public boolean isWhole() {
        return endKnown && sum(stored, removed) == fired() && isConsistent() && !isDamaged;
    }
}
