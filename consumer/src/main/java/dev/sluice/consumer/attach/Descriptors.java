// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;

/** What the kernel says of open descriptors without reading or writing them. Stateless: any thread. */
public final class Descriptors {
    /** Standard output. */
    public static final int STANDARD_OUTPUT = 1;

    private static final int EINTR = 4;
    private static final int POLLFD_LENGTH = 8;
    private static final int EVENTS_OFFSET = 4;
    private static final int REVENTS_OFFSET = 6;
    private static final short POLLIN = 1;
    private static final short POLLERR = 8;
    private static final short POLLHUP = 16;

    private Descriptors() {
    }

    /** Whether there is something to read, after waiting for that at most so many milliseconds. */
    static boolean isReadable(final int fd, final int waitMs) {
        return poll(fd, POLLIN, waitMs) != 0;
    }

    /** Whether nobody reads any more what is written: the pipe's other end is closed, or the terminal. */
    public static boolean isAbandoned(final int fd) {
        return (poll(fd, (short) 0, 0) & (POLLERR | POLLHUP)) != 0;
    }

    private static int poll(final int fd, final short events, final int waitMs) {
        try (Memory poll = new Memory(POLLFD_LENGTH)) {
            poll.setInt(0, fd);
            poll.setShort(EVENTS_OFFSET, events);
            poll.setShort(REVENTS_OFFSET, (short) 0);
            try {
                return LibC.poll(poll, 1, waitMs) > 0 ? poll.getShort(REVENTS_OFFSET) : 0;
            } catch (final LastErrorException e) {
                if (e.getErrorCode() == EINTR) {
                    return 0;
                }
                throw new IllegalStateException("poll(" + fd + ") failed: errno=" + e.getErrorCode(), e);
            }
        }
    }

    private static final class LibC {
        static {
            Native.register(LibC.class, (String) null);
        }

        private LibC() {
        }

        static native int poll(Pointer fds, long count, int timeoutMs) throws LastErrorException;
    }
}
