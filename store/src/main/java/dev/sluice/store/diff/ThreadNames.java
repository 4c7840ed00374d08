// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.diff;

import dev.sluice.store.read.EventView;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/** Counts events by the name of the thread that had the ring. For one thread. */
final class ThreadNames {
    /** The most names that are told apart, because a forged trace may have any number of them. */
    private static final int MOST = 1 << 16;

    /** The number of rings whose threads are found without a search; a power of two. */
    private static final int RECENT = 64;

    private final SortedMap<String, long[]> counts = new TreeMap<>();
    private final String[] recentNames = new String[RECENT];
    private final long[][] recent = new long[RECENT][];
    private boolean isWhole = true;

    void add(final EventView event) {
        final int place = event.ring() & RECENT - 1;
        final String name = event.threadName();
        if (!name.equals(recentNames[place])) {
            recentNames[place] = name;
            recent[place] = find(name);
        }
        if (recent[place] != null) {
            recent[place][0]++;
        }
    }

    private long[] find(final String name) {
        final long[] known = counts.get(name);
        if (known != null || counts.size() >= MOST) {
            isWhole &= known != null;
            return known;
        }
        final long[] added = new long[1];
        counts.put(name, added);
        return added;
    }

    /** Events by name. */
    SortedMap<String, long[]> counts() {
        return Collections.unmodifiableSortedMap(counts);
    }

    /** Whether these are all. */
    boolean isWhole() {
        return isWhole;
    }
}
