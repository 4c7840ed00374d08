// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.packet.StreamClass;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.query.ThreadPattern;
import java.util.List;

/** Says which owners of rings are selected. Immutable: any thread. */
final class OwnerChoice {
    private final List<ThreadPattern> threads;
    private final boolean hasVirtual;

    /** Selects the given threads, or all threads if none are given. */
    OwnerChoice(final List<ThreadPattern> threads) {
        this.threads = threads;
        hasVirtual = threads.stream().anyMatch(ThreadPattern::isOfVirtualThread);
    }

    boolean isAll() {
        return threads.isEmpty();
    }

    /** The first packet, from the given one on, in which an event may be selected; or the number of packets. */
    int next(final PacketStream stream, final int packet) {
        final PacketOwners owners = stream.owners();
        for (int i = ownerAt(owners, packet); i < owners.count(); i++) {
            if (isOwnerSelected(stream, i) || hasVirtual && mayCarry(stream, i)) {
                return Math.max(packet, owners.first(i));
            }
        }
        return stream.packetCount();
    }

    /** Whether the ring's owner is not selected, so that only the events themselves tell whether they are. */
    boolean isByVirtualThread(final PacketStream stream, final int packet) {
        return !isOwnerSelected(stream, ownerAt(stream.owners(), packet));
    }

    private static int ownerAt(final PacketOwners owners, final int packet) {
        int low = 0;
        int high = owners.count();
        while (low < high) {
            final int middle = low + high >>> 1;
            if (owners.first(middle) <= packet) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return Math.max(0, low - 1);
    }

    private boolean isOwnerSelected(final PacketStream stream, final int owner) {
        final ThreadInfo thread = thread(stream, owner);
        final String name = thread == null ? "" : thread.name();
        final int tid = stream.owners().tid(owner);
        return threads.stream().anyMatch(pattern -> pattern.selects(tid, name));
    }

    /**
     * Whether a virtual thread may have fired on a ring's owner. A ring whose owner is not known may belong to any
     * thread.
     */
    private static boolean mayCarry(final PacketStream stream, final int owner) {
        final ThreadInfo thread = thread(stream, owner);
        return thread == null || thread.streamClass() == StreamClass.CARRIER;
    }

    private static ThreadInfo thread(final PacketStream stream, final int owner) {
        return stream.target().thread(stream.key(), stream.owners().generation(owner));
    }

    boolean selectsVirtual(final long virtualThreadId) {
        return virtualThreadId != 0
            && threads.stream().anyMatch(pattern -> pattern.selectsVirtual(virtualThreadId));
    }
}
