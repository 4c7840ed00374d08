// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.write;

import net.openhft.chronicle.core.time.TimeProvider;

/** A queue's clock that stands still, so that the queue never rolls to another file. */
final class StoppedClock implements TimeProvider {
    private final long millis;

    StoppedClock(final long millis) {
        this.millis = millis;
    }

    @Override
    public long currentTimeMillis() {
        return millis;
    }
}
