// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.format;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * A time in which the consumer of a session gave no sign of keeping up: it was stopped, starved of processor time, or
 * waited for a disk. The traced threads do not wait for a consumer then. Events that their full rings refused are
 * counted as discarded, and also here.
 *
 * @param beginMonotonicNs the consumer's last sign before, ns of CLOCK_MONOTONIC as the target sees it
 * @param endMonotonicNs   its next sign, by the same clock; the length of the stall is the difference
 * @param beginRealtimeNs  CLOCK_REALTIME at the begin, ns since 1970
 * @param endRealtimeNs    CLOCK_REALTIME at the end; it includes a step of that clock during the stall
 * @param refused          events refused because the consumer was stale, by ring; only rings that refused any
 */
public record StallInfo(long beginMonotonicNs, long endMonotonicNs, long beginRealtimeNs, long endRealtimeNs,
                        Map<Integer, Long> refused) {
    /** Copies the map. */
    public StallInfo {
        refused = Collections.unmodifiableMap(new TreeMap<>(refused));
    }

    /** This stall, with the refused events of another document of the same stall added. */
    public StallInfo with(final StallInfo more) {
        final Map<Integer, Long> sum = new TreeMap<>(refused);
        more.refused.forEach((ring, events) -> sum.merge(ring, events, Long::sum));
        return new StallInfo(beginMonotonicNs, Math.max(endMonotonicNs, more.endMonotonicNs), beginRealtimeNs,
            endRealtimeNs, sum);
    }

    /** Length, ns of CLOCK_MONOTONIC. */
    public long durationNs() {
        return endMonotonicNs - beginMonotonicNs;
    }

    /** Events refused, all rings together. */
    public long refusedTotal() {
        return refused.values().stream().mapToLong(Long::longValue).sum();
    }
}
