// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer;

import dev.sluice.consumer.store.PacketView;
import dev.sluice.ring.EventDescriptor;
import dev.sluice.ring.EventWalker;
import dev.sluice.ring.Memory;
import dev.sluice.ring.PacketHeaderDescriptor;
import dev.sluice.ring.TargetId;

/**
 * Whether readers of a trace will take a packet: its header by the same check as theirs, its content event by event. A
 * packet made from the words of a region that lies would otherwise make the whole trace unreadable. For one thread.
 */
final class PacketCheck {
    private final PacketView view = new PacketView();
    private final TargetId targetId;
    private final EventWalker walker;

    PacketCheck(final TargetId targetId, final EventWalker walker) {
        this.targetId = targetId;
        this.walker = walker;
    }

    /**
     * Checks a packet of a ring.
     *
     * @param address of header and content, in memory that nobody else writes to
     */
    boolean isSound(final long address, final int lengthBytes) {
        view.wrap(address, lengthBytes);
        if (view.problem(targetId) != null || view.eventCount() == 0
            || view.streamClass() != PacketHeaderDescriptor.STREAM_PLATFORM
            && view.streamClass() != PacketHeaderDescriptor.STREAM_CARRIER) {
            return false;
        }
        final long contentEnd = address + view.contentBits() / Byte.SIZE;
        long event = address + PacketHeaderDescriptor.LENGTH;
        long ticks = view.ticksBegin();
        if (EventDescriptor.ticks48(Memory.getLong(event)) != (ticks & EventDescriptor.TICKS_MASK)) {
            return false;
        }
        long end = event;
        for (int i = 0; i < view.eventCount(); i++) {
            final int length = event < contentEnd
                ? walker.lengthOf(event, contentEnd - event, view.streamClass()) : EventWalker.MALFORMED;
            if (length == EventWalker.MALFORMED) {
                return false;
            }
            final long next = EventDescriptor.ticks(Memory.getLong(event), ticks);
            if (next - ticks >= EventDescriptor.MAX_TICKS_SPAN) {
                return false;
            }
            ticks = next;
            end = event + length;
            event += EventDescriptor.align(length);
        }
        return end == contentEnd && ticks == view.ticksEnd();
    }
}
