// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.kill;

import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetFinder;

/** A look at a target's control words from a test in another package; changes nothing. */
public final class TargetLook implements AutoCloseable {
    private final Target target;

    private TargetLook(final Target target) {
        this.target = target;
    }

    /** Looks at the only target of a process. */
    public static TargetLook open(final long pid) {
        return new TargetLook(TargetFinder.open(pid).get(0));
    }

    /** Epoch of the session that the target serves, 0 for none: its enable bits are down then. */
    public int activeEpoch() {
        return target.control().words().activeEpochVolatile();
    }

    @Override
    public void close() {
        target.close();
    }
}
