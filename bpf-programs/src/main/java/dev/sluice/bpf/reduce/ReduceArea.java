// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.reduce;

import dev.sluice.os.NativeCalls;
import dev.sluice.ring.memory.Memory;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The memory that a program which reduces batches shares with its consumer, struct sluice_reduce_area. Whoever has the
 * memory keeps it as long as this is used. For one thread, but for {@link #count}, {@link #word} and {@link #bucket},
 * which are for any.
 */
final class ReduceArea {
    private final long address;
    /** Keeps memory of our own; null where it is another's. */
    private final ByteBuffer memory;

    private ReduceArea(final long address, final ByteBuffer memory) {
        this.address = address;
        this.memory = memory;
    }

    /** An area that is mapped at an address. */
    static ReduceArea at(final long address) {
        return new ReduceArea(address, null);
    }

    /** An area in memory of this process, with steps or without. */
    static ReduceArea local(final boolean hasSteps) {
        final ByteBuffer memory = ByteBuffer.allocateDirect(
            (hasSteps ? ReduceLayout.LENGTH : ReduceLayout.STEPS_OFFSET) + Long.BYTES);
        return new ReduceArea(NativeCalls.get().addressOf(memory) + Long.BYTES - 1 & -Long.BYTES, memory);
    }

    /** Sets what is asked for, and that nothing was found yet. */
    void begin(final List<Measure> measures) {
        for (int i = 0; i < ReduceLayout.RESULTS; i++) {
            Memory.putLong(address + ReduceLayout.resultOffset(i) + ReduceLayout.RESULT_MIN_OFFSET, -1L);
            if (Reduction.measureOf(i) < measures.size()) {
                put(i, measures.get(Reduction.measureOf(i)));
            }
        }
    }

    private void put(final int result, final Measure measure) {
        final long at = address + ReduceLayout.measureOffset(result);
        Memory.putLong(at + ReduceLayout.MEASURE_FROM_OFFSET, measure.from());
        Memory.putLong(at + ReduceLayout.MEASURE_TO_OFFSET, measure.to());
        Memory.putLong(at + ReduceLayout.MEASURE_STEP_OFFSET, measure.step());
        Memory.putInt(at + ReduceLayout.MEASURE_KIND_OFFSET, measure.kind().ordinal());
        Memory.putInt(at + ReduceLayout.MEASURE_ABOVE_OFFSET, measure.above());
    }

    void putStep(final int number, final int next, final int length, final int valueAt, final int flags, final int cut,
                 final int result) {
        final long at = address + ReduceLayout.stepOffset(number);
        Memory.putInt(at + ReduceLayout.STEP_NEXT_OFFSET, next);
        Memory.putShort(at + ReduceLayout.STEP_LENGTH_OFFSET, (short) length);
        Memory.putShort(at + ReduceLayout.STEP_VALUE_OFFSET, (short) valueAt);
        // The flags come last: with them the step is there.
        Memory.putLongRelease(at + ReduceLayout.STEP_FLAGS_OFFSET,
            flags | ReduceLayout.FLAG_KNOWN | (long) cut << Byte.SIZE | (long) result << 2 * Byte.SIZE);
    }

    /** Address of a step. */
    long step(final int number) {
        return address + ReduceLayout.stepOffset(number & ReduceLayout.STEPS - 1);
    }

    /** Address of what is staged. */
    long staged() {
        return address;
    }

    long count(final int result) {
        return word(result, ReduceLayout.RESULT_COUNT_OFFSET);
    }

    /** A word of a result, by its offset there. */
    long word(final int result, final int offset) {
        return Memory.getLongAcquire(address + ReduceLayout.resultOffset(result) + offset);
    }

    void putWord(final int result, final int offset, final long value) {
        Memory.putLongRelease(address + ReduceLayout.resultOffset(result) + offset, value);
    }

    long bucket(final int result, final int bucket) {
        return Memory.getLongAcquire(address + ReduceLayout.bucketOffset(result, bucket));
    }

    void addToBucket(final int result, final int bucket) {
        final long at = address + ReduceLayout.bucketOffset(result, bucket);
        Memory.putLongRelease(at, Memory.getLong(at) + 1);
    }
}
