// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.os;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * Calls on open files and directories that the JDK has no class for: a path names another file as soon as somebody
 * renames a part of it, a descriptor never does. Each failed call throws {@link FileCallException}. Stateless: any
 * thread. (Not the JDK's channels: an interrupt of the calling thread closes those.)
 */
public final class FileCalls {
    /** open: as it is, without a right to its content and without any effect on what it is: a pipe, a device. */
    public static final int O_PATH = 0x20_0000;
    /** open: read only. */
    public static final int O_RDONLY = 0;
    /** open: read and write. */
    public static final int O_RDWR = 2;
    /** open: do not wait for anybody, such as the other side of a pipe. */
    public static final int O_NONBLOCK = 0x800;
    /** open: fail unless it is a directory. */
    public static final int O_DIRECTORY = isArm() ? 0x4000 : 0x1_0000;
    /** open: fail if the last part of the path is a symbolic link. */
    public static final int O_NOFOLLOW = isArm() ? 0x8000 : 0x2_0000;

    /** In the place of a directory's descriptor: none, for paths that are absolute. */
    public static final int NO_DIRECTORY = -100;

    /** errno: it exists already. */
    public static final int EEXIST = 17;
    /** errno: a part of the path is no directory. */
    public static final int ENOTDIR = 20;
    /** errno: larger than a file of this process may be. */
    public static final int EFBIG = 27;
    /** errno: no space left. */
    public static final int ENOSPC = 28;
    /** errno: a symbolic link where none may be. */
    public static final int ELOOP = 40;
    /** errno: the quota is used up. */
    public static final int EDQUOT = 122;

    private static final int LOCK_SH = 1;
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;
    private static final int LOCK_UN = 8;
    private static final int EAGAIN = 11;
    private static final int EINTR = 4;
    private static final int ENOSYS = 38;
    private static final int EOPNOTSUPP = 95;
    private static final int ENXIO = 6;
    private static final int SEEK_DATA = 3;
    private static final int O_CLOEXEC = 0x8_0000;
    private static final int O_CREAT = 0x40;
    private static final int O_EXCL = 0x80;
    private static final int AT_REMOVEDIR = 0x200;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int AT_EMPTY_PATH = 0x1000;
    /** What the kernel knows, without asking a server that may never answer. */
    private static final int AT_STATX_DONT_SYNC = 0x4000;
    private static final int STATX_BASIC_STATS = 0x7ff;
    private static final int STATX_LENGTH = 256;
    /** Unit of a file's blocks, whatever its file system's are. */
    private static final int STATX_BLOCK = 512;
    /** Offset of the flags in what fstatfs(2) tells; the bits are those of statvfs(3). */
    private static final int STATFS_FLAGS = 80;
    private static final long ST_NOEXEC = 8;
    private static final int STATFS_LENGTH = 256;
    private static final byte[] EMPTY = {0};
    private static final Charset NAMES =
        Charset.forName(System.getProperty("sun.jnu.encoding", StandardCharsets.UTF_8.name()));

    static {
        Native.register(FileCalls.class, (String) null);
    }

    private FileCalls() {
    }

    /**
     * What a file is.
     *
     * @param device    file system that it is on
     * @param inode     its number there
     * @param mode      type and permissions
     * @param uid       owner
     * @param size      in bytes
     * @param allocated bytes that it takes in memory or on disk, holes left out
     */
    public record Status(long device, long inode, int mode, int uid, long size, long allocated) {
        private static final int TYPE_MASK = 0170000;
        private static final int REGULAR = 0100000;
        private static final int PERMISSIONS = 07777;

        /** Whether it is a file with content, and no pipe, device, socket or directory. */
        public boolean isRegular() {
            return (mode & TYPE_MASK) == REGULAR;
        }

        /** Permissions alone. */
        public int permissions() {
            return mode & PERMISSIONS;
        }
    }

    private static boolean isArm() {
        return "aarch64".equals(System.getProperty("os.arch"));
    }

    private static native int openat(int directory, byte[] path, int flags, int mode) throws LastErrorException;

    private static native int mkdirat(int directory, byte[] path, int mode) throws LastErrorException;

    private static native int renameat(int directory, byte[] path, int newDirectory, byte[] newPath)
        throws LastErrorException;

    private static native int unlinkat(int directory, byte[] path, int flags) throws LastErrorException;

    private static native int fchmod(int fd, int mode) throws LastErrorException;

    private static native int fchownat(int directory, byte[] path, int uid, int gid, int flags)
        throws LastErrorException;

    private static native int ftruncate(int fd, long length) throws LastErrorException;

    private static native long pwrite(int fd, long address, long length, long offset) throws LastErrorException;

    private static native long pwritev(int fd, long vectors, int count, long offset) throws LastErrorException;

    private static native int fallocate(int fd, int mode, long offset, long length) throws LastErrorException;

    private static native long pread(int fd, long address, long length, long offset) throws LastErrorException;

    private static native long lseek(int fd, long offset, int whence) throws LastErrorException;

    private static native int statx(int directory, byte[] path, int flags, int mask, Memory result)
        throws LastErrorException;

    private static native int fstatfs(int fd, Memory result) throws LastErrorException;

    private static native int flock(int fd, int operation) throws LastErrorException;

    private static native int close(int fd) throws LastErrorException;

    private static native String strerror(int errno);

    private static native int geteuid();

    /** Whether a call has failed as there is no room: on the disk, in a quota, or by the limit of this process. */
    public static boolean isWithoutRoom(final int errno) {
        return errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
    }

    /** The user that files are made by. */
    public static int user() {
        return geteuid();
    }

    /** Opens a file that exists; returns its descriptor, which the caller owns. */
    public static int open(final int directory, final String path, final int flags) {
        return (int) call("open(" + path + ")", () -> openat(directory, bytes(path), flags | O_CLOEXEC, 0));
    }

    /** Makes a file that is not there, for reading and writing; returns its descriptor, which the caller owns. */
    public static int create(final int directory, final String name, final int mode) {
        return (int) call("open(" + name + ", O_CREAT | O_EXCL)", () -> openat(directory, bytes(name),
            O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    }

    /** Renames a file or directory within one directory. A directory that is not empty is not replaced. */
    public static void rename(final int directory, final String name, final String newName) {
        call("rename(" + name + ", " + newName + ")",
            () -> renameat(directory, bytes(name), directory, bytes(newName)));
    }

    public static void makeDirectory(final int directory, final String name, final int mode) {
        call("mkdir(" + name + ")", () -> mkdirat(directory, bytes(name), mode));
    }

    /** Removes a file, or an empty directory. */
    public static void remove(final int directory, final String name, final boolean isDirectory) {
        call("unlink(" + name + ")", () -> unlinkat(directory, bytes(name), isDirectory ? AT_REMOVEDIR : 0));
    }

    public static void changeMode(final int fd, final int mode) {
        call("fchmod(" + Integer.toOctalString(mode) + ")", () -> fchmod(fd, mode));
    }

    /** Gives a file in a directory, or with an empty name the directory, to another user. */
    public static void changeOwner(final int directory, final String name, final int uid, final int gid) {
        call("fchown(" + uid + ", " + gid + ")", () -> fchownat(
            directory, bytes(name), uid, gid, AT_SYMLINK_NOFOLLOW | (name.isEmpty() ? AT_EMPTY_PATH : 0)));
    }

    public static void truncate(final int fd, final long length) {
        call("ftruncate(" + length + ")", () -> ftruncate(fd, length));
    }

    /** Writes bytes at an offset; returns how many, which may be fewer. */
    public static long write(final int fd, final long address, final long length, final long offset) {
        while (true) {
            try {
                return pwrite(fd, address, length, offset);
            } catch (final LastErrorException e) {
                requireInterrupted(e, "pwrite(" + length + " bytes at " + offset + ")");
            }
        }
    }

    /**
     * Writes the bytes of several places in memory, one behind the other, at an offset.
     *
     * @param vectors address of pairs of an address and a length, 8 bytes each (struct iovec)
     * @return how many bytes, which may be fewer
     */
    public static long writeTogether(final int fd, final long vectors, final int count, final long offset) {
        while (true) {
            try {
                return pwritev(fd, vectors, count, offset);
            } catch (final LastErrorException e) {
                requireInterrupted(e, "pwritev(" + count + " pieces at " + offset + ")");
            }
        }
    }

    /**
     * Takes space on the disk for a part of a file, which then reads as zeros where nothing was written, and makes the
     * file so long. A later write there needs no more space.
     *
     * @return false if the file system cannot do this
     */
    public static boolean allocate(final int fd, final long offset, final long length) {
        try {
            call("fallocate(" + length + " bytes at " + offset + ")", () -> fallocate(fd, 0, offset, length));
            return true;
        } catch (final FileCallException e) {
            if (e.errno() == EOPNOTSUPP || e.errno() == ENOSYS) {
                return false;
            }
            throw e;
        }
    }

    /** Reads bytes at an offset; returns how many, which may be fewer, and 0 at the file's end. */
    public static long read(final int fd, final long address, final long length, final long offset) {
        while (true) {
            try {
                return pread(fd, address, length, offset);
            } catch (final LastErrorException e) {
                requireInterrupted(e, "pread(" + length + " bytes at " + offset + ")");
            }
        }
    }

    /**
     * The next offset with data, from a given one on. If the file system knows no holes, this is the given offset; if
     * only a hole is left up to the end of the file, it is -1.
     */
    public static long nextData(final int fd, final long offset) {
        try {
            return lseek(fd, offset, SEEK_DATA);
        } catch (final LastErrorException e) {
            return e.getErrorCode() == ENXIO ? -1 : offset;
        }
    }

    /** What an open file is, also of one that was opened as a path only. */
    public static Status status(final int fd) {
        try (Memory result = new Memory(STATX_LENGTH)) {
            call("statx", () -> statx(fd, EMPTY, AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, result));
            return new Status((long) result.getInt(136) << 32 | result.getInt(140) & 0xFFFF_FFFFL, result.getLong(32),
                result.getShort(28) & 0xFFFF, result.getInt(20), result.getLong(40),
                result.getLong(48) * STATX_BLOCK);
        }
    }

    /** Bytes that a file system may still give to this user, and bytes that it has in all. */
    public static long[] space(final int fd) {
        try (Memory result = new Memory(STATFS_LENGTH)) {
            call("fstatfs", () -> fstatfs(fd, result));
            final long blockLength = result.getLong(8);
            return new long[] {result.getLong(32) * blockLength, result.getLong(16) * blockLength};
        }
    }

    /** Whether no code may be run or mapped from the file system of an open file or directory. */
    public static boolean isNoExec(final int fd) {
        try (Memory result = new Memory(STATFS_LENGTH)) {
            call("fstatfs", () -> fstatfs(fd, result));
            return (result.getLong(STATFS_FLAGS) & ST_NOEXEC) != 0;
        }
    }

    /**
     * Takes the lock of an open file or directory (flock(2)) without waiting. It goes when the descriptor is closed or
     * its process dies. It has nothing to do with the locks that the JDK takes on ranges of files.
     *
     * @return false if somebody else holds it, or the file system has no such locks
     */
    public static boolean tryLock(final int fd) {
        try {
            call("flock", () -> flock(fd, LOCK_EX | LOCK_NB));
            return true;
        } catch (final FileCallException e) {
            return false;
        }
    }

    /** Whether somebody else holds the lock of an open file or directory alone. */
    public static boolean isLockedElsewhere(final int fd) {
        try {
            call("flock", () -> flock(fd, LOCK_SH | LOCK_NB));
            call("flock", () -> flock(fd, LOCK_UN));
            return false;
        } catch (final FileCallException e) {
            return e.errno() == EAGAIN;
        }
    }

    /** Closes a descriptor. */
    public static void closeDescriptor(final int fd) {
        try {
            close(fd);
        } catch (final LastErrorException e) {
            // Linux has closed it whatever it says.
            return;
        }
    }

    private static byte[] bytes(final String text) {
        return (text + '\0').getBytes(NAMES);
    }

    private interface Call {
        long run() throws LastErrorException;
    }

    private static long call(final String text, final Call call) {
        while (true) {
            try {
                return call.run();
            } catch (final LastErrorException e) {
                requireInterrupted(e, text);
            }
        }
    }

    /** Returns if a signal has ended a call, which is to be made again. */
    private static void requireInterrupted(final LastErrorException e, final String text) {
        if (e.getErrorCode() != EINTR) {
            throw new FileCallException(text, e.getErrorCode(), strerror(e.getErrorCode()));
        }
    }
}
