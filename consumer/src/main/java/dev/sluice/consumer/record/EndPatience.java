// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.consumer.attach.TargetRegion;
import dev.sluice.consumer.session.DrainCommands;
import java.util.concurrent.TimeUnit;

/**
 * How long the end of a recording waits for one target, for its answer and the last drain together: as long as any
 * answer may take, plus time for the bytes that lay in the target's rings when the end began. A hostile target may
 * never answer and fire for ever, or say that its rings are full; so its rings count only as far as the kernel has
 * given it memory. An honest target with large rings, whose consumer has a slow disk, is not cut off. Immutable.
 */
final class EndPatience {
    /** Bytes that a slow disk stores in a second. */
    private static final long BYTES_PER_SECOND = 16L << 20;
    /**
     * The least time for a target, even if other targets of the recording have used up the time. There are at most
     * {@link Recorder#MOST_TARGETS} targets.
     */
    private static final long LEAST_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final long beginNs;
    private final long answerNs;

    private EndPatience(final long beginNs, final long undrainedBytes) {
        this.beginNs = beginNs;
        answerNs = DrainCommands.ANSWER_NS + TimeUnit.SECONDS.toNanos(undrainedBytes) / BYTES_PER_SECOND;
    }

    /** Begins now. */
    static EndPatience begin(final TargetRegion region) {
        return new EndPatience(System.nanoTime(), region.undrainedBytes());
    }

    /** Longest time for the target's answer, from the begin, ns. */
    long answerNs() {
        return answerNs;
    }

    /** The latest end of the last drain, by {@link System#nanoTime}. To be called after the wait for the answer. */
    long latestNs() {
        final long least = System.nanoTime() + LEAST_NS;
        return least - (beginNs + answerNs) > 0 ? least : beginNs + answerNs;
    }
}
