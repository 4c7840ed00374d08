// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.ring.FullPolicy;
import dev.sluice.store.write.TraceLimits;
import java.nio.file.Path;
import java.util.List;

/**
 * What to record, and how.
 *
 * @param pid             the process; every target in it is recorded
 * @param patterns        "provider:tracepoint" with * and ?; at least one
 * @param path            how events come
 * @param policy          what a full ring does; null for the target's own default
 * @param blockTimeoutNs  longest wait under BLOCK, ns; 0 for the target's own default
 * @param ringBufferBytes size of each target's large BPF ring buffer, a power of two of at least 128 KiB
 * @param directory       where the trace goes; must not exist, or be empty and our own
 * @param commandLine     goes into the trace
 * @param mayTakeOver     whether the session of a consumer that is stopped may be taken from it
 * @param limits          how much room the trace may take
 */
public record RecordOptions(long pid, List<String> patterns, EventPath path, FullPolicy policy, long blockTimeoutNs,
                            int ringBufferBytes, Path directory, String commandLine, boolean mayTakeOver,
                            TraceLimits limits) {
    /** Default size of a BPF ring buffer. */
    public static final int DEFAULT_RING_BUFFER_BYTES = 16 << 20;

    /** Size of the BPF ring buffer before it: what a processor's own cache holds beside the rings of some threads. */
    public static final int HOT_BUFFER_BYTES = 512 << 10;

    private static final int MIN_RING_BUFFER_BYTES = 128 << 10;
    /** Of all targets of one recording together: the kernel's own memory, which no limit of the user's bounds. */
    private static final long MAX_RING_BUFFERS_BYTES = 128L << 20;

    /** How events come. */
    public enum EventPath {
        /** Through rings, in batches, drained by BPF: one trap a batch. */
        BATCH,
        /** Through rings, in batches that the consumer reads through shared memory. */
        SHARED,
        /** One trap an event, past the rings. */
        TRAP
    }

    /** Checks the ranges. */
    public RecordOptions {
        patterns = List.copyOf(patterns);
        if (patterns.isEmpty() || pid <= 0 || blockTimeoutNs < 0 || Integer.bitCount(ringBufferBytes) != 1
            || ringBufferBytes < MIN_RING_BUFFER_BYTES) {
            throw new IllegalArgumentException("pid=" + pid + " patterns=" + patterns + " blockTimeoutNs="
                + blockTimeoutNs + " ringBufferBytes=" + ringBufferBytes);
        }
    }

    /** Takes no session over, and has the default limits. */
    public RecordOptions(final long pid, final List<String> patterns, final EventPath path, final FullPolicy policy,
                         final long blockTimeoutNs, final int ringBufferBytes, final Path directory,
                         final String commandLine) {
        this(pid, patterns, path, policy, blockTimeoutNs, ringBufferBytes, directory, commandLine, false,
            TraceLimits.DEFAULT);
    }

    /** Size of the BPF ring buffer that is tried first; 0 where one is small enough. */
    int hotBufferBytes() {
        return ringBufferBytes > HOT_BUFFER_BYTES ? HOT_BUFFER_BYTES : 0;
    }

    /** The same for each of a number of targets, with smaller BPF ring buffers where there are more than eight. */
    public RecordOptions forTargets(final int targets) {
        final long share = Long.highestOneBit(Math.max(MIN_RING_BUFFER_BYTES, MAX_RING_BUFFERS_BYTES / targets));
        return new RecordOptions(pid, patterns, path, policy, blockTimeoutNs,
            (int) Math.min(ringBufferBytes, share), directory, commandLine);
    }

    /** All events of a process in batches, with the defaults. */
    public static RecordOptions of(final long pid, final Path directory) {
        return new RecordOptions(pid, List.of("*:*"), EventPath.BATCH, null, 0, DEFAULT_RING_BUFFER_BYTES, directory,
            "");
    }

    /** The same for other patterns. */
    public RecordOptions withPatterns(final List<String> newPatterns) {
        return new RecordOptions(
            pid, newPatterns, path, policy, blockTimeoutNs, ringBufferBytes, directory, commandLine, mayTakeOver,
            limits);
    }

    /** The same with another path. */
    public RecordOptions withPath(final EventPath newPath) {
        return new RecordOptions(
            pid, patterns, newPath, policy, blockTimeoutNs, ringBufferBytes, directory, commandLine, mayTakeOver,
            limits);
    }

    /** The same with another policy. */
    public RecordOptions withPolicy(final FullPolicy newPolicy) {
        return new RecordOptions(
            pid, patterns, path, newPolicy, blockTimeoutNs, ringBufferBytes, directory, commandLine, mayTakeOver,
            limits);
    }

    /** The same with another command line. */
    public RecordOptions withCommandLine(final String newCommandLine) {
        return new RecordOptions(
            pid, patterns, path, policy, blockTimeoutNs, ringBufferBytes, directory, newCommandLine, mayTakeOver,
            limits);
    }

    /** The same, and whether it may take the session of a consumer that is stopped. */
    public RecordOptions withTakeOver(final boolean newMayTakeOver) {
        return new RecordOptions(
            pid, patterns, path, policy, blockTimeoutNs, ringBufferBytes, directory, commandLine, newMayTakeOver,
            limits);
    }

    /** The same with other limits. */
    public RecordOptions withLimits(final TraceLimits newLimits) {
        return new RecordOptions(
            pid, patterns, path, policy, blockTimeoutNs, ringBufferBytes, directory, commandLine, mayTakeOver,
            newLimits);
    }
}
