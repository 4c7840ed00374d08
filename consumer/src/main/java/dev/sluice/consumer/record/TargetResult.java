// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.ring.region.RefusalCause;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.FirstCosts;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.RingAccount;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The result of a recording for one target (R7): fired = stored + discarded + overwritten + lost, when nobody fires.
 *
 * @param pid     the target's process
 * @param kind    how its part of the recording ended
 * @param known   whether its account is final
 * @param rings   accounts of its rings
 * @param refused events refused before they had a ring
 * @param lost    events lost, by cause
 * @param stored  events stored
 * @param bytes   bytes of packets
 * @param firstCosts what their first events have cost its threads
 * @param warning what the user should know, or an empty text
 */
public record TargetResult(long pid, EndKind kind, boolean known, List<RingAccount> rings,
                           Map<RefusalCause, Long> refused, Map<LossCause, Long> lost, long stored, long bytes,
                           FirstCosts firstCosts, String warning) {
    /** Copies the collections. */
    public TargetResult {
        rings = List.copyOf(rings);
        refused = refused.isEmpty() ? Map.of() : new EnumMap<>(refused);
        lost = lost.isEmpty() ? Map.of() : new EnumMap<>(lost);
    }

    /** Events that rings accepted. */
    public long written() {
        return rings.stream().mapToLong(RingAccount::written).sum();
    }

    /** Events refused, because a ring was full or because the thread had no ring. */
    public long discarded() {
        return rings.stream().mapToLong(RingAccount::discarded).sum()
            + refused.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Events recycled unread. */
    public long overwritten() {
        return rings.stream().mapToLong(RingAccount::overwritten).sum();
    }

    /** Events lost. */
    public long lostEvents() {
        return lost.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Events fired, as the rings counted them. The application's own count can check this number. */
    public long fired() {
        return written() + discarded();
    }

    /** Traps. */
    public long traps() {
        return rings.stream().mapToLong(RingAccount::traps).sum();
    }

    /** Time that owners waited for room, ns. */
    public long blockedNs() {
        return rings.stream().mapToLong(RingAccount::blockedNs).sum();
    }
}
