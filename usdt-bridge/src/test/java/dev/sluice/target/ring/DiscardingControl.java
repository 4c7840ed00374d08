// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.ring;

import dev.sluice.ring.RingControl;
import dev.sluice.ring.RingProducer;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.packet.EventWalker;

/** Of a ring for tests that nobody drains, which refuses what it has no room for and never waits. */
public final class DiscardingControl implements RingControl {
    @Override
    public void drainFull(final RingProducer ring) {
        // Nobody drains.
    }

    @Override
    public long ringLength(final long ringLength) {
        return ringLength;
    }

    @Override
    public FullPolicy fullPolicy() {
        return FullPolicy.DISCARD;
    }

    @Override
    public long blockTimeoutNs() {
        return 0;
    }

    @Override
    public EventWalker walker() {
        return null;
    }

    @Override
    public boolean isLive() {
        return true;
    }

    @Override
    public boolean isStalled() {
        return false;
    }

    @Override
    public long refusalTicks() {
        return 0;
    }
}
