// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The few calls into Linux that the library makes: system calls, the dynamic linker, and views of native memory. Two
 * implementations, chosen once: the Java 22 foreign-function API, and JNA before it or where {@code sluice.os.calls} is
 * {@code jna}, as it is for commands that are over in a moment: a tenth of their time went into the API's handles.
 * Every method may be called from any thread; each failed call throws {@link NativeException}. Not for hot paths.
 */
public abstract class NativeCalls {
    /** memfd_create: close on exec. */
    public static final int MFD_CLOEXEC = 1;
    /** memfd_create: seals may be added. */
    public static final int MFD_ALLOW_SEALING = 2;
    /** memfd_create: never executable by execve (Linux 6.3); mapping it executable is still possible. */
    public static final int MFD_NOEXEC_SEAL = 8;
    /** Seal: no more seals. */
    public static final int F_SEAL_SEAL = 1;
    /** Seal: the size cannot shrink. */
    public static final int F_SEAL_SHRINK = 2;
    /** Seal: the size cannot grow. */
    public static final int F_SEAL_GROW = 4;
    /** Seal: the content cannot change through the file or a shared mapping. */
    public static final int F_SEAL_WRITE = 8;
    /** open: read only. */
    public static final int O_RDONLY = 0;
    /** open: read and write. */
    public static final int O_RDWR = 2;
    /** open: create. */
    public static final int O_CREAT = 0x40;
    /** open: fail if it exists. */
    public static final int O_EXCL = 0x80;
    /** open: do not wait, as the open of a pipe without a writer would. */
    public static final int O_NONBLOCK = 0x800;
    /** open: close on exec. */
    public static final int O_CLOEXEC = 0x80000;
    /** madvise: bring the pages in, writable (Linux 5.14). */
    public static final int MADV_POPULATE_WRITE = 23;

    private static final int FALLOC_FL_KEEP_SIZE = 1;
    private static final int FALLOC_FL_PUNCH_HOLE = 2;
    private static final int RTLD_NOW = 2;
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int F_ADD_SEALS = 1033;
    private static final int F_GET_SEALS = 1034;
    private static final int AT_FDCWD = -100;
    private static final int CLOCK_THREAD_CPUTIME_ID = 3;
    private static final int SIGCONT = 18;

    private final Processor processor;

    NativeCalls(final Processor processor) {
        this.processor = processor;
    }

    /**
     * The implementation for this JVM.
     *
     * @throws NativeException if this JVM can make no native calls; the text is {@link #unavailableReason()}
     */
    public static NativeCalls get() {
        final NativeCalls calls = Chosen.CALLS;
        if (calls == null) {
            throw new NativeException("native access", 0, Chosen.REASON, "");
        }
        return calls;
    }

    /** The implementation of this JVM, by what the property says. */
    static NativeCalls choose(final Processor processor, final String wanted) {
        return Ffm.isPresent() && !wanted.equals("jna") ? new FfmCalls(processor) : new JnaCalls(processor);
    }

    /** Why this JVM can make no native calls; empty when it can. */
    public static String unavailableReason() {
        return Chosen.REASON;
    }

    /** A new anonymous file; returns its descriptor, which the caller owns. */
    public final int memfdCreate(final String name, final int flags) {
        final ByteBuffer text = cString(name);
        final long result = call(SystemCall.MEMFD_CREATE, addressOf(text), flags, 0, 0);
        Reference.reachabilityFence(text);
        return (int) checked(result, "memfd_create(" + name + ")", "check vm.memfd_noexec");
    }

    /** Sets a file's size in bytes. */
    public final void ftruncate(final int fd, final long lengthBytes) {
        checked(call(SystemCall.FTRUNCATE, fd, lengthBytes, 0, 0), "ftruncate(" + fd + ", " + lengthBytes + ")",
            "raise the limit of the size of files (ulimit -f)");
    }

    /**
     * Makes another descriptor for an open file.
     *
     * @param least the least number that the new descriptor may have
     * @return the new descriptor, or a negative errno
     */
    public final int duplicateOrErrno(final int fd, final int least) {
        return (int) call(SystemCall.FCNTL, fd, F_DUPFD_CLOEXEC, least, 0);
    }

    /** Adds seals to a memfd. */
    public final void addSeals(final int fd, final int seals) {
        checked(call(SystemCall.FCNTL, fd, F_ADD_SEALS, seals, 0), "fcntl(" + fd + ", F_ADD_SEALS, " + seals + ")", "");
    }

    /** The seals of a memfd; fails with EINVAL on a file that cannot have any. */
    public final int seals(final int fd) {
        return (int) checked(call(SystemCall.FCNTL, fd, F_GET_SEALS, 0, 0), "fcntl(" + fd + ", F_GET_SEALS)", "");
    }

    /**
     * Allocates a range of a file, in bytes, so that a later store into a mapping of it cannot fail for want of
     * space.
     */
    public final void fallocate(final int fd, final long offset, final long lengthBytes) {
        checked(call(SystemCall.FALLOCATE, fd, 0, offset, lengthBytes),
            "fallocate(" + fd + ", " + offset + ", " + lengthBytes + ")",
            "make room on the file system, or in the memory limit of the container");
    }

    /** Flag of {@link #open}: fail if the path's last part is a link. It differs between processors. */
    public final int noFollow() {
        return processor.noFollow();
    }

    /** Frees a range of a file, in bytes, without changing its length: its pages go, and it reads as zeros. */
    public final void punchHole(final int fd, final long offset, final long lengthBytes) {
        checked(call(SystemCall.FALLOCATE, fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, offset, lengthBytes),
            "fallocate(" + fd + ", PUNCH_HOLE, " + offset + ", " + lengthBytes + ")", "");
    }

    /** Opens a file with permissions {@code mode} if it is created; returns a descriptor, which the caller owns. */
    public final int open(final String path, final int flags, final int mode) {
        return (int) checked(openOrErrno(path, flags, mode), "open(" + path + ")", "check that the path may be used");
    }

    /** As {@link #open}, but returns a negative errno when it fails. */
    public final int openOrErrno(final String path, final int flags, final int mode) {
        final ByteBuffer text = cString(path);
        final long result = call(SystemCall.OPENAT, AT_FDCWD, addressOf(text), flags, mode);
        Reference.reachabilityFence(text);
        return (int) result;
    }

    /** Closes a descriptor. */
    public final void close(final int fd) {
        // The call is not repeated after EINTR, because Linux has closed the descriptor by then.
        checked(systemCall(processor.number(SystemCall.CLOSE), fd, 0, 0, 0, 0, 0), "close(" + fd + ")", "");
    }

    /**
     * Takes an exclusive lock on an open file without waiting. The lock belongs to the open file: it ends when the
     * descriptor is closed or the process dies, and opening and closing the file elsewhere leaves it alone.
     *
     * @return false if another open file holds the lock
     */
    public final boolean tryLock(final int fd) {
        final long result = call(SystemCall.FLOCK, fd, LOCK_EX | LOCK_NB, 0, 0);
        if (result == -Errno.EAGAIN) {
            return false;
        }
        checked(result, "flock(" + fd + ")", "use a directory on a file system that has locks");
        return true;
    }

    /** fcntl with a structure at an address; returns a negative errno when it fails. */
    final int fcntlOrErrno(final int fd, final int command, final long address) {
        return (int) call(SystemCall.FCNTL, fd, command, address, 0);
    }

    /** The kernel's id of the calling thread, as seen in this process's own namespace. */
    public final int gettid() {
        return (int) call(SystemCall.GETTID, 0, 0, 0, 0);
    }

    /**
     * Writes the processor time that the calling thread has taken so far: seconds and ns, 8 bytes each.
     *
     * @return 0 or a negative errno
     */
    public final int threadTimeOrErrno(final long address) {
        return (int) call(SystemCall.CLOCK_GETTIME, CLOCK_THREAD_CPUTIME_ID, address, 0, 0);
    }

    /** Lets a process go on that a signal has stopped; does nothing if there is none, or it is another user's. */
    public final void letGoOn(final long pid) {
        call(SystemCall.KILL, pid, SIGCONT, 0, 0);
    }

    /** The effective user id of the process. */
    public final int geteuid() {
        return (int) call(SystemCall.GETEUID, 0, 0, 0, 0);
    }

    /** Advises the kernel on {@code lengthBytes} bytes from a page-aligned address. */
    public final void madvise(final long address, final long lengthBytes, final int advice) {
        checked(call(SystemCall.MADVISE, address, lengthBytes, advice, 0),
            "madvise(0x" + Long.toHexString(address) + ", " + lengthBytes + ", " + advice + ")", "");
    }

    /** Loads a shared object with all its symbols bound and kept local; returns its handle. */
    public final long dlopen(final String path) {
        final ByteBuffer text = cString(path);
        final long handle = dlopen(addressOf(text), RTLD_NOW);
        Reference.reachabilityFence(text);
        if (handle == 0) {
            throw new NativeException("dlopen(" + path + ")", 0, linkerError(),
                "check that the file system is not mounted noexec and that executable mappings are allowed");
        }
        return handle;
    }

    /** The address of a symbol. */
    public final long dlsym(final long handle, final String symbol) {
        final ByteBuffer text = cString(symbol);
        final long address = dlsym(handle, addressOf(text));
        Reference.reachabilityFence(text);
        if (address == 0) {
            throw new NativeException("dlsym(" + symbol + ")", 0, linkerError(), "");
        }
        return address;
    }

    /** Gives a handle back; the object's code may then be unmapped. */
    public final void dlclose(final long handle) {
        if (closeObject(handle) != 0) {
            throw new NativeException("dlclose(0x" + Long.toHexString(handle) + ")", 0, linkerError(), "");
        }
    }

    /** {@link #errorText}, or null if this JVM can make no native calls, or is just finding out. */
    static String errorTextOrNull(final int errno) {
        final NativeCalls calls = Chosen.CALLS;
        return calls == null ? null : calls.errorText(errno);
    }

    /** The system's text for an errno. */
    public final String errorText(final int errno) {
        return errno == Errno.ENOTSUPP ? "Operation not supported by the kernel" : textAt(strerror(errno));
    }

    /**
     * Opens a descriptor that names one process for as long as it is open, even if the process ends and another process
     * gets its pid (Linux 5.3).
     *
     * @return the descriptor, which the caller owns, or a negative errno
     */
    public final int pidfdOpenOrErrno(final long pid) {
        return (int) call(SystemCall.PIDFD_OPEN, pid, 0, 0, 0);
    }

    /**
     * The system call of BPF.
     *
     * @param attributes address of the command's attributes
     * @return its result, or a negative errno
     */
    public final int bpfOrErrno(final int command, final long attributes, final int lengthBytes) {
        return (int) call(SystemCall.BPF, command, attributes, lengthBytes, 0);
    }

    /** The address of a direct buffer's first byte; valid for as long as the buffer is reachable. */
    public abstract long addressOf(ByteBuffer direct);

    /** A view of native memory in the machine's byte order; nothing checks that the memory stays mapped. */
    public abstract ByteBuffer bufferAt(long address, int lengthBytes);

    /** The result of a system call, or its errno negated. */
    abstract long systemCall(long number, long a0, long a1, long a2, long a3, long a4, long a5);

    /**
     * Sets the supplementary groups through the C library, which changes all threads. Returns 0 or a negative errno.
     */
    abstract int setgroups(long count, long groups);

    /** Sets the real, effective and saved group, in the same way as {@link #setgroups}. */
    abstract int setresgid(int gid);

    /** Sets the real, effective and saved user, in the same way as {@link #setgroups}. */
    abstract int setresuid(int uid);

    abstract long dlopen(long path, int flags);

    abstract long dlsym(long handle, long name);

    abstract int closeObject(long handle);

    /**
     * A handle that closes a loaded object and needs no class of the library, or null if this JVM has no such handle.
     */
    public abstract MethodHandle closing(long handle);

    abstract long dlerror();

    abstract long strerror(int errno);

    /** The NUL-terminated text at an address. */
    abstract String textAt(long address);

    /** The result of a system call, or its errno negated. The call is repeated if a signal has interrupted it. */
    final long call(final SystemCall call, final long a0, final long a1, final long a2, final long a3) {
        return call(call, a0, a1, a2, a3, 0, 0);
    }

    /** A system call of six arguments: its result, or its errno negated; repeated if a signal has interrupted it. */
    final long call(final SystemCall call, final long a0, final long a1, final long a2, final long a3, final long a4,
                    final long a5) {
        long result;
        do {
            result = systemCall(processor.number(call), a0, a1, a2, a3, a4, a5);
        }
        while (result == -Errno.EINTR);
        return result;
    }

    /** Returns the result of a call, or throws if it is a negated errno. */
    final long checked(final long result, final String call, final String remedy) {
        if (result < 0) {
            final int errno = (int) -result;
            throw new NativeException(call, errno, errorText(errno),
                errno == Errno.EMFILE ? "raise the limit of open files (ulimit -n)" : remedy);
        }
        return result;
    }

    private String linkerError() {
        final long text = dlerror();
        return text == 0 ? "no reason given" : textAt(text);
    }

    private static ByteBuffer cString(final String text) {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("text=" + text.replace('\0', '?') + " contains a NUL");
        }
        final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocateDirect(bytes.length + 1).put(bytes).put((byte) 0).flip();
    }

    /** The implementation for this JVM, chosen at first use. */
    private static final class Chosen {
        static final NativeCalls CALLS;
        static final String REASON;

        static {
            NativeCalls calls = null;
            String reason = "";
            final Processor processor = Processor.current().orElse(null);
            if (!"Linux".equals(System.getProperty("os.name"))) {
                reason = "the operating system is " + System.getProperty("os.name") + ", not Linux";
            } else if (processor == null) {
                reason = "the processor is " + System.getProperty("os.arch") + ", not x86-64 or aarch64";
            } else {
                try {
                    calls = choose(processor, System.getProperty("sluice.os.calls", ""));
                    calls.gettid();
                } catch (final Throwable e) {
                    // The reason may be that native access is denied, that JNA has no library for this system, or that
                    // the class path is broken. Tracing is then off.
                    calls = null;
                    reason = Remedy.describe(e);
                }
            }
            CALLS = calls;
            REASON = reason;
        }
    }
}
