// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.sql.parquet;

import java.util.Arrays;

/** The different values of some numbers, in the order in which each is first met, and for each number its index. */
final class NumberDictionary {
    /** Numbers this close together are looked up in a table. */
    private static final int NEAR = 1 << 16;
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

    private final int[] indexes;
    private long[] values = new long[64];
    private int size;

    private NumberDictionary(final int[] indexes) {
        this.indexes = indexes;
    }

    /**
     * Makes a dictionary.
     *
     * @param indexes gets for each number which of the values it is
     * @param most    so many different values at most
     * @return null if there are more, or none
     */
    static NumberDictionary of(final long[] numbers, final int count, final int[] indexes, final int most) {
        if (count == 0) {
            return null;
        }
        long least = numbers[0];
        long greatest = numbers[0];
        for (int i = 1; i < count; i++) {
            least = Math.min(least, numbers[i]);
            greatest = Math.max(greatest, numbers[i]);
        }
        final NumberDictionary dictionary = new NumberDictionary(indexes);
        final long range = greatest - least;
        return (range >= 0 && range < NEAR ? dictionary.fillNear(numbers, count, least, (int) range + 1, most)
            : dictionary.fill(numbers, count, most)) ? dictionary : null;
    }

    private int add(final long value) {
        if (size == values.length) {
            values = Arrays.copyOf(values, 2 * size);
        }
        values[size] = value;
        return size++;
    }

    private boolean fillNear(final long[] numbers, final int count, final long least, final int range,
        final int most) {
        final int[] known = new int[range];
        for (int i = 0; i < count; i++) {
            final int at = (int) (numbers[i] - least);
            int index = known[at] - 1;
            if (index < 0) {
                if (size == most) {
                    return false;
                }
                index = add(numbers[i]);
                known[at] = size;
            }
            indexes[i] = index;
        }
        return true;
    }

    private boolean fill(final long[] numbers, final int count, final int most) {
        int[] slots = new int[1024];
        int mask = slots.length - 1;
        for (int i = 0; i < count; i++) {
            final long number = numbers[i];
            int slot = hash(number) & mask;
            while (slots[slot] != 0 && values[slots[slot] - 1] != number) {
                slot = slot + 1 & mask;
            }
            if (slots[slot] == 0) {
                if (size == most) {
                    return false;
                }
                add(number);
                slots[slot] = size;
                if (size * 2 > mask) {
                    slots = spread(2 * slots.length);
                    mask = slots.length - 1;
                }
                indexes[i] = size - 1;
            } else {
                indexes[i] = slots[slot] - 1;
            }
        }
        return true;
    }

    private int[] spread(final int length) {
        final int[] slots = new int[length];
        for (int i = 0; i < size; i++) {
            int slot = hash(values[i]) & length - 1;
            while (slots[slot] != 0) {
                slot = slot + 1 & length - 1;
            }
            slots[slot] = i + 1;
        }
        return slots;
    }

    private static int hash(final long value) {
        return (int) (value * GOLDEN >>> Integer.SIZE);
    }

    int size() {
        return size;
    }

    long value(final int index) {
        return values[index];
    }

    /** For each number, which of the values it is. */
    int[] indexes() {
        return indexes;
    }
}
