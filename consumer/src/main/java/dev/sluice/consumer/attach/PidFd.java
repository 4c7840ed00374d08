// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import dev.sluice.os.NativeCalls;

/**
 * A pidfd: names one process for as long as it is open, whatever happens to its number. Any thread may poll;
 * {@link #close()} is idempotent and must not race with a poll.
 */
final class PidFd implements AutoCloseable {
    /** The same number on x86-64 and aarch64. */
    private static final long SYS_PIDFD_OPEN = 434;
    private static final int EPERM = 1;
    private static final int ESRCH = 3;

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
            if (e.getErrorCode() == EPERM) {
                throw new AttachException(AttachException.Reason.PERMISSION, "pidfd_open(" + pid + ") failed: " + text
                    + "; a filter of this system's calls (seccomp, as containers have) forbids it: allow it there, or"
                    + " run sluice outside", e);
            }
            throw new AttachException(AttachException.Reason.ENVIRONMENT, "pidfd_open(" + pid + ") failed: " + text
                + " (errno " + e.getErrorCode() + "); Linux 5.3 or later is needed, and pid must name a process, not a"
                + " thread", e);
        }
    }

    /** Whether the process has ended, after waiting for that at most so many milliseconds. */
    boolean hasExited(final int waitMs) {
        return Descriptors.isReadable(fd, waitMs);
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
    }
}
