// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.live;

/**
 * How long pairs of events took whose end was seen since the last reading.
 *
 * @param begin name of the event that begins it, "provider:tracepoint"
 * @param end   name of the event that ends it
 * @param count pairs of which both events were seen
 * @param p50Ns half of them took no longer, ns
 * @param p90Ns nine of ten
 * @param p99Ns ninety-nine of a hundred
 * @param maxNs the longest
 */
public record LatencyReading(String begin, String end, long count, long p50Ns, long p90Ns, long p99Ns, long maxNs) {
    /** For people: "shop:order_begin -> shop:order_end". */
    public String label() {
        return begin + " -> " + end;
    }
}
