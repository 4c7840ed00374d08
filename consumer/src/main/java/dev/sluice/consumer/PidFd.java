// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.sluice.usdt.NativeCalls;

/**
 * A pidfd: names one process for as long as it is open, whatever happens to its number. Any thread may poll;
 * {@link #close()} is idempotent and must not race with a poll.
 */
final class PidFd implements AutoCloseable {
    /** The same number on x86-64 and aarch64. */
    private static final long SYS_PIDFD_OPEN = 434;
    private static final int ESRCH = 3;
    private static final int EINTR = 4;
    private static final int POLLFD_LENGTH = 8;
    private static final int EVENTS_OFFSET = 4;
    private static final int REVENTS_OFFSET = 6;
    private static final short POLLIN = 1;

    private final int fd;
    private boolean isClosed;

    private PidFd(final int fd) {
        this.fd = fd;
    }

    /**
     * Opens the pidfd of a process.
     *
     * @throws AttachException if there is no such process
     */
    static PidFd open(final long pid) {
        try {
            return new PidFd((int) LibC.syscall(SYS_PIDFD_OPEN, pid, 0, 0, 0));
        } catch (final LastErrorException e) {
            final String text = NativeCalls.get().errorText(e.getErrorCode());
            if (e.getErrorCode() == ESRCH) {
                throw TargetProcess.noSuchProcess(pid);
            }
            throw new AttachException(AttachException.Reason.ENVIRONMENT, "pidfd_open(" + pid + ") failed: " + text
                + " (errno " + e.getErrorCode() + "); Linux 5.3 or later is needed, and pid must name a process, not a"
                + " thread", e);
        }
    }

    /** Whether the process has ended, after waiting for that at most so many milliseconds. */
    boolean hasExited(final int waitMs) {
        try (Memory poll = new Memory(POLLFD_LENGTH)) {
            poll.setInt(0, fd);
            poll.setShort(EVENTS_OFFSET, POLLIN);
            poll.setShort(REVENTS_OFFSET, (short) 0);
            try {
                return LibC.poll(poll, 1, waitMs) > 0;
            } catch (final LastErrorException e) {
                if (e.getErrorCode() == EINTR) {
                    return false;
                }
                throw new IllegalStateException("poll(pidfd) failed: errno=" + e.getErrorCode(), e);
            }
        }
    }

    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            NativeCalls.get().close(fd);
        }
    }

    /** Fixed arguments for the variadic syscall: both architectures pass integers the same way in either form. */
    private static final class LibC {
        static {
            Native.register(LibC.class, (String) null);
        }

        private LibC() {
        }

        static native long syscall(long number, long a0, long a1, long a2, long a3) throws LastErrorException;

        static native int poll(Pointer fds, long count, int timeoutMs) throws LastErrorException;
    }
}
