// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.pull;

/** Offsets in struct sluice_pull_area and struct sluice_pull_request, which {@code pull.h} declares. */
final class PullLayout {
    static final int PID_OFFSET = 0;
    static final int COUNT_OFFSET = PID_OFFSET + Integer.BYTES;
    static final int REQUESTS_OFFSET = 16;
    static final int REQUEST_ADDRESS_OFFSET = 0;
    static final int REQUEST_LENGTH_OFFSET = REQUEST_ADDRESS_OFFSET + Long.BYTES;
    static final int REQUEST_OFFSET_OFFSET = REQUEST_LENGTH_OFFSET + Integer.BYTES;
    static final int REQUEST_ERROR_OFFSET = REQUEST_OFFSET_OFFSET + Integer.BYTES;
    static final int REQUEST_LENGTH = REQUEST_ERROR_OFFSET + Long.BYTES;
    static final int REQUESTS = 64;
    static final int DATA_OFFSET = 4096;
    static final int MAX_LENGTH = 64 << 10;
    /** The offsets that a range may be copied to are less than this. */
    static final int MAX_OFFSET = 128 << 10;
    /** In place of an offset: the range is staged. */
    static final int STAGE = -1;
    static final int LENGTH = DATA_OFFSET + MAX_OFFSET + MAX_LENGTH;

    private PullLayout() {
    }
}
