// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** {@link NativeCalls} through JNA's direct mapping. */
final class JnaCalls extends NativeCalls {
    JnaCalls(final Processor processor) {
        super(processor);
    }

    @Override
    public long addressOf(final ByteBuffer direct) {
        return Pointer.nativeValue(Native.getDirectBufferPointer(direct));
    }

    @Override
    public ByteBuffer bufferAt(final long address, final int lengthBytes) {
        return new Pointer(address).getByteBuffer(0, lengthBytes).order(ByteOrder.nativeOrder());
    }

    @Override
    String textAt(final long address) {
        return new Pointer(address).getString(0);
    }

    @Override
    long systemCall(final long number, final long a0, final long a1, final long a2, final long a3) {
        try {
            final long result = (long) Handles.SYSCALL.invokeExact(number, a0, a1, a2, a3);
            // JNA keeps errno per thread, taken right after the call and before the JVM can change it.
            return result == -1 ? -Native.getLastError() : result;
        } catch (final Throwable e) {
            throw rethrown(e);
        }
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
        return null;
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
        static final JnaMapping LIB_C = new JnaMapping(LibC.class, null);
        static final MethodHandle SYSCALL = LIB_C.find("syscall", MethodType.methodType(
            long.class, long.class, long.class, long.class, long.class, long.class));
        static final MethodHandle DLOPEN =
            LIB_C.find("dlopen", MethodType.methodType(long.class, long.class, int.class));
        static final MethodHandle DLSYM =
            LIB_C.find("dlsym", MethodType.methodType(long.class, long.class, long.class));
        static final MethodHandle DLCLOSE = LIB_C.find("dlclose", MethodType.methodType(int.class, long.class));
        static final MethodHandle DLERROR = LIB_C.find("dlerror", MethodType.methodType(long.class));
        static final MethodHandle STRERROR = LIB_C.find("strerror", MethodType.methodType(long.class, int.class));
    }
}
