// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.sluice.os.jvm.Thrown;
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
    long systemCall(final long number, final long a0, final long a1, final long a2, final long a3, final long a4,
                    final long a5) {
        try {
            final long result = (long) Handles.SYSCALL.invokeExact(number, a0, a1, a2, a3, a4, a5);
            // JNA keeps errno per thread, taken right after the call and before the JVM can change it.
            return result == -1 ? -Native.getLastError() : result;
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
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
        return null;
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
        try {
            return orErrno((int) UserHandles.SETGROUPS.invokeExact(count, groups));
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    @Override
    int setresgid(final int gid) {
        try {
            return orErrno((int) UserHandles.SETRESGID.invokeExact(gid, gid, gid));
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    @Override
    int setresuid(final int uid) {
        try {
            return orErrno((int) UserHandles.SETRESUID.invokeExact(uid, uid, uid));
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    private static int orErrno(final int result) {
        return result == -1 ? -Native.getLastError() : result;
    }

    /** These functions are in a class of their own, because the traced process needs none of them. */
    private static final class UserHandles {
        private static final MethodType SETRES =
            MethodType.methodType(int.class, int.class, int.class, int.class);
        static final MethodHandle SETGROUPS =
            Handles.LIB_C.find("setgroups", MethodType.methodType(int.class, long.class, long.class));
        static final MethodHandle SETRESGID = Handles.LIB_C.find("setresgid", SETRES);
        static final MethodHandle SETRESUID = Handles.LIB_C.find("setresuid", SETRES);
    }

    private static final class Handles {
        static final JnaMapping LIB_C = new JnaMapping(LibC.class, null);
        static final MethodHandle SYSCALL = LIB_C.find("syscall", MethodType.methodType(
            long.class, long.class, long.class, long.class, long.class, long.class, long.class, long.class));
        static final MethodHandle DLOPEN =
            LIB_C.find("dlopen", MethodType.methodType(long.class, long.class, int.class));
        static final MethodHandle DLSYM =
            LIB_C.find("dlsym", MethodType.methodType(long.class, long.class, long.class));
        static final MethodHandle DLCLOSE = LIB_C.find("dlclose", MethodType.methodType(int.class, long.class));
        static final MethodHandle DLERROR = LIB_C.find("dlerror", MethodType.methodType(long.class));
        static final MethodHandle STRERROR = LIB_C.find("strerror", MethodType.methodType(long.class, int.class));
    }
}
