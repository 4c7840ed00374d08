// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.format;

import dev.sluice.ring.region.RefusalCause;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * How the recording of a target ended, with the account of R7.
 *
 * @param kind       how the recording ended
 * @param known      whether the account is final; false if it is unknown what happened to the last batches
 * @param realtimeNs CLOCK_REALTIME at the end, ns since 1970
 * @param rings      account of every ring that was in use during the trace
 * @param refused    events discarded before any ring could take them, by cause, relative to the trace's begin
 */
public record EndInfo(EndKind kind, boolean known, long realtimeNs, List<RingAccount> rings,
    Map<RefusalCause, Long> refused) {
    /** Copies the collections. */
    public EndInfo {
        rings = List.copyOf(rings);
        final EnumMap<RefusalCause, Long> copy = new EnumMap<>(RefusalCause.class);
        copy.putAll(refused);
        refused = Collections.unmodifiableMap(copy);
    }
}
