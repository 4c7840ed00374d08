// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target;

import dev.sluice.os.NativeCalls;
import dev.sluice.os.OpenFileLock;
import dev.sluice.ring.control.ControlFileDescriptor;

/** What the target takes for a consumer that lives: the lock of an epoch on its control file. */
public final class ConsumerLife implements AutoCloseable {
    private int descriptor;
    private boolean isDead;

    /** Begins the life of the consumer of an epoch, by another open file of the target's control file. */
    public static ConsumerLife begin(final int epoch) {
        final ConsumerLife life = new ConsumerLife();
        // By native calls alone: the test may have less permissions than the library.
        life.descriptor = NativeCalls.get().open("/proc/self/fd/" + LocalTarget.start().memory().controlDescriptor(),
            NativeCalls.O_RDWR | NativeCalls.O_CLOEXEC, 0);
        if (!new OpenFileLock(life.descriptor).tryTake(ControlFileDescriptor.lifeLockOffset(epoch))) {
            throw new IllegalStateException("another consumer has epoch " + epoch);
        }
        return life;
    }

    /** The consumer dies. Idempotent. */
    @Override
    public void close() {
        if (!isDead) {
            isDead = true;
            NativeCalls.get().close(descriptor);
        }
    }
}
