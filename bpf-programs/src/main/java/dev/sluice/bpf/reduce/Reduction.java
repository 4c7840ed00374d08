// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.reduce;

import dev.sluice.ring.event.EventSchema;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Sums and histograms of one target's events, as they become: what a program takes of batches in the kernel, and what
 * is taken here of batches that it cannot see. For one thread, but for {@link #reduced}, which is for any as long as
 * the program is not closed.
 */
public final class Reduction {
    private final List<Measure> measures;
    private final ReduceArea area;
    private final ReduceArea local = ReduceArea.local(false);
    private final StepWriter steps;
    private final BatchReducer reducer;

    private Reduction(final List<Measure> measures, final ReduceArea area) {
        if (measures.isEmpty() || measures.size() > Measure.MOST) {
            throw new IllegalArgumentException("measures=" + measures.size() + " most=" + Measure.MOST);
        }
        this.measures = List.copyOf(measures);
        this.area = area;
        area.begin(measures);
        steps = new StepWriter(area, measures);
        reducer = new BatchReducer(area, local, measures);
    }

    /** A reduction by a program that shares the memory at an address. */
    public static Reduction at(final long address, final List<Measure> measures) {
        return new Reduction(measures, ReduceArea.at(address));
    }

    /** A reduction without a program. */
    public static Reduction local(final List<Measure> measures) {
        return new Reduction(measures, ReduceArea.local(true));
    }

    /** Length of the memory that is shared with a program. */
    public static int areaLength() {
        return ReduceLayout.LENGTH;
    }

    /** Signed and unsigned values of one measure have a result each, since versions of an event may differ. */
    static int resultOf(final int measure, final boolean isSigned) {
        return 2 * measure + (isSigned ? 0 : 1);
    }

    static int measureOf(final int result) {
        return result / 2;
    }

    /** Makes events known. Those that are known already stay as they are. */
    public void know(final Collection<EventSchema> schemas) {
        steps.add(schemas);
    }

    /**
     * Takes values of a batch in this process.
     *
     * @param content address of its first event; the memory does not change meanwhile
     * @param length  padded
     * @param context bytes between an event's header and its fields
     * @return false if it is not what it should be: then nothing was taken
     */
    public boolean reduce(final long content, final int length, final int context) {
        return reducer.reduce(content, length, context);
    }

    /** Where the program finds what it has staged, and says what it has found there. */
    public StagedBatch staged() {
        return new StagedBatch(area.staged());
    }

    /** What was found so far, in the order of the measures. A program may run meanwhile: then parts may be ahead. */
    public List<Reduced> reduced() {
        final List<Reduced> all = new ArrayList<>();
        for (int i = 0; i < measures.size(); i++) {
            Reduced sum = Reduced.none(measures.get(i));
            for (final boolean isSigned : new boolean[] {true, false}) {
                sum = sum.plus(read(area, measures.get(i), resultOf(i, isSigned), isSigned))
                    .plus(read(local, measures.get(i), resultOf(i, isSigned), isSigned));
            }
            all.add(sum);
        }
        return all;
    }

    private static Reduced read(final ReduceArea from, final Measure measure, final int result,
                                final boolean isSigned) {
        final long count = from.count(result);
        if (count == 0) {
            return Reduced.none(measure);
        }
        final List<Long> counts = new ArrayList<>();
        for (int i = 0; i < measure.buckets(); i++) {
            counts.add(from.bucket(result, i));
        }
        final BigInteger sum = BigInteger.valueOf(from.word(result, ReduceLayout.RESULT_SUM_HIGH_OFFSET))
            .shiftLeft(Long.SIZE).add(unsigned(from.word(result, ReduceLayout.RESULT_SUM_LOW_OFFSET)));
        return new Reduced(measure, unsigned(count), sum, value(from, result, ReduceLayout.RESULT_MIN_OFFSET, isSigned),
            value(from, result, ReduceLayout.RESULT_MAX_OFFSET, isSigned), counts);
    }

    private static BigInteger value(final ReduceArea from, final int result, final int offset, final boolean isSigned) {
        final long key = from.word(result, offset);
        return isSigned ? BigInteger.valueOf(key ^ Long.MIN_VALUE) : unsigned(key);
    }

    private static BigInteger unsigned(final long value) {
        return new BigInteger(Long.toUnsignedString(value));
    }
}
