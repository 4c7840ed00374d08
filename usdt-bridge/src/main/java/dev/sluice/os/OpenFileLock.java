// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Open-file-description locks on single bytes of one open file (fcntl(2), F_OFD_SETLK and F_OFD_GETLK).
 * <p>
 * Such a lock belongs to the open file that a descriptor refers to. The kernel drops the lock when no descriptor and no
 * mapping refers to that open file any more. So the lock ends when its process dies, for whatever reason, but not while
 * the process is only stopped. Every process that has opened the same file separately sees the lock, whatever pid or
 * time namespace the processes are in. A child that inherits the descriptor keeps the lock alive, so descriptors are
 * close-on-exec.
 * <p>
 * Any thread; calls of one instance exclude each other. Every method throws {@link NativeException} where the kernel
 * refuses the call.
 */
public final class OpenFileLock {
    private static final int F_OFD_GETLK = 36;
    private static final int F_OFD_SETLK = 37;
    private static final short F_WRLCK = 1;
    private static final short F_UNLCK = 2;
    /** struct flock of 64-bit Linux: type, whence, 4 unused bytes, start, length, pid, 4 unused bytes. */
    private static final int STRUCT_LENGTH = 32;
    private static final int START_OFFSET = 8;
    private static final int LENGTH_OFFSET = 16;

    private final NativeCalls calls = NativeCalls.get();
    private final int fd;
    /** The buffer and its address are kept, because the traced process asks some hundred times a second. */
    private final ByteBuffer struct = ByteBuffer.allocateDirect(STRUCT_LENGTH).order(ByteOrder.nativeOrder());
    private final long structAddress;

    /**
     * Locks on the file of a descriptor, which must be open for reading and writing and still belongs to the caller.
     */
    public OpenFileLock(final int fd) {
        this.fd = fd;
        structAddress = calls.addressOf(struct);
    }

    /**
     * Takes the lock on a byte without waiting. The byte may lie beyond the file's end.
     *
     * @return false if another open file has the lock
     */
    public synchronized boolean tryTake(final long offset) {
        final int result = call(F_OFD_SETLK, F_WRLCK, offset);
        if (result == -Errno.EAGAIN || result == -Errno.EACCES) {
            return false;
        }
        calls.checked(result, "fcntl(" + fd + ", F_OFD_SETLK, byte " + offset + ")", "");
        return true;
    }

    /** Gives the lock on a byte back, if this open file has it. */
    public synchronized void release(final long offset) {
        calls.checked(call(F_OFD_SETLK, F_UNLCK, offset), "fcntl(" + fd + ", F_OFD_SETLK, byte " + offset + ")", "");
    }

    /** Whether another open file has the lock on a byte. */
    public synchronized boolean isTakenElsewhere(final long offset) {
        final int result = call(F_OFD_GETLK, F_WRLCK, offset);
        if (result < 0) {
            calls.checked(result, "fcntl(" + fd + ", F_OFD_GETLK, byte " + offset + ")", "");
        }
        return struct.getShort(0) != F_UNLCK;
    }

    private int call(final int command, final short type, final long offset) {
        // A whence of 0 means: from the file's begin. The kernel requires pid 0.
        struct.putLong(0, 0).putShort(0, type).putLong(START_OFFSET, offset).putLong(LENGTH_OFFSET, 1)
            .putLong(STRUCT_LENGTH - Long.BYTES, 0);
        final int result = calls.fcntlOrErrno(fd, command, structAddress);
        Reference.reachabilityFence(struct);
        return result;
    }
}
