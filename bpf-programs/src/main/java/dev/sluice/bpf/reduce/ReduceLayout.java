// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.reduce;

/** Offsets in struct sluice_reduce_area and what it has in it, which {@code reduce.h} declares. Layout only. */
final class ReduceLayout {
    static final int RESULTS = 32;
    static final int BUCKETS = 1024;
    static final int STEPS = 131_072;
    /** Steps that are reached from another step have a number from here on; below are the ids of events. */
    static final int FIRST_FURTHER_STEP = 65_536;
    static final int MAX_LOOPS = 131_072;
    static final int ZERO_BUCKET = 64;

    static final int STAGED_LENGTH_OFFSET = 0;
    static final int STAGED_CONTEXT_OFFSET = STAGED_LENGTH_OFFSET + Integer.BYTES;
    static final int STAGED_ERROR_OFFSET = STAGED_CONTEXT_OFFSET + Integer.BYTES;
    static final int STAGED_EVENTS_OFFSET = STAGED_ERROR_OFFSET + Integer.BYTES;
    static final int STAGED_EXACT_OFFSET = STAGED_EVENTS_OFFSET + Integer.BYTES;
    static final int STAGED_LAST_OFFSET = STAGED_EXACT_OFFSET + Integer.BYTES;
    static final int STAGED_LAST_WORD_OFFSET = STAGED_LAST_OFFSET + Integer.BYTES;

    static final int MEASURES_OFFSET = 4096;
    static final int MEASURE_FROM_OFFSET = 0;
    static final int MEASURE_TO_OFFSET = MEASURE_FROM_OFFSET + Long.BYTES;
    static final int MEASURE_STEP_OFFSET = MEASURE_TO_OFFSET + Long.BYTES;
    static final int MEASURE_KIND_OFFSET = MEASURE_STEP_OFFSET + Long.BYTES;
    static final int MEASURE_ABOVE_OFFSET = MEASURE_KIND_OFFSET + Integer.BYTES;
    static final int MEASURE_LENGTH = MEASURE_ABOVE_OFFSET + Integer.BYTES;

    static final int RESULTS_OFFSET = MEASURES_OFFSET + RESULTS * MEASURE_LENGTH;
    static final int RESULT_COUNT_OFFSET = 0;
    static final int RESULT_SUM_LOW_OFFSET = RESULT_COUNT_OFFSET + Long.BYTES;
    static final int RESULT_SUM_HIGH_OFFSET = RESULT_SUM_LOW_OFFSET + Long.BYTES;
    static final int RESULT_MIN_OFFSET = RESULT_SUM_HIGH_OFFSET + Long.BYTES;
    static final int RESULT_MAX_OFFSET = RESULT_MIN_OFFSET + Long.BYTES;
    static final int RESULT_LENGTH = 64;

    static final int BUCKETS_OFFSET = 8192;
    static final int STEPS_OFFSET = BUCKETS_OFFSET + RESULTS * BUCKETS * Long.BYTES;
    static final int STEP_NEXT_OFFSET = 0;
    static final int STEP_LENGTH_OFFSET = STEP_NEXT_OFFSET + Integer.BYTES;
    static final int STEP_VALUE_OFFSET = STEP_LENGTH_OFFSET + Short.BYTES;
    static final int STEP_FLAGS_OFFSET = STEP_VALUE_OFFSET + Short.BYTES;
    static final int STEP_CUT_OFFSET = STEP_FLAGS_OFFSET + Byte.BYTES;
    static final int STEP_RESULT_OFFSET = STEP_CUT_OFFSET + Byte.BYTES;
    static final int STEP_SIZE = 16;

    static final int FLAG_KNOWN = 1;
    static final int FLAG_VARIABLE = 2;
    static final int FLAG_LAST = 4;
    static final int FLAG_MEASURED = 8;
    static final int FLAG_SIGNED = 16;

    /** All of the area. */
    static final int LENGTH = STEPS_OFFSET + STEPS * STEP_SIZE;

    private ReduceLayout() {
    }

    static int measureOffset(final int result) {
        return MEASURES_OFFSET + result * MEASURE_LENGTH;
    }

    static int resultOffset(final int result) {
        return RESULTS_OFFSET + result * RESULT_LENGTH;
    }

    static int bucketOffset(final int result, final int bucket) {
        return BUCKETS_OFFSET + (result * BUCKETS + bucket) * Long.BYTES;
    }

    static int stepOffset(final int step) {
        return STEPS_OFFSET + step * STEP_SIZE;
    }
}
