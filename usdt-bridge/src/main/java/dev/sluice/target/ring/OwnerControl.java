// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.ring;

import dev.sluice.ring.RingControl;
import dev.sluice.ring.RingProducer;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.drain.RingDrainer;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.region.Slot;
import dev.sluice.target.jvm.VirtualThreads;
import dev.sluice.target.session.LiveSession;
import java.util.function.LongSupplier;

/**
 * Answers what one owner asks of its process once per chunk. Each owner thread has an instance, which no other thread
 * calls.
 */
public final class OwnerControl implements RingControl {
    /** A full ring is looked at again after 20 us. */
    private static final long REFUSALS_PER_SECOND = 50_000;

    private final LiveSession session;
    private final DeclaredEvents events;
    private final RingDrainer drainer;
    private final LongSupplier mostRingBytes;
    private final boolean isOfCarrier;
    private final long refusalTicks;

    OwnerControl(final LiveSession session, final DeclaredEvents events, final RingDrainer drainer,
        final LongSupplier mostRingBytes, final long ticksPerSecond, final boolean isOfCarrier) {
        this.session = session;
        this.events = events;
        this.mostRingBytes = mostRingBytes;
        this.drainer = drainer;
        this.isOfCarrier = isOfCarrier;
        this.refusalTicks = Math.max(1, ticksPerSecond / REFUSALS_PER_SECOND);
    }

    @Override
    public void drainFull(final RingProducer ring) {
        session.current().strategy().onChunkFull(ring.slot(), drainer);
    }

    @Override
    public long ringLength(final long ringLength) {
        return mostRingBytes.getAsLong();
    }

    @Override
    public FullPolicy fullPolicy() {
        return session.current().policy();
    }

    @Override
    public long blockTimeoutNs() {
        return session.current().blockTimeoutNs();
    }

    @Override
    public EventWalker walker() {
        return events.walker();
    }

    @Override
    public boolean mayOverwrite(final Slot slot, final long chunkBegin) {
        return drainer.mayOverwrite(slot, chunkBegin);
    }

    @Override
    public boolean isLive() {
        return session.isActive();
    }

    @Override
    public boolean isStalled() {
        return session.isConsumerStalled();
    }

    @Override
    public long refusalTicks() {
        return refusalTicks;
    }

    @Override
    public void pin() {
        if (isOfCarrier) {
            VirtualThreads.pin();
        }
    }

    @Override
    public void unpin() {
        if (isOfCarrier) {
            VirtualThreads.unpin();
        }
    }
}
