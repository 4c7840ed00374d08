// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.RefusalCause;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.LossInfo;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StallInfo;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The account of R7: fired = stored + discarded + overwritten + lost.
 * <p>
 * Stored is what a reader counted event by event. The other numbers are the target's, as the END document has them;
 * of a target without one they come from the last packet of each ring, and what is then missing without any LOSS
 * document is lost by the cause {@link #UNEXPLAINED}. Where readers had to step over anything, what then is missing is
 * lost by the cause {@link #DAMAGED}, and events of packets that were whole and held no whole events are malformed.
 * Immutable.
 */
public final class TraceAccount {
    /** Label of the cause of losses in documents that readers had to step over. */
    public static final String DAMAGED = "damaged";
    /** Label of the cause of losses that no document explains, in a trace whose end is unknown. */
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
    private final boolean isDamaged;
    private final boolean isIncomplete;
    private boolean endKnown;

    /**
     * Draws up the account.
     *
     * @param targets    of the trace
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

    /** Counts are those of files: a sum of forged ones stays at the greatest number. */
    private static long sum(final long one, final long other) {
        final long sum = one + other;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }

    private void add(final TargetTrace target, final EventCursor cursor) {
        long explained = 0;
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
                // No gap between packets shows it. The account of an end includes it.
                written = target.end().isEmpty() ? sum(written, loss.events()) : written;
            } else {
                explained = sum(explained, loss.events());
            }
        }
        final Map<String, RingAccount> accounts = target.end().map(TraceAccount::byRing).orElseGet(HashMap::new);
        target.end().ifPresent(end ->
            end.refused().forEach((cause, events) -> refused.merge(cause, events, TraceAccount::sum)));
        long gaps = 0;
        for (final PacketStream stream : target.streams()) {
            if (!accounts.containsKey(key(stream.ring(), stream.isTrapStream()))) {
                accounts.put(key(stream.ring(), stream.isTrapStream()), fromHeaders(stream));
                gaps += stream.lostInGaps();
            }
        }
        accounts.values().forEach(this::add);
        if (target.end().isEmpty()) {
            closeOpenAccount(gaps, explained);
        }
    }

    /**
     * The packets' counts know of what is missing between them, the loss documents of what they name: where the ones
     * exceed the other, nobody has said why, and where the other exceeds the ones, no packet has followed yet.
     */
    private void closeOpenAccount(final long gaps, final long explained) {
        if (gaps > explained) {
            lost.merge(isIncomplete ? DAMAGED : UNEXPLAINED, gaps - explained, TraceAccount::sum);
        } else {
            written = sum(written, explained - gaps);
        }
    }

    /** The accounts of an end by the key of their rings, in its order; may be changed. */
    static Map<String, RingAccount> byRing(final EndInfo end) {
        final Map<String, RingAccount> accounts = new LinkedHashMap<>();
        end.rings().forEach(ring -> accounts.put(key(ring.ring(), ring.trapStream()), ring));
        return accounts;
    }

    static String key(final int ring, final boolean trapStream) {
        return ring + (trapStream ? "t" : "");
    }

    /** Up to the last packet: the overwritten count may include events that were written after it. */
    private static RingAccount fromHeaders(final PacketStream stream) {
        final long overwritten = Math.max(0,
            Math.min(stream.overwritten(), stream.written() - stream.events() - stream.lostInGaps()));
        return new RingAccount(stream.ring(), stream.isTrapStream(), stream.written(), stream.discarded(),
            overwritten, stream.lostInGaps(), stream.packetCount(),
            stream.isTrapStream() ? stream.events() : stream.packetCount(), 0);
    }

    private void add(final RingAccount ring) {
        written = sum(written, ring.written());
        discarded = sum(discarded, ring.discarded());
        overwritten = sum(overwritten, ring.overwritten());
        traps = sum(traps, ring.traps());
        batches = sum(batches, ring.batches());
        blockedNs = sum(blockedNs, ring.blockedNs());
    }

    /** Events fired. */
    public long fired() {
        return sum(sum(written, discarded()), outsideRings);
    }

    /** Events stored, counted by reading them. */
    public long stored() {
        return stored;
    }

    /** Events refused: by full rings, and before any ring could take them. */
    public long discarded() {
        return sum(discarded, refused.values().stream().mapToLong(Long::longValue).reduce(0, TraceAccount::sum));
    }

    /** Events discarded before any ring could take them, by cause; part of {@link #discarded}. */
    public Map<RefusalCause, Long> refused() {
        return Map.copyOf(refused);
    }

    /** Events that full rings refused because the consumer did not keep up; part of {@link #discarded}. */
    public long refusedInStalls() {
        return refusedInStalls;
    }

    /** Events recycled unread. */
    public long overwritten() {
        return overwritten;
    }

    /** Events lost by cause: labels of {@link LossCause}, or {@link #UNEXPLAINED}. Only causes that occurred. */
    public Map<String, Long> lost() {
        final Map<String, Long> occurred = new TreeMap<>(lost);
        occurred.values().removeIf(events -> events == 0);
        return occurred;
    }

    /** Events lost, all causes. */
    public long lostTotal() {
        return lost.values().stream().mapToLong(Long::longValue).reduce(0, TraceAccount::sum);
    }

    /** Traps taken. */
    public long traps() {
        return traps;
    }

    /** Batches drained. */
    public long batches() {
        return batches;
    }

    /** Time that owners waited for room, ns, all rings together. */
    public long blockedNs() {
        return blockedNs;
    }

    /** Whether every target's account is final. */
    public boolean isEndKnown() {
        return endKnown;
    }

    /** Fired less stored, discarded, overwritten and lost: 0 where the account holds. */
    public long difference() {
        return fired() - stored - discarded() - overwritten - lostTotal();
    }

    /** Whether every event fired is accounted for. */
    public boolean isConsistent() {
        return difference() == 0;
    }

    /** Whether everything fired was stored, for certain: no discard, no loss, no damage, a known end. */
    public boolean isWhole() {
        return endKnown && stored == fired() && isConsistent() && !isDamaged;
    }
}
