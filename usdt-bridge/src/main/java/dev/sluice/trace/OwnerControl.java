// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.ring.EventWalker;
import dev.sluice.ring.FullPolicy;
import dev.sluice.ring.RingControl;
import dev.sluice.ring.RingDrainer;
import dev.sluice.ring.RingProducer;

/** What one owner asks of its process once per chunk. One instance per owner thread, called by that thread alone. */
final class OwnerControl implements RingControl {
    /** A full ring is looked at again after 20 us. */
    private static final long REFUSALS_PER_SECOND = 50_000;

    private final Target target;
    private final RingDrainer drainer;
    private final boolean isOfCarrier;
    private final long refusalTicks;

    OwnerControl(final Target target, final RingDrainer drainer, final boolean isOfCarrier) {
        this.target = target;
        this.drainer = drainer;
        this.isOfCarrier = isOfCarrier;
        this.refusalTicks = Math.max(1, target.clock().frequency() / REFUSALS_PER_SECOND);
    }

    @Override
    public void drainFull(final RingProducer ring) {
        target.session().strategy().onChunkFull(ring.slot(), drainer);
    }

    @Override
    public long ringLength(final long ringLength) {
        return target.session().strategy().wantsLargeRings() ? target.memory().greatestRingLength() : ringLength;
    }

    @Override
    public FullPolicy fullPolicy() {
        return target.session().policy();
    }

    @Override
    public long blockTimeoutNs() {
        return target.session().blockTimeoutNs();
    }

    @Override
    public EventWalker walker() {
        return target.walker();
    }

    @Override
    public boolean isLive() {
        return target.controlFile().activeEpochVolatile() != 0;
    }

    @Override
    public boolean isStalled() {
        return target.isConsumerStalled();
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
