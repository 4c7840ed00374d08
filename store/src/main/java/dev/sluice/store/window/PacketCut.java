// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.window;

import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.packet.PacketHeader;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.PacketHeaderEncoder;
import dev.sluice.store.clock.TargetClock;
import java.nio.ByteBuffer;
import org.agrona.BufferUtil;

/**
 * Cuts a packet that lies across a bound of a window: what is left is a packet with the events inside, which is sound
 * and continues the ring at its place. For one thread.
 */
final class PacketCut {
    private final EventWalker walker;
    private final TargetClock clock;
    private final long fromNs;
    private final long toNs;
    private final PacketHeaderEncoder encoder = new PacketHeaderEncoder();
    private ByteBuffer buffer = BufferUtil.allocateDirectAligned(1 << 16, Long.BYTES);

    PacketCut(final EventWalker walker, final TargetClock clock, final long fromNs, final long toNs) {
        this.walker = walker;
        this.clock = clock;
        this.fromNs = fromNs;
        this.toNs = toNs;
    }

    /**
     * Cuts a packet whose header is sound.
     *
     * @return false if nothing of it is inside, or its content is malformed
     */
    boolean cut(final PacketHeader packet) {
        final long content = packet.address() + packet.headerLength();
        final long end = packet.address() + packet.contentBits() / Byte.SIZE;
        long at = content;
        long ticks = packet.ticksBegin();
        long first = 0;
        long firstTicks = 0;
        long lastTicks = 0;
        long lastEnd = 0;
        int skipped = 0;
        int count = 0;
        for (int i = 0; i < packet.eventCount(); i++) {
            final int length = walker.lengthOf(at, end - at, packet.streamClass());
            if (length == EventWalker.MALFORMED) {
                return false;
            }
            ticks = EventDescriptor.ticks(Memory.getLong(at), ticks);
            final long ns = clock.monotonicNs(ticks);
            if (ns > toNs) {
                break;
            }
            if (ns < fromNs) {
                skipped++;
            } else {
                if (count++ == 0) {
                    first = at;
                    firstTicks = ticks;
                }
                lastTicks = ticks;
                lastEnd = at + length;
            }
            at += EventDescriptor.align(length);
        }
        if (count > 0) {
            copy(packet, first, lastEnd);
            encoder.wrap(address()).headerLength(PacketHeaderDescriptor.LENGTH).ticks(firstTicks, lastTicks)
                .content(count, lastEnd - first, padded(lastEnd - first))
                .place(packet.beginPosition() + first - content, packet.eventsBefore() + skipped);
        }
        return count > 0;
    }

    private void copy(final PacketHeader packet, final long first, final long end) {
        final int length = PacketHeaderDescriptor.LENGTH + (int) padded(end - first);
        if (buffer.capacity() < length) {
            buffer = BufferUtil.allocateDirectAligned(2 * length, Long.BYTES);
        }
        Memory.zero(address() + length - Long.BYTES, Long.BYTES);
        Memory.copy(packet.address(), address(), PacketHeaderDescriptor.LENGTH);
        Memory.copy(first, address() + PacketHeaderDescriptor.LENGTH, end - first);
    }

    private static long padded(final long length) {
        return length + Long.BYTES - 1 & -Long.BYTES;
    }

    /** Where the packet is that was cut last. */
    long address() {
        return BufferUtil.address(buffer);
    }
}
