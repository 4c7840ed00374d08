// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import dev.sluice.os.OpenFileLock;
import dev.sluice.ring.ControlFileDescriptor;
import java.util.HashSet;
import java.util.Set;

/**
 * Who of a target's consumers lives: each holds a lock on one byte of the control file, its epoch's, which the kernel
 * drops when the consumer's process has died (docs/protocol.md section 4). Any thread.
 */
public final class SessionLife {
    private final OpenFileLock lock;
    /** Epochs whose byte this very open file has; to itself the kernel would say that nobody has them. */
    private final Set<Integer> own = new HashSet<>();

    /** By a descriptor of the control file, which stays the caller's. */
    SessionLife(final int controlFd) {
        lock = new OpenFileLock(controlFd);
    }

    /** Begins the life of the consumer of an epoch; false if another one has it. */
    public synchronized boolean tryBegin(final int epoch) {
        if (own.contains(epoch) || !lock.tryTake(ControlFileDescriptor.lifeLockOffset(epoch))) {
            return false;
        }
        own.add(epoch);
        return true;
    }

    /** Ends the life of the consumer of an epoch that began here. */
    public synchronized void end(final int epoch) {
        if (own.remove(epoch)) {
            lock.release(ControlFileDescriptor.lifeLockOffset(epoch));
        }
    }

    /** Whether the consumer of an epoch lives; one that is only stopped does. */
    public synchronized boolean isAlive(final int epoch) {
        return own.contains(epoch) || lock.isTakenElsewhere(ControlFileDescriptor.lifeLockOffset(epoch));
    }
}
