// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import dev.sluice.os.NativeCalls;
import dev.sluice.os.OpenFileLock;
import dev.sluice.ring.ControlFileDescriptor;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Who of a target's consumers lives: each holds a lock on one byte of the control file, its epoch's, which the kernel
 * drops when the consumer's process has died (docs/protocol.md section 4). Any thread.
 */
public final class SessionLife {
    // When a process dies, the kernel closes its descriptors in ascending order and lets go of the files behind them in
    // the opposite one: the highest number first. Letting go of a BPF program takes it some 40 ms, for which the target
    // would take the consumer for alive. So the control file gets a second number above those of the programs.

    /** Numbers to try, as the limit of open files may be lower; below the last one the death is seen later, no more. */
    private static final int[] HIGH_NUMBERS = {960, 480, 240, 120};
    private static final int NONE = -1;

    private final int controlFd;
    private final OpenFileLock lock;
    /** Epochs whose byte this very open file has; to itself the kernel would say that nobody has them. */
    private final Set<Integer> own = new HashSet<>();
    private int highFd = NONE;

    /** By a descriptor of the control file, which stays the caller's. */
    SessionLife(final int controlFd) {
        this.controlFd = controlFd;
        lock = new OpenFileLock(controlFd);
    }

    /** Begins the life of the consumer of an epoch; false if another one has it. */
    public synchronized boolean tryBegin(final int epoch) {
        if (own.contains(epoch) || !lock.tryTake(ControlFileDescriptor.lifeLockOffset(epoch))) {
            return false;
        }
        own.add(epoch);
        for (int i = 0; i < HIGH_NUMBERS.length && highFd < 0; i++) {
            highFd = NativeCalls.get().duplicateOrErrno(controlFd, HIGH_NUMBERS[i]);
        }
        return true;
    }

    /** Ends the life of the consumer of an epoch that began here. */
    public synchronized void end(final int epoch) {
        if (own.remove(epoch)) {
            lock.release(ControlFileDescriptor.lifeLockOffset(epoch));
        }
        if (own.isEmpty() && highFd >= 0) {
            NativeCalls.get().close(highFd);
            highFd = NONE;
        }
    }

    /** Ends the lives of all that began here. */
    synchronized void end() {
        List.copyOf(own).forEach(this::end);
    }

    /** Whether the consumer of an epoch lives; one that is only stopped does. */
    public synchronized boolean isAlive(final int epoch) {
        return own.contains(epoch) || lock.isTakenElsewhere(ControlFileDescriptor.lifeLockOffset(epoch));
    }
}
