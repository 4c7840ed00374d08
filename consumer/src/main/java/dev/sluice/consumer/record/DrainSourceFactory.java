// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.consumer.attach.Target;

/**
 * A way to get events, which a recording is given. It makes the {@link DrainSource} of each of the recording's targets.
 * {@link Recorder} itself knows no way, so a new way is a new factory. Stateless; {@link EventPath} has the factories
 * that there are.
 */
public interface DrainSourceFactory {
    /**
     * Whether events come through rings. If so, the session of each target is taken before its source is opened, and
     * ticks are those of the target's clock. If not, there is no session, and ticks are the kernel's CLOCK_MONOTONIC.
     */
    boolean isThroughRings();

    /** Whether the region of a target is mapped where that is safe; else it is only read. */
    default boolean isRegionMapped() {
        return true;
    }

    /** Whether sums and histograms can be made of the events, in the kernel. */
    default boolean canReduce() {
        return false;
    }

    /**
     * Refuses a target whose events cannot be got in this way, before its session is taken.
     *
     * @throws dev.sluice.consumer.attach.AttachException if the target's events cannot be got in this way
     */
    default void check(final Target target) {
        // Every target is accepted.
    }

    /**
     * Opens the source of a target, ready to receive. No tracepoint is enabled yet.
     *
     * @param target  the target, with its session if events come through rings, and with its part of the trace
     * @param options options of the recording
     * @param targets number of the recording's targets, which share the memory that there is
     * @throws dev.sluice.consumer.attach.AttachException if the target does not answer
     * @throws dev.sluice.bpf.libbpf.BpfException         if the kernel refuses a program
     */
    DrainSource open(RecordedTarget target, RecordOptions options, int targets);
}
