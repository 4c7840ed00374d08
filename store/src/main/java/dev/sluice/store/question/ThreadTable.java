// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.question;

import dev.sluice.store.read.EventView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Counts the events of each thread that has a ring. For one thread. */
final class ThreadTable {
    /** The most threads that are told apart, because a forged trace may name any number of them. */
    private static final int MOST = 1 << 16;
    /** The number of rings whose threads are found without a search; a power of two. */
    private static final int RECENT = 64;

    private final Map<Owner, ThreadFigures> threads = new HashMap<>();
    private final Owner[] recentOwners = new Owner[RECENT];
    private final ThreadFigures[] recent = new ThreadFigures[RECENT];
    private final ThreadFigures others = new ThreadFigures(null);

    /** A thread of a target. The kernel may give an id to another thread later; Java does not. */
    record Owner(int target, int pid, int tid, long javaThreadId) {
    }

    void add(final EventView event) {
        final int place = event.ring() & RECENT - 1;
        Owner owner = recentOwners[place];
        final int target = event.target().index();
        if (owner == null || owner.target != target || owner.tid != event.tid()
            || owner.javaThreadId != event.javaThreadId()) {
            owner = new Owner(target, event.target().info().pid(), event.tid(), event.javaThreadId());
            recentOwners[place] = owner;
            recent[place] = find(owner);
        }
        recent[place].add(event);
    }

    private ThreadFigures find(final Owner owner) {
        final ThreadFigures known = threads.get(owner);
        if (known != null || threads.size() >= MOST) {
            return known == null ? others : known;
        }
        final ThreadFigures added = new ThreadFigures(owner);
        threads.put(owner, added);
        return added;
    }

    /** The threads, the one with the most events first. Threads that are not told apart come last. */
    List<ThreadFigures> threads() {
        final List<ThreadFigures> sorted = new ArrayList<>(threads.values());
        sorted.sort(Comparator.comparingLong(ThreadFigures::events).reversed()
            .thenComparingInt(ThreadFigures::target).thenComparingInt(ThreadFigures::tid));
        if (others.events() > 0) {
            sorted.add(others);
        }
        return sorted;
    }
}
