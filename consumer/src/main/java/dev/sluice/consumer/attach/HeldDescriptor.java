// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import dev.sluice.os.Errno;
import dev.sluice.os.NativeCalls;
import dev.sluice.os.NativeException;
import dev.sluice.os.Remedy;
import dev.sluice.store.os.FileCallException;
import dev.sluice.store.os.FileCalls;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The file that one descriptor of a target refers to, held as a path only. The file's content was not opened, so a pipe
 * or a device has not noticed anything; and this object keeps referring to the same file, whatever the target does with
 * its descriptor. The file is opened only after it was checked, and never for more than the target itself may do with
 * it. For one thread.
 */
final class HeldDescriptor implements AutoCloseable {
    private static final int ACCESS_MASK = 3;

    private final Path descriptor;
    private final int fd;
    private final FileCalls.Status status;

    private HeldDescriptor(final Path descriptor, final int fd) {
        this.descriptor = descriptor;
        this.fd = fd;
        status = FileCalls.status(fd);
    }

    /**
     * Knows the file system of memfds, which has no file with a name. A memfd's name proves nothing, because any file
     * can have such a name.
     */
    private static final class Memfds {
        private static final long DEVICE = device();

        private static long device() {
            final int own = NativeCalls.get().memfdCreate("sluice", NativeCalls.MFD_CLOEXEC);
            try {
                return FileCalls.status(own).device();
            } finally {
                NativeCalls.get().close(own);
            }
        }
    }

    /**
     * Holds what a descriptor of a process refers to.
     *
     * @throws AttachException if the descriptor is closed by now, or this process may not look at it
     */
    static HeldDescriptor of(final Path descriptor) {
        try {
            return new HeldDescriptor(
                descriptor, FileCalls.open(FileCalls.NO_DIRECTORY, descriptor.toString(), FileCalls.O_PATH));
        } catch (final FileCallException e) {
            throw refused(e);
        }
    }

    private static AttachException refused(final FileCallException e) {
        if (e.errno() == Errno.EACCES || e.errno() == Errno.EPERM) {
            return new AttachException(AttachException.Reason.PERMISSION, e.call() + " failed: permission denied; run"
                + " sluice as the user that runs the process, or as root", e);
        }
        return e.errno() == Errno.ENOENT || e.errno() == Errno.ESRCH
            ? new AttachException(AttachException.Reason.NO_SUCH_PROCESS, e.getMessage()
                + ": the process has ended, or has closed the file; try again if it runs", e)
            : new AttachException(AttachException.Reason.ENVIRONMENT,
                Remedy.describe(new NativeException(e.call(), e.errno(), NativeCalls.get().errorText(e.errno()), "")),
                e);
    }

    FileCalls.Status status() {
        return status;
    }

    private Path own() {
        return Path.of("/proc/self/fd/" + fd);
    }

    /** Whether the file is a memfd with a name. */
    boolean isMemfd(final String link) {
        try {
            return status.isRegular() && status.device() == Memfds.DEVICE
                && link.equals(Files.readSymbolicLink(own()).toString());
        } catch (final IOException e) {
            throw TargetProcess.unreadable(descriptor, e);
        }
    }

    /**
     * Makes sure that the target has this very file open for reading and writing.
     *
     * @throws AttachException if the target does not have it open so, or has put another file in its place
     */
    void requireWritableByTarget(final TargetProcess process) {
        long flags = -1;
        long inode = -1;
        final Path file = process.path("fdinfo/" + descriptor.getFileName());
        try {
            for (final String line : Files.readString(file).split("\n")) {
                if (line.startsWith("flags:")) {
                    flags = Long.parseLong(line.substring("flags:".length()).trim(), 8);
                } else if (line.startsWith("ino:")) {
                    inode = Long.parseLong(line.substring("ino:".length()).trim());
                }
            }
        } catch (final IOException e) {
            throw TargetProcess.unreadable(file, e);
        }
        // Before Linux 5.14 this does not name the file's inode: then the target must also be the file's owner.
        final boolean isThis = inode == -1 ? status.uid() == process.uid() : inode == status.inode();
        if (!isThis || flags == -1 || (flags & FileCalls.O_PATH) != 0 || (flags & ACCESS_MASK) != FileCalls.O_RDWR) {
            throw AttachException.damaged("refused " + descriptor + ": the process has not opened it for reading and"
                + " writing, so opening it here could give away what it has no right to");
        }
    }

    /** Opens the file as {@link #open} does, but returns a descriptor, which the caller owns. */
    int openDescriptor(final int access) {
        try {
            return FileCalls.open(FileCalls.NO_DIRECTORY, own().toString(), access | FileCalls.O_NONBLOCK);
        } catch (final FileCallException e) {
            throw refused(e);
        }
    }

    /** Opens the file. The caller has checked the file and the target's right to it. */
    FileChannel open(final StandardOpenOption... options) {
        try {
            return FileChannel.open(own(), options);
        } catch (final IOException e) {
            throw TargetProcess.unreadable(descriptor, e);
        }
    }

    @Override
    public void close() {
        FileCalls.closeDescriptor(fd);
    }
}
