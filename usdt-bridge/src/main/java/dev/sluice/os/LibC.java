// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

/**
 * Functions of the C library as JNA maps them. Names nothing of ours: JNA holds on to classes that it has mapped, for
 * ever, so {@link JnaMapping} defines this one apart from the copy of the library that is to go some day.
 * <p>
 * Fixed arguments for the variadic syscall: both supported conventions pass integers the same way in either form.
 */
final class LibC {
    private LibC() {
    }

    static native long syscall(long number, long a0, long a1, long a2, long a3);

    static native long dlopen(long path, int flags);

    static native long dlsym(long handle, long name);

    static native int dlclose(long handle);

    static native long dlerror();

    static native long strerror(int errno);
}
