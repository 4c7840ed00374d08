// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.record;

import dev.sluice.bpf.KernelTest;
import dev.sluice.consumer.record.EventPath;

/** The same recordings, with the rings copied by a program that this process runs. */
@KernelTest
class RecorderPullTest extends RecorderTest {
    @Override
    EventPath path() {
        return EventPath.PULL;
    }

    /** Traps go past the rings, so there is nothing to pull: without the annotation this is no test here. */
    @Override
    void shouldStoreEachTrapWhenEveryEventTraps() {
        throw new AssertionError("not a test of pull mode");
    }
}
