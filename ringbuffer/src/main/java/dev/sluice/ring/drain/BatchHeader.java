// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.drain;

import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.ring.packet.PacketHeaderEncoder;
import dev.sluice.ring.packet.TargetId;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;

/**
 * Writes the header of a packet for a batch that a drainer has selected. A flyweight: each drainer has one, for its
 * thread.
 */
public final class BatchHeader {
    private final PacketHeaderEncoder header = new PacketHeaderEncoder();

    /**
     * Writes the packet header of a selected batch (R5).
     *
     * @param batch    has selected the batch
     * @param slot     the batch's ring
     * @param address  where the header is written, {@link PacketHeaderDescriptor#LENGTH} bytes
     * @param targetId the target that the ring belongs to
     * @param epoch    epoch of the session
     * @param sequence sequence number of the batch
     */
    public void write(final BatchSelector batch, final Slot slot, final long address, final TargetId targetId,
                      final int epoch, final long sequence) {
        final long overwritten = slot.overwrittenAcquire();
        header.begin(address).target(targetId).streamClassCode(slot.streamClassCode()).ring(slot.index())
            .tid(slot.tid()).javaThreadId(slot.javaThreadId())
            .generation(SlotDescriptor.generation(slot.stateVolatile())).epoch(epoch).sequence(sequence)
            .ticks(batch.firstTicks(), batch.lastTicks())
            .content(batch.eventCount(), batch.exactLength(), batch.paddedLength())
            .place(batch.begin(), batch.eventsBefore()).eventsDiscarded(slot.discardedAcquire() + overwritten)
            .overwritten(overwritten);
    }
}
