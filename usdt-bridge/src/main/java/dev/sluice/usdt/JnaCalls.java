// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** {@link NativeCalls} through JNA's direct mapping. */
final class JnaCalls extends NativeCalls {
    JnaCalls(final Architecture architecture) {
        super(architecture);
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
        final long result = LibC.syscall(number, a0, a1, a2, a3);
        // JNA keeps errno per thread, taken right after the call and before the JVM can change it.
        return result == -1 ? -Native.getLastError() : result;
    }

    @Override
    long dlopen(final long path, final int flags) {
        return LibC.dlopen(path, flags);
    }

    @Override
    long dlsym(final long handle, final long name) {
        return LibC.dlsym(handle, name);
    }

    @Override
    int closeObject(final long handle) {
        return LibC.dlclose(handle);
    }

    @Override
    long dlerror() {
        return LibC.dlerror();
    }

    @Override
    long strerror(final int errno) {
        return LibC.strerror(errno);
    }

    /**
     * Fixed arguments for the variadic syscall: both supported conventions pass integers the same way in either form.
     */
    private static final class LibC {
        static {
            Native.register(LibC.class, (String) null);
        }

        private LibC() {
        }

        static native long syscall(long number, long a0, long a1, long a2, long a3);

        static native long dlopen(long path, int flags);

        static native long dlsym(long handle, long name);

        static native int dlclose(long handle);

        static native long dlerror();

        static native long strerror(int errno);
    }
}
