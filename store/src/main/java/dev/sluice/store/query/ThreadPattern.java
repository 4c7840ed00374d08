// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.query;

import dev.sluice.ring.event.Glob;

/**
 * Says which threads are wanted. A number is the kernel's id of a thread, {@code v} with a number is the id of a
 * virtual thread, and anything else is a name, in which * stands for any characters and ? for one character. Immutable.
 */
public final class ThreadPattern {
    private static final long NONE = -1;

    private final long tid;
    private final long virtualThreadId;
    private final Glob name;

    private ThreadPattern(final long tid, final long virtualThreadId, final Glob name) {
        this.tid = tid;
        this.virtualThreadId = virtualThreadId;
        this.name = name;
    }

    /**
     * Reads a pattern.
     *
     * @throws SelectionException if the text is empty
     */
    public static ThreadPattern parse(final String text) {
        if (text.isEmpty()) {
            throw new SelectionException("an empty text is no thread: write its id (4711), a virtual thread's id (v77)"
                + " or its name ('worker-*')");
        }
        if (text.matches("\\d{1,10}")) {
            return new ThreadPattern(Long.parseLong(text), NONE, null);
        }
        if (text.matches("v\\d{1,18}")) {
            return new ThreadPattern(NONE, Long.parseLong(text.substring(1)), null);
        }
        return new ThreadPattern(NONE, NONE, Glob.ofNames(text));
    }

    /** Whether all events of a ring are selected because of the ring's owner. */
    public boolean selects(final int ownerTid, final String ownerName) {
        return tid == ownerTid || name != null && name.matches(ownerName);
    }

    /** Whether the pattern is the id of a virtual thread. That id is in the events themselves, not in the ring. */
    public boolean isOfVirtualThread() {
        return virtualThreadId != NONE;
    }

    /** Whether the events of a virtual thread are selected. */
    public boolean selectsVirtual(final long id) {
        return virtualThreadId == id;
    }
}
