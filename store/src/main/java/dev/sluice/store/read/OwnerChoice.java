// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.packet.StreamClass;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.format.ThreadInfo;
import dev.sluice.store.query.ProcessPattern;
import dev.sluice.store.query.SelectionException;
import dev.sluice.store.query.ThreadPattern;
import dev.sluice.store.text.JavaProgram;
import java.util.List;
import java.util.stream.Collectors;

/** Says which owners of rings are selected: processes, and threads in them. Immutable: any thread. */
final class OwnerChoice {
    private static final int MOST_NAMES = 40;

    private final List<ProcessPattern> processes;
    private final List<ThreadPattern> threads;
    private final boolean hasVirtual;

    /** Selects the given processes and threads; of either all if none are given. */
    OwnerChoice(final List<ProcessPattern> processes, final List<ThreadPattern> threads) {
        this.processes = processes;
        this.threads = threads;
        hasVirtual = threads.stream().anyMatch(ThreadPattern::isOfVirtualThread);
    }

    /** Whether a target is selected by its process. */
    boolean isSelected(final TargetTrace target) {
        return processes.isEmpty() || processes.stream().anyMatch(pattern -> isOf(pattern, target));
    }

    private static boolean isOf(final ProcessPattern pattern, final TargetTrace target) {
        return pattern.selects(target.info().pid(), target.info().commandLine());
    }

    /**
     * Makes sure that each process is one of the trace.
     *
     * @throws SelectionException if one is not
     */
    void requireProcesses(final List<TargetTrace> targets) {
        for (final ProcessPattern pattern : processes) {
            if (targets.stream().noneMatch(target -> isOf(pattern, target))) {
                throw new SelectionException("no process of the trace fits '" + pattern + "'; there are "
                    + (targets.isEmpty() ? "none at all" : targets.stream().map(target -> name(target.info()))
                        .distinct().limit(MOST_NAMES).collect(Collectors.joining(", ")))
                    + (targets.size() > MOST_NAMES ? " and more" : ""));
            }
        }
    }

    private static String name(final TargetInfo info) {
        return info.pid() + JavaProgram.of(info.commandLine()).map(program -> " (" + program.names().get(0) + ')')
            .orElse("");
    }

    /** Whether all threads are selected. */
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
