// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import dev.sluice.os.NativeCalls;
import dev.sluice.os.OpenFileLock;
import dev.sluice.ring.control.ControlFileDescriptor;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Says which of a target's consumers live. Each consumer holds a lock on the byte of its epoch in the control file, and
 * the kernel drops the lock when the consumer's process has died (docs/protocol.md section 4). Any thread.
 */
public final class SessionLife {
    // When a process dies, the kernel closes its descriptors in ascending order, but releases the files behind them in
    // descending order. Releasing a BPF program takes the kernel some 40 ms, and for that time the target would take
    // the consumer for alive. So the control file gets a second descriptor, with a number above those of the programs.

    /**
     * Descriptor numbers to try, because the limit of open files may be lower. If even the last number is above the
     * limit, the target only notices the consumer's death later.
     */
    private static final int[] HIGH_NUMBERS = {960, 480, 240, 120};
    private static final int NONE = -1;

    private final int controlFd;
    private final OpenFileLock lock;
    /**
     * Epochs whose byte was locked through this same open file. If the kernel is asked through it, it says that nobody
     * has locked these bytes.
     */
    private final Set<Integer> own = new HashSet<>();
    private int highFd = NONE;

    /** Uses a descriptor of the control file, which still belongs to the caller. */
    SessionLife(final int controlFd) {
        this.controlFd = controlFd;
        lock = new OpenFileLock(controlFd);
    }

    /** Begins the life of the consumer of an epoch. Returns false if another consumer has that epoch. */
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

    /** Ends the lives of all consumers that began here. */
    synchronized void end() {
        List.copyOf(own).forEach(this::end);
    }

    /** Whether the consumer of an epoch lives. A consumer that is only stopped lives. */
    public synchronized boolean isAlive(final int epoch) {
        return own.contains(epoch) || lock.isTakenElsewhere(ControlFileDescriptor.lifeLockOffset(epoch));
    }
}
