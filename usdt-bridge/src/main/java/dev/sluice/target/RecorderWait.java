// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target;

import java.io.File;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Lets a program that {@code sluice run} has started wait for its recording before its first event. The wait is over
 * as soon as a session has begun, the file that {@value #VARIABLE} names is gone or the process that it names has
 * ended, and after a minute in any case. Without that variable there is no wait. Any thread: all that load a
 * provider meanwhile wait.
 */
final class RecorderWait {
    /** The environment variable: a process id, a colon, and the path of a file. Programs of this program inherit it. */
    static final String VARIABLE = "SLUICE_RUN";

    private static final long MOST_NS = 60_000_000_000L;
    private static final long POLL_NS = 1_000_000L;

    private final BooleanSupplier hasBegun;
    private final String variable;
    private final boolean isUsed;
    private final long beginNs = System.nanoTime();
    private volatile boolean isOver;

    /**
     * A wait that begins now.
     *
     * @param variable value of the environment variable, or null
     * @param hasBegun whether a session has begun
     */
    RecorderWait(final String variable, final BooleanSupplier hasBegun) {
        this.variable = variable;
        this.hasBegun = hasBegun;
        isUsed = variable != null && variable.matches("[0-9]{1,10}:/.*");
        isOver = !isUsed;
    }

    /**
     * Waits, unless the wait is over. An interrupt of this thread is kept for later.
     *
     * @return whether this program waits at all; then a session may have begun since the caller looked
     */
    boolean await() {
        boolean isInterrupted = false;
        while (!isOver) {
            isOver = hasBegun.getAsBoolean() || !isAwaited() || System.nanoTime() - beginNs > MOST_NS;
            LockSupport.parkNanos(POLL_NS);
            // A thread that stays interrupted does not park.
            isInterrupted |= Thread.interrupted();
        }
        if (isInterrupted) {
            Thread.currentThread().interrupt();
        }
        return isUsed;
    }

    /** Whether the recorder lives and is still on its way. */
    private boolean isAwaited() {
        final int colon = variable.indexOf(':');
        return new File("/proc/" + variable.substring(0, colon)).exists()
            && new File(variable.substring(colon + 1)).exists();
    }
}
