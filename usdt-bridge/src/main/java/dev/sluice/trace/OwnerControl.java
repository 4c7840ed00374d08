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
    private final Target target;
    private final RingDrainer drainer;
    private final boolean isOfCarrier;

    OwnerControl(final Target target, final RingDrainer drainer, final boolean isOfCarrier) {
        this.target = target;
        this.drainer = drainer;
        this.isOfCarrier = isOfCarrier;
    }

    @Override
    public void drainFull(final RingProducer ring) {
        target.session().strategy().onChunkFull(ring.slot(), drainer);
    }

    @Override
    public long growRing(final int slot, final long ringLength) {
        return target.session().strategy().wantsLargeRings() ? target.memory().growRing(slot, ringLength) : ringLength;
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
