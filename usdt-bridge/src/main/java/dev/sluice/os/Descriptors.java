// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Asks the kernel about open descriptors without reading or writing them. Stateless: any thread. */
public final class Descriptors {
    /** Standard output. */
    public static final int STANDARD_OUTPUT = 1;

    private static final short POLLIN = 1;
    private static final short POLLERR = 8;
    private static final short POLLHUP = 16;
    /** struct pollfd: descriptor, events asked for, events found. Behind it struct timespec: seconds, nanoseconds. */
    private static final int EVENTS_OFFSET = 4;
    private static final int FOUND_OFFSET = 6;
    private static final int TIMEOUT_OFFSET = 8;
    private static final int NANOSECONDS_OFFSET = 16;
    private static final int LENGTH = 24;
    private static final int MS_A_SECOND = 1000;
    private static final int NS_A_MS = 1_000_000;
    /** A buffer for each thread: some threads wait a thousand times a minute, and making direct buffers is costly. */
    private static final ThreadLocal<ByteBuffer> STRUCTS =
        ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(LENGTH).order(ByteOrder.nativeOrder()));

    private Descriptors() {
    }

    /** Whether there is something to read. Waits for it at most so many milliseconds; with 0 it does not wait. */
    public static boolean isReadable(final int fd, final int waitMs) {
        return poll(fd, POLLIN, waitMs) != 0;
    }

    /** Whether nobody can read what is written: the pipe's other end, or the terminal, is closed. */
    public static boolean isAbandoned(final int fd) {
        return (poll(fd, (short) 0, 0) & (POLLERR | POLLHUP)) != 0;
    }

    private static int poll(final int fd, final short events, final int waitMs) {
        if (waitMs < 0) {
            throw new IllegalArgumentException("waitMs=" + waitMs);
        }
        final NativeCalls calls = NativeCalls.get();
        final ByteBuffer structs = STRUCTS.get();
        structs.putInt(0, fd).putShort(EVENTS_OFFSET, events).putShort(FOUND_OFFSET, (short) 0)
            .putLong(TIMEOUT_OFFSET, waitMs / MS_A_SECOND)
            .putLong(NANOSECONDS_OFFSET, waitMs % MS_A_SECOND * (long) NS_A_MS);
        final long address = calls.addressOf(structs);
        // This uses ppoll, because aarch64 has no poll. The kernel writes the rest of the time back, so a call that is
        // repeated after a signal does not wait longer in all.
        final long found = calls.call(SystemCall.PPOLL, address, 1, address + TIMEOUT_OFFSET, 0);
        calls.checked(found, "poll(" + fd + ")", "");
        return found > 0 ? structs.getShort(FOUND_OFFSET) : 0;
    }
}
