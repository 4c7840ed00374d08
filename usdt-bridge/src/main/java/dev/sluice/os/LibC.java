// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

/**
 * Functions of the C library as JNA maps them. This class names no other class of the library: JNA keeps mapped classes
 * for ever, so {@link JnaMapping} defines this class in a loader of its own, and the rest of the copy of the library
 * can be unloaded.
 * <p>
 * The variadic syscall is declared with fixed arguments: both supported calling conventions pass integers the same way
 * in either form.
 */
final class LibC {
    private LibC() {
    }

    static native long syscall(long number, long a0, long a1, long a2, long a3, long a4, long a5);

    static native long dlopen(long path, int flags);

    static native long dlsym(long handle, long name);

    static native int dlclose(long handle);

    static native long dlerror();

    static native long strerror(int errno);

    static native int setgroups(long count, long groups);

    static native int setresgid(int real, int effective, int saved);

    static native int setresuid(int real, int effective, int saved);
}
