// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.ring.EventWalker;
import dev.sluice.ring.FullPolicy;
import dev.sluice.ring.RingControl;
import dev.sluice.ring.RingDrainer;
import dev.sluice.ring.RingProducer;

/**
 * Drain strategy OWNER: the owner fires the batch probe when a chunk is full, while it is still in its cache. One
 * instance per owner thread, called by that thread alone.
 */
final class OwnerDrain implements RingControl {
    private final Target target;
    private final RingDrainer drainer;

    OwnerDrain(final Target target, final RingDrainer drainer) {
        this.target = target;
        this.drainer = drainer;
    }

    @Override
    public void drainFull(final RingProducer ring) {
        // Whatever hinders it, the chunk stays full for the control thread or for the next try (R4).
        drainer.drain(ring.slot(), false);
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
}
