// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.session;

import dev.sluice.ring.control.ControlFile;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Whether the consumer's heartbeat still changes. The word is compared only with its own earlier value, never with a
 * clock, because the consumer may live in another time namespace. Any thread.
 * <p>
 * The last heartbeat is kept in one immutable object. If two threads see a new heartbeat at the same time, one of them
 * notes it.
 */
public final class ConsumerPulse {
    private final ControlFile file;
    private final AtomicReference<Beat> last;

    ConsumerPulse(final ControlFile file) {
        this.file = file;
        last = new AtomicReference<>(new Beat(file.heartbeatVolatile(), System.nanoTime()));
    }

    /** A heartbeat, and when this process first saw it (System.nanoTime). */
    private record Beat(long word, long sinceNs) {
    }

    /** Notes the heartbeat as new: a session begins. */
    void begin() {
        last.set(new Beat(file.heartbeatVolatile(), System.nanoTime()));
    }

    /** Whether the heartbeat has not changed for a time in ns. */
    boolean isOlderThan(final long ageNs) {
        final Beat seen = last.get();
        final long word = file.heartbeatVolatile();
        if (word != seen.word) {
            // A thread that was delayed in between must not put an older heartbeat back.
            last.compareAndSet(seen, new Beat(word, System.nanoTime()));
            return false;
        }
        return System.nanoTime() - seen.sinceNs >= ageNs;
    }
}
