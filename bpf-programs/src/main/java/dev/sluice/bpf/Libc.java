// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;

/** The few C library calls that the JDK has no class for. Any thread. */
final class Libc {

    static final int PROT_READ = 1;
    static final int PROT_WRITE = 2;
    static final int MAP_SHARED = 1;
    static final long MAP_FAILED = -1;
    static final short POLLIN = 1;
    static final int EPERM = 1;
    static final int ENOENT = 2;
    static final int EINTR = 4;
    static final int EBADF = 9;
    static final int ENOMEM = 12;
    static final int EACCES = 13;
    static final int EINVAL = 22;
    /** Of the kernel's own, which should not leave it. */
    static final int ENOTSUPP = 524;

    private static final long BPF = "aarch64".equals(System.getProperty("os.arch")) ? 280 : 321;

    static {
        // The C library that this JVM runs on already, and not one that a search path leads to.
        Native.register(Libc.class, NativeLibrary.getProcess());
    }

    private Libc() {
    }

    static native long mmap(long address, long length, int protection, int flags, int fd, long offset);

    static native int munmap(long address, long length);

    static native int poll(long pollfds, long count, int timeoutMs);

    static native int close(int fd);

    /** Variadic in C; for integers and pointers both architectures pass those as any other. */
    static native long syscall(long number, long a0, long a1, long a2);

    private static native String strerror(int errno);

    /** What an errno means; also of those that only the kernel knows. */
    static String describe(final int errno) {
        return errno == ENOTSUPP ? "Operation not supported by the kernel" : strerror(errno);
    }

    /** The va_list travels as a pointer on x86-64 and aarch64 alike. */
    static native int vsnprintf(long buffer, long size, long format, long arguments);

    /** The bpf system call: a result, or a negative errno. */
    static int bpf(final int command, final Memory attributes, final int length) {
        final long result = syscall(BPF, command, Pointer.nativeValue(attributes), length);
        return result < 0 ? -Native.getLastError() : (int) result;
    }

    static long mapShared(final long length, final int protection, final int fd, final long offset) {
        final long address = mmap(0, length, protection, MAP_SHARED, fd, offset);
        if (address == MAP_FAILED) {
            throw new BpfException("mmap(length=" + length + ", offset=" + offset + ")", Native.getLastError(), "");
        }
        return address;
    }
}
