// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring;

/**
 * Objects by event id. In pages, so that a table with one great id is small: whoever writes a trace chooses the ids.
 * For one thread while it is filled, then for any.
 *
 * @param <T> what it holds
 */
public final class IdTable<T> {
    private static final int PAGE_BITS = 6;
    private static final int PAGE_LENGTH = 1 << PAGE_BITS;

    private Object[][] pages = {};

    /** An empty table. */
    public IdTable() {
    }

    /** The object of an id of 0 or more, or null. */
    @SuppressWarnings("unchecked")
    public T get(final int id) {
        final int page = id >>> PAGE_BITS;
        return page < pages.length && pages[page] != null ? (T) pages[page][id & PAGE_LENGTH - 1] : null;
    }

    /** Sets the object of an id of 0 or more. */
    public void put(final int id, final T value) {
        final int page = id >>> PAGE_BITS;
        if (page >= pages.length) {
            pages = java.util.Arrays.copyOf(pages, page + 1);
        }
        if (pages[page] == null) {
            pages[page] = new Object[PAGE_LENGTH];
        }
        pages[page][id & PAGE_LENGTH - 1] = value;
    }
}
