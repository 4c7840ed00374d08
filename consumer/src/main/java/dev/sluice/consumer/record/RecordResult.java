// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.bpf.reduce.Reduced;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.RingAccount;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The result of a recording, over all targets (R7): fired = stored + discarded + overwritten + lost, when nobody fires.
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
 * @param warnings  what the user should know
 * @param reduced   sums and histograms, if those were asked for: then stored events are those that they were taken of,
 *                  or that were passed by, and there is no trace
 */
public record RecordResult(Path directory, EndKind kind, boolean known, List<RingAccount> rings,
                           Map<RefusalCause, Long> refused, Map<LossCause, Long> lost, long stored, long bytes,
                           long wallNs, List<String> warnings, List<Reduced> reduced) {
    /** Copies the collections. */
    public RecordResult {
        rings = List.copyOf(rings);
        refused = refused.isEmpty() ? Map.of() : new EnumMap<>(refused);
        lost = lost.isEmpty() ? Map.of() : new EnumMap<>(lost);
        warnings = List.copyOf(warnings);
        reduced = List.copyOf(reduced);
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

    /** Whether it is certain that every event is stored. */
    public boolean isComplete() {
        return known && discarded() == 0 && overwritten() == 0 && lostEvents() == 0;
    }
}
