// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples.bank;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What one thread of the bank did, by its own account: a line for each query, lock, transaction and commit, with the
 * readings of {@link System#nanoTime()} before and after each of its events. For one thread, and for others once that
 * has ended.
 */
final class Journal {
    private final boolean isKept;
    private final String thread;
    private final List<Object[]> lines = new ArrayList<>();

    /**
     * A journal.
     *
     * @param isKept whether lines are kept at all
     * @param thread name of the thread
     */
    Journal(final boolean isKept, final String thread) {
        this.isKept = isKept;
        this.thread = thread;
    }

    /** Adds a line; numbers become text when they are asked for. */
    void add(final String what, final Object... values) {
        if (isKept) {
            lines.add(new Object[] {what, thread, values});
        }
    }

    /** The lines, their words apart by tabs: what it is, the thread, values. */
    Stream<String> lines() {
        return lines.stream().map(line -> line[0] + "\t" + line[1] + "\t"
            + Stream.of((Object[]) line[2]).map(String::valueOf).collect(Collectors.joining("\t")));
    }
}
