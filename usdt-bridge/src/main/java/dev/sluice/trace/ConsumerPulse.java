// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.ring.ControlFile;

/**
 * Whether the consumer's heartbeat still changes. Seen from here alone: the word is compared with what it was before,
 * never with a clock, because the consumer may live in another time namespace. Any thread.
 * <p>
 * What is remembered is one immutable object in a volatile field. Two threads that see a new heartbeat at the same time
 * may both store it; the times that they note differ by less than it takes to call this.
 */
final class ConsumerPulse {
    private final ControlFile file;
    private volatile Beat last;

    ConsumerPulse(final ControlFile file) {
        this.file = file;
        last = new Beat(file.heartbeatVolatile(), System.nanoTime());
    }

    /** A heartbeat, and when this process first saw it (System.nanoTime). */
    private record Beat(long word, long sinceNs) {
    }

    /** Notes the heartbeat as new: a session begins. */
    void begin() {
        last = new Beat(file.heartbeatVolatile(), System.nanoTime());
    }

    /** Whether the heartbeat has not changed for a time in ns. */
    boolean isOlderThan(final long ageNs) {
        final Beat seen = last;
        final long word = file.heartbeatVolatile();
        if (word != seen.word) {
            last = new Beat(word, System.nanoTime());
            return false;
        }
        return System.nanoTime() - seen.sinceNs >= ageNs;
    }
}
