// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.ring.RefusalCause;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.RingAccount;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What a recording came to, over all targets (R7): fired = stored + discarded + overwritten + lost, at a quiet moment.
 *
 * @param directory where the trace is
 * @param kind      how it ended
 * @param known     whether the account is final
 * @param rings     accounts of all rings
 * @param refused   events refused before they had a ring
 * @param lost      events lost, by cause
 * @param stored    events stored
 * @param bytes     bytes of packets
 * @param wallNs    from the first command to the last, ns
 * @param warnings  what a person should know
 */
public record RecordResult(Path directory, EndKind kind, boolean known, List<RingAccount> rings,
                           Map<RefusalCause, Long> refused, Map<LossCause, Long> lost, long stored, long bytes,
                           long wallNs, List<String> warnings) {
    /** Copies the collections. */
    public RecordResult {
        rings = List.copyOf(rings);
        refused = refused.isEmpty() ? Map.of() : new EnumMap<>(refused);
        lost = lost.isEmpty() ? Map.of() : new EnumMap<>(lost);
        warnings = List.copyOf(warnings);
    }

    /** Events that rings accepted. */
    public long written() {
        return rings.stream().mapToLong(RingAccount::written).sum();
    }

    /** Events refused, by full rings or before there was a ring. */
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

    /** Events fired, as the rings saw them; the application's own count is the one to check it by. */
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

    /** Whether every event is stored and that is certain. */
    public boolean isComplete() {
        return known && discarded() == 0 && overwritten() == 0 && lostEvents() == 0;
    }
}
