// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.drain;

import dev.sluice.bpf.program.TargetIdentity;

/** Offsets of the structures in drain.h, which asserts the same numbers. Layout only. */
final class DrainLayout {

    static final int CONFIG_EPOCH_OFFSET = TargetIdentity.LENGTH;
    static final int CONFIG_SLOTS_OFFSET = CONFIG_EPOCH_OFFSET + Integer.BYTES;
    static final int CONFIG_HAS_HOT_BUFFER_OFFSET = CONFIG_SLOTS_OFFSET + Integer.BYTES;
    static final int CONFIG_RESERVED_LENGTH = Integer.BYTES;
    static final int CONFIG_LENGTH = CONFIG_HAS_HOT_BUFFER_OFFSET + Integer.BYTES + CONFIG_RESERVED_LENGTH;

    static final int ACCEPTED_OFFSET = 0;
    static final int EVENTS_OFFSET = ACCEPTED_OFFSET + Long.BYTES;
    static final int RECORD_BYTES_OFFSET = EVENTS_OFFSET + Long.BYTES;
    static final int FAULTS_RESOLVED_OFFSET = RECORD_BYTES_OFFSET + Long.BYTES;
    static final int RESERVED_LENGTH = 4 * Long.BYTES;
    static final int FAILURES_OFFSET = FAULTS_RESOLVED_OFFSET + Long.BYTES + RESERVED_LENGTH;

    static final int FAILURE_BATCHES_OFFSET = 0;
    static final int FAILURE_EVENTS_OFFSET = FAILURE_BATCHES_OFFSET + Long.BYTES;
    static final int FAILURE_RECORD_BYTES_OFFSET = FAILURE_EVENTS_OFFSET + Long.BYTES;
    static final int FAILURE_DISCARDED_BYTES_OFFSET = FAILURE_RECORD_BYTES_OFFSET + Long.BYTES;
    static final int FAILURE_LENGTH = FAILURE_DISCARDED_BYTES_OFFSET + Long.BYTES;
    static final int STATS_LENGTH = FAILURES_OFFSET + DrainFailure.values().length * FAILURE_LENGTH;

    private DrainLayout() {
    }

    static int failureOffset(final DrainFailure cause) {
        return FAILURES_OFFSET + cause.ordinal() * FAILURE_LENGTH;
    }
}
