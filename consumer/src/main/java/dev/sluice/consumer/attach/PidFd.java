// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import dev.sluice.os.Descriptors;
import dev.sluice.os.Errno;
import dev.sluice.os.NativeCalls;
import dev.sluice.os.NativeException;
import dev.sluice.os.Remedy;
import dev.sluice.os.proc.ProcessStatus;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A pidfd: names one process for as long as it is open, whatever happens to its number. Any thread may poll;
 * {@link #close()} is idempotent and must not race with a poll.
 */
final class PidFd implements AutoCloseable {
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
        final int fd = NativeCalls.get().pidfdOpenOrErrno(pid);
        if (fd >= 0) {
            return new PidFd(fd);
        }
        final int errno = -fd;
        final String text = NativeCalls.get().errorText(errno);
        if (errno == Errno.ESRCH) {
            throw TargetProcess.noSuchProcess(pid);
        }
        if (errno == Errno.EPERM) {
            throw new AttachException(AttachException.Reason.PERMISSION, "pidfd_open(" + pid + ") failed: " + text
                + "; a filter of this system's calls (seccomp, as containers have) forbids it: allow it there, or"
                + " run sluice outside");
        }
        requireProcess(pid);
        final NativeException failed = new NativeException("pidfd_open(" + pid + ")", errno, text, "");
        final String remedy = Remedy.of(failed);
        throw new AttachException(AttachException.Reason.ENVIRONMENT, failed.getMessage() + "; "
            + (remedy.isEmpty() ? "Linux 5.3 or later is needed" : remedy), failed);
    }

    /** Tools such as top show the ids of threads as well, and /proc has an entry for each. */
    private static void requireProcess(final long pid) {
        final int process;
        try {
            process = ProcessStatus.read(Path.of("/proc/" + pid)).processId();
        } catch (final IOException e) {
            throw TargetProcess.noSuchProcess(pid);
        }
        if (process > 0 && process != pid) {
            throw new AttachException(AttachException.Reason.NO_SUCH_PROCESS, "no process " + pid
                + ": it is a thread of process " + process + ", whose id is to be given");
        }
    }

    /** Whether the process has ended. Waits for the end at most so many milliseconds. */
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
}
