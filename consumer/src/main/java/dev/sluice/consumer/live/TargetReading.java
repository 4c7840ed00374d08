// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.live;

import dev.sluice.ring.region.RefusalCause;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * What one target was found to be. Counts are since the target began, but for those of single tracepoints, and only
 * grow.
 *
 * @param atNs      when, in ns of {@link System#nanoTime()}
 * @param rings     the rings that were ever used
 * @param refused   events that were refused before they had a ring, by cause
 * @param seen      events by their name, "provider:tracepoint", that were looked at in the rings since the gauge began
 * @param latencies of pairs of events whose end was looked at since the last reading
 * @param holder    process id of the consumer that has the session; 0 if there is none
 * @param isLate    whether that consumer shows no sign of life for so long that nobody waits for it
 * @param isActive  whether events are stored: a session is served
 */
public record TargetReading(long atNs, List<RingReading> rings, Map<RefusalCause, Long> refused, Map<String, Long> seen,
    List<LatencyReading> latencies, int holder, boolean isLate, boolean isActive) {

    /** A sum over all rings. */
    public long sum(final ToLongFunction<RingReading> value) {
        return rings.stream().mapToLong(value).sum();
    }

    /** The greatest value of a ring; 0 if there is no ring. */
    public double greatest(final ToDoubleFunction<RingReading> value) {
        return rings.stream().mapToDouble(value).max().orElse(0);
    }

    /** Events that were refused before they had a ring. */
    public long refusals() {
        return refused.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Calls that found their tracepoint switched on: what was stored in rings, and what was refused. */
    public long fired() {
        return sum(RingReading::written) + sum(RingReading::discarded) + refusals();
    }

    /** Rings whose owner lives. */
    public long owners() {
        return rings.stream().filter(RingReading::isOwned).count();
    }
}
