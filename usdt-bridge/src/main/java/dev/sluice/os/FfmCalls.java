// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** {@link NativeCalls} through the foreign-function API. */
final class FfmCalls extends NativeCalls {
    private static final ThreadLocal<ByteBuffer> ERRNO_STATE = new ThreadLocal<>();

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
    long systemCall(final long number, final long a0, final long a1, final long a2, final long a3) {
        final ByteBuffer state = errnoState();
        try {
            final Object segment = Handles.FFM.segment(state);
            final long result = (long) Handles.SYSCALL.invokeExact(segment, number, a0, a1, a2, a3);
            return result == -1 ? -state.getInt(0) : result;
        } catch (final Throwable e) {
            throw rethrown(e);
        }
    }

    /** Kept for each thread: a control thread makes some hundred calls a second, and direct buffers are costly. */
    private static ByteBuffer errnoState() {
        ByteBuffer state = ERRNO_STATE.get();
        if (state == null) {
            // The state's layout is one int on Linux; a wider buffer does no harm.
            state = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());
            ERRNO_STATE.set(state);
        }
        return state;
    }

    @Override
    long dlopen(final long path, final int flags) {
        try {
            return (long) Handles.DLOPEN.invokeExact(path, flags);
        } catch (final Throwable e) {
            throw rethrown(e);
        }
    }

    @Override
    long dlsym(final long handle, final long name) {
        try {
            return (long) Handles.DLSYM.invokeExact(handle, name);
        } catch (final Throwable e) {
            throw rethrown(e);
        }
    }

    @Override
    int closeObject(final long handle) {
        try {
            return (int) Handles.DLCLOSE.invokeExact(handle);
        } catch (final Throwable e) {
            throw rethrown(e);
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
            throw rethrown(e);
        }
    }

    @Override
    long strerror(final int errno) {
        try {
            return (long) Handles.STRERROR.invokeExact(errno);
        } catch (final Throwable e) {
            throw rethrown(e);
        }
    }

    private static final class Handles {
        static final Ffm FFM = new Ffm();
        static final MethodHandle SYSCALL = errnoAsObject(FFM.function("syscall", MethodType.methodType(long.class,
            long.class, long.class, long.class, long.class, long.class), FFM.captureErrno(), FFM.firstVariadic(1)));
        static final MethodHandle DLOPEN =
            FFM.function("dlopen", MethodType.methodType(long.class, long.class, int.class));
        static final MethodHandle DLSYM =
            FFM.function("dlsym", MethodType.methodType(long.class, long.class, long.class));
        static final MethodHandle DLCLOSE = FFM.function("dlclose", MethodType.methodType(int.class, long.class));
        static final MethodHandle DLERROR = FFM.function("dlerror", MethodType.methodType(long.class));
        static final MethodHandle STRERROR = FFM.function("strerror", MethodType.methodType(long.class, int.class));

        /** The segment parameter as an Object, which this code can name. */
        private static MethodHandle errnoAsObject(final MethodHandle handle) {
            return handle.asType(handle.type().changeParameterType(0, Object.class));
        }
    }
}
