// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.live;

import dev.sluice.consumer.live.RingReading;
import dev.sluice.consumer.live.TargetReading;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/**
 * What two readings of a target tell of the time between them.
 *
 * @param before the earlier one
 * @param now    the later one
 */
record LiveRates(TargetReading before, TargetReading now) {
    /**
     * The rate of one tracepoint.
     *
     * @param name      "provider:tracepoint"
     * @param perSecond events a second
     * @param isExact   whether every event was seen; else the rate is the tracepoint's share of those that were seen
     */
    record Event(String name, double perSecond, boolean isExact) {
    }

    /**
     * The rates of one ring.
     *
     * @param ring        as it is now
     * @param perSecond   events stored in it, a second
     * @param lostPerSecond events refused or overwritten, a second
     * @param blocked     part of the time for which its owner waited for room, 0 to 1 for one owner
     */
    record Ring(RingReading ring, double perSecond, double lostPerSecond, double blocked) {
    }

    /** Time between the readings, seconds. */
    double seconds() {
        return Math.max(1, now.atNs() - before.atNs()) / (double) TimeUnit.SECONDS.toNanos(1);
    }

    /** How much a value has grown. */
    long grown(final ToLongFunction<TargetReading> value) {
        return value.applyAsLong(now) - value.applyAsLong(before);
    }

    /** By how much a second a value has grown. */
    double perSecond(final ToLongFunction<TargetReading> value) {
        return grown(value) / seconds();
    }

    /** By how much a second the sum of a value over all rings has grown. */
    double ringsPerSecond(final ToLongFunction<RingReading> value) {
        return perSecond(reading -> reading.sum(value));
    }

    /** How much the sum of a value over all rings has grown. */
    long ringsGrown(final ToLongFunction<RingReading> value) {
        return grown(reading -> reading.sum(value));
    }

    /** Every tracepoint that is declared, the most frequent first. */
    List<Event> events() {
        final Map<String, Long> seen = new HashMap<>();
        long all = 0;
        for (final Map.Entry<String, Long> event : now.seen().entrySet()) {
            final long more = event.getValue() - before.seen().getOrDefault(event.getKey(), 0L);
            seen.put(event.getKey(), more);
            all += more;
        }
        final long written = ringsGrown(RingReading::written);
        // More than were written in between: a ring was first looked at in between.
        final boolean isExact = all >= written;
        final double share = isExact || all == 0 ? 1 : (double) written / all;
        final List<Event> events = new ArrayList<>();
        for (final Map.Entry<String, Long> event : seen.entrySet()) {
            events.add(new Event(event.getKey(), event.getValue() * share / seconds(), isExact));
        }
        events.sort(Comparator.comparingDouble(Event::perSecond).reversed().thenComparing(Event::name));
        return events;
    }

    /** Whether events were written of which none was seen, so that nothing is known of their kind. */
    boolean isBlind() {
        return ringsGrown(RingReading::written) > 0
            && now.seen().values().stream().mapToLong(Long::longValue).sum()
            == before.seen().values().stream().mapToLong(Long::longValue).sum();
    }

    /** Every ring that has an owner, or was written in between; the most written first. */
    List<Ring> rings() {
        final Map<Integer, RingReading> earlier = new HashMap<>();
        before.rings().forEach(ring -> earlier.put(ring.ring(), ring));
        final List<Ring> rings = new ArrayList<>();
        for (final RingReading ring : now.rings()) {
            final RingReading old = earlier.get(ring.ring());
            final long written = ring.written() - (old == null ? 0 : old.written());
            final long lost = lost(ring) - (old == null ? 0 : lost(old));
            final long blocked = ring.blockedNs() - (old == null ? 0 : old.blockedNs());
            if (ring.isOwned() || written > 0 || lost > 0) {
                rings.add(new Ring(ring, written / seconds(), lost / seconds(),
                    blocked / seconds() / TimeUnit.SECONDS.toNanos(1)));
            }
        }
        rings.sort(Comparator.comparingDouble(Ring::perSecond).reversed()
            .thenComparing(ring -> ring.ring().ring()));
        return rings;
    }

    private static long lost(final RingReading ring) {
        return ring.discarded() + ring.overwritten();
    }
}
