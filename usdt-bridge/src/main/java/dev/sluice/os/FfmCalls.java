// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import dev.sluice.os.jvm.Thrown;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** {@link NativeCalls} through the foreign-function API. */
final class FfmCalls extends NativeCalls {
    private static final ThreadLocal<Object[]> ERRNO_STATE = new ThreadLocal<>();

    FfmCalls(final Processor processor) {
        super(processor);
    }

    @Override
    public long addressOf(final ByteBuffer direct) {
        // A segment begins at the buffer's position.
        return Handles.FFM.address(Handles.FFM.segment(direct.duplicate().clear()));
    }

    @Override
    public ByteBuffer bufferAt(final long address, final int lengthBytes) {
        return Handles.FFM.bufferAt(address, lengthBytes);
    }

    @Override
    String textAt(final long address) {
        return Handles.FFM.textAt(address);
    }

    @Override
    long systemCall(final long number, final long a0, final long a1, final long a2, final long a3, final long a4,
                    final long a5) {
        final Object[] state = errnoState();
        try {
            final long result = (long) Handles.SYSCALL.invokeExact(state[0], number, a0, a1, a2, a3, a4, a5);
            return result == -1 ? -errno(state) : result;
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    /**
     * Where a thread's calls leave errno: a buffer for each thread and the segment over it, because a control thread
     * makes some hundred calls a second, and making both is costly. Nothing but objects of the JDK hangs on threads of
     * the application: an object of ours would keep a copy of the library that nobody uses any more.
     */
    private static Object[] errnoState() {
        Object[] state = ERRNO_STATE.get();
        if (state == null) {
            // The state's layout is one int on Linux; a wider buffer does no harm.
            final ByteBuffer buffer = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());
            state = new Object[] {Handles.FFM.segment(buffer), buffer};
            ERRNO_STATE.set(state);
        }
        return state;
    }

    private static int errno(final Object[] state) {
        return ((ByteBuffer) state[1]).getInt(0);
    }

    @Override
    long dlopen(final long path, final int flags) {
        try {
            return (long) Handles.DLOPEN.invokeExact(path, flags);
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    @Override
    long dlsym(final long handle, final long name) {
        try {
            return (long) Handles.DLSYM.invokeExact(handle, name);
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    @Override
    int closeObject(final long handle) {
        try {
            return (int) Handles.DLCLOSE.invokeExact(handle);
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    @Override
    public MethodHandle closing(final long handle) {
        return MethodHandles.insertArguments(Handles.DLCLOSE, 0, handle);
    }

    @Override
    long dlerror() {
        try {
            return (long) Handles.DLERROR.invokeExact();
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    @Override
    long strerror(final int errno) {
        try {
            return (long) Handles.STRERROR.invokeExact(errno);
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    @Override
    int setgroups(final long count, final long groups) {
        final Object[] state = errnoState();
        try {
            return orErrno((int) UserHandles.SETGROUPS.invokeExact(state[0], count, groups), state);
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    @Override
    int setresgid(final int gid) {
        final Object[] state = errnoState();
        try {
            return orErrno((int) UserHandles.SETRESGID.invokeExact(state[0], gid, gid, gid), state);
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    @Override
    int setresuid(final int uid) {
        final Object[] state = errnoState();
        try {
            return orErrno((int) UserHandles.SETRESUID.invokeExact(state[0], uid, uid, uid), state);
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    private static int orErrno(final int result, final Object[] state) {
        return result == -1 ? -errno(state) : result;
    }

    /** These handles are in a class of their own, because the traced process needs none of them. */
    private static final class UserHandles {
        private static final MethodType SETRES =
            MethodType.methodType(int.class, int.class, int.class, int.class);
        static final MethodHandle SETGROUPS =
            withErrno("setgroups", MethodType.methodType(int.class, long.class, long.class));
        static final MethodHandle SETRESGID = withErrno("setresgid", SETRES);
        static final MethodHandle SETRESUID = withErrno("setresuid", SETRES);

        private static MethodHandle withErrno(final String name, final MethodType type) {
            return Handles.errnoAsObject(Handles.FFM.function(name, type, Handles.FFM.captureErrno()));
        }
    }

    private static final class Handles {
        static final Ffm FFM = new Ffm();
        static final MethodHandle SYSCALL = errnoAsObject(FFM.function("syscall", MethodType.methodType(long.class,
            long.class, long.class, long.class, long.class, long.class, long.class, long.class), FFM.captureErrno(),
            FFM.firstVariadic(1)));
        static final MethodHandle DLOPEN =
            FFM.function("dlopen", MethodType.methodType(long.class, long.class, int.class));
        static final MethodHandle DLSYM =
            FFM.function("dlsym", MethodType.methodType(long.class, long.class, long.class));
        static final MethodHandle DLCLOSE = FFM.function("dlclose", MethodType.methodType(int.class, long.class));
        static final MethodHandle DLERROR = FFM.function("dlerror", MethodType.methodType(long.class));
        static final MethodHandle STRERROR = FFM.function("strerror", MethodType.methodType(long.class, int.class));

        /** Gives the segment parameter the type Object, which code for Java 17 can name. */
        private static MethodHandle errnoAsObject(final MethodHandle handle) {
            return handle.asType(handle.type().changeParameterType(0, Object.class));
        }
    }
}
