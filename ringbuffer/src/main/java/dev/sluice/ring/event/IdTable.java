// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.event;

/**
 * Objects by event id. An open hash table, whose size follows the number of objects and not the ids, because whoever
 * writes a trace chooses the ids. One thread fills the table; after that any thread may read it.
 *
 * @param <T> what it holds
 */
public final class IdTable<T> {
    private static final int FIRST_LENGTH = 4;

    /**
     * The id of each object, at the object's index. The length is a power of two, and at most half of the places are in
     * use.
     */
    private int[] ids = new int[FIRST_LENGTH];
    private Object[] values = new Object[FIRST_LENGTH];
    private int count;

    /** An empty table. */
    public IdTable() {
    }

    /** The object of an id, or null. */
    @SuppressWarnings("unchecked")
    public T get(final int id) {
        final int mask = ids.length - 1;
        // The loop ends at an empty place: half of the places are empty.
        for (int i = id & mask; values[i] != null; i = i + 1 & mask) {
            if (ids[i] == id) {
                return (T) values[i];
            }
        }
        return null;
    }

    /** Sets the object of an id, which is not null. */
    public void put(final int id, final T value) {
        if (2 * (count + 1) > ids.length) {
            grow();
        }
        count += set(id, value) ? 1 : 0;
    }

    private void grow() {
        final int[] oldIds = ids;
        final Object[] oldValues = values;
        ids = new int[oldIds.length * 2];
        values = new Object[oldIds.length * 2];
        for (int i = 0; i < oldIds.length; i++) {
            if (oldValues[i] != null) {
                set(oldIds[i], oldValues[i]);
            }
        }
    }

    /** Returns whether the id is new. */
    private boolean set(final int id, final Object value) {
        final int mask = ids.length - 1;
        int i = id & mask;
        while (values[i] != null && ids[i] != id) {
            i = i + 1 & mask;
        }
        final boolean isNew = values[i] == null;
        ids[i] = id;
        values[i] = value;
        return isNew;
    }
}
