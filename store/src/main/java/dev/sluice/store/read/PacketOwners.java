// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import java.util.Arrays;

/**
 * Says which thread each packet of a ring belongs to. A ring has many packets of one thread before another thread takes
 * it, so only the first packet of each owner is kept. One thread fills this while the trace is opened; after that it is
 * immutable.
 */
final class PacketOwners {
    private int[] firsts = new int[1];
    private int[] generations = new int[1];
    private int[] tids = new int[1];
    private int count;

    void add(final int index, final PacketView packet) {
        if (count > 0 && generations[count - 1] == packet.generation() && tids[count - 1] == packet.tid()) {
            return;
        }
        if (count == firsts.length) {
            firsts = Arrays.copyOf(firsts, count * 2);
            generations = Arrays.copyOf(generations, count * 2);
            tids = Arrays.copyOf(tids, count * 2);
        }
        firsts[count] = index;
        generations[count] = packet.generation();
        tids[count++] = packet.tid();
    }

    /** Forgets the last packet. */
    void drop(final int index) {
        if (firsts[count - 1] == index) {
            count--;
        }
    }

    /** Number of owners, one after another: a thread that owned the ring twice counts twice. */
    int count() {
        return count;
    }

    /** Index of the first packet of an owner. */
    int first(final int owner) {
        return firsts[owner];
    }

    int generation(final int owner) {
        return generations[owner];
    }

    int tid(final int owner) {
        return tids[owner];
    }
}
