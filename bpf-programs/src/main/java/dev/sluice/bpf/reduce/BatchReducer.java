// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.reduce;

import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.memory.Memory;
import java.util.List;

/**
 * Does what the program does, in this process: {@code reduce.bpf.h}, step by step. It is for batches that no program
 * can see, such as those that a target has left when it died. For one thread.
 */
final class BatchReducer {
    private final ReduceArea steps;
    private final ReduceArea results;
    private final List<Measure> measures;

    /**
     * Makes one that has taken nothing yet.
     *
     * @param steps   where the steps are
     * @param results where values are taken
     */
    BatchReducer(final ReduceArea steps, final ReduceArea results, final List<Measure> measures) {
        this.steps = steps;
        this.results = results;
        this.measures = List.copyOf(measures);
        results.begin(measures);
    }

    /**
     * Takes values of a batch.
     *
     * @param content address of its first event; the memory does not change meanwhile
     * @param length  padded
     * @param context bytes between an event's header and its fields
     * @return false if it is not what it should be: then nothing was taken
     */
    boolean reduce(final long content, final int length, final int context) {
        return walk(content, length, context, false) && walk(content, length, context, true);
    }

    private boolean walk(final long content, final int length, final int context, final boolean takes) {
        int offset = 0;
        int number = 0;
        for (int i = 0; i < ReduceLayout.MAX_LOOPS; i++) {
            if (number == 0) {
                offset = EventDescriptor.align(offset);
                if (offset >= length) {
                    return offset == length;
                }
                number = EventDescriptor.id(Memory.getLong(content + offset));
                offset += EventDescriptor.HEADER_LENGTH + context;
            }
            final long step = steps.step(number);
            final int flags = Memory.getByte(step + ReduceLayout.STEP_FLAGS_OFFSET);
            int end = offset + Short.toUnsignedInt(Memory.getShort(step + ReduceLayout.STEP_LENGTH_OFFSET));
            if ((flags & ReduceLayout.FLAG_KNOWN) == 0 || end > length) {
                return false;
            }
            if (takes && (flags & ReduceLayout.FLAG_MEASURED) != 0) {
                final int at = offset + Short.toUnsignedInt(Memory.getShort(step + ReduceLayout.STEP_VALUE_OFFSET));
                take(step, content + at, (flags & ReduceLayout.FLAG_SIGNED) != 0);
            }
            if ((flags & ReduceLayout.FLAG_VARIABLE) != 0) {
                end += Short.toUnsignedInt(Memory.getShort(content + end - Short.BYTES));
                if (end > length) {
                    return false;
                }
            }
            offset = end;
            number = (flags & ReduceLayout.FLAG_LAST) != 0 ? 0 : Memory.getInt(step + ReduceLayout.STEP_NEXT_OFFSET);
        }
        return false;
    }

    private void take(final long step, final long at, final boolean isSigned) {
        final int cut = Memory.getByte(step + ReduceLayout.STEP_CUT_OFFSET);
        final int result = Memory.getByte(step + ReduceLayout.STEP_RESULT_OFFSET);
        final Measure measure = measures.get(Reduction.measureOf(result));
        long value = 0;
        for (int i = 0; i < Long.BYTES - cut / Byte.SIZE; i++) {
            value |= (long) Byte.toUnsignedInt(Memory.getByte(at + i)) << i * Byte.SIZE;
        }
        value = isSigned ? value << cut >> cut : value;
        final long key = isSigned ? value ^ Long.MIN_VALUE : value;
        if (Long.compareUnsigned(key, results.word(result, ReduceLayout.RESULT_MIN_OFFSET)) < 0) {
            results.putWord(result, ReduceLayout.RESULT_MIN_OFFSET, key);
        }
        if (Long.compareUnsigned(key, results.word(result, ReduceLayout.RESULT_MAX_OFFSET)) > 0) {
            results.putWord(result, ReduceLayout.RESULT_MAX_OFFSET, key);
        }
        results.putWord(result, ReduceLayout.RESULT_COUNT_OFFSET, results.count(result) + 1);
        if (measure.kind() == Measure.Kind.SUM) {
            add(result, value, isSigned);
        } else {
            results.addToBucket(result, bucket(measure, value, isSigned));
        }
    }

    private void add(final int result, final long value, final boolean isSigned) {
        final long before = results.word(result, ReduceLayout.RESULT_SUM_LOW_OFFSET);
        final long high = (Long.compareUnsigned(before + value, before) < 0 ? 1 : 0) - (isSigned && value < 0 ? 1 : 0);
        results.putWord(result, ReduceLayout.RESULT_SUM_LOW_OFFSET, before + value);
        results.putWord(result, ReduceLayout.RESULT_SUM_HIGH_OFFSET,
            results.word(result, ReduceLayout.RESULT_SUM_HIGH_OFFSET) + high);
    }

    private static int bucket(final Measure measure, final long value, final boolean isSigned) {
        if (measure.kind() == Measure.Kind.LOG2) {
            if (value == 0) {
                return ReduceLayout.ZERO_BUCKET;
            }
            return isSigned && value < 0 ? ReduceLayout.ZERO_BUCKET - 1 - powerOfTwo(-value)
                : ReduceLayout.ZERO_BUCKET + 1 + powerOfTwo(value);
        }
        if (!isSigned && value < 0 || value >= measure.to()) {
            return measure.above();
        }
        return value < measure.from() ? 0 : 1 + (int) Long.divideUnsigned(value - measure.from(), measure.step());
    }

    private static int powerOfTwo(final long value) {
        return Long.SIZE - 1 - Long.numberOfLeadingZeros(value);
    }
}
