// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import dev.sluice.os.JnaMapping;

/**
 * The Java side of the trampolines of {@link StubBinding}. It is a class of its own for the same reason as the
 * functions of the C library: see {@link JnaMapping}.
 */
final class Trampolines {
    private Trampolines() {
    }

    static native void call0(long stub);

    static native void call1(long stub, long a0);

    static native void call2(long stub, long a0, long a1);

    static native void call3(long stub, long a0, long a1, long a2);

    static native void call4(long stub, long a0, long a1, long a2, long a3);

    static native void call5(long stub, long a0, long a1, long a2, long a3, long a4);

    static native void call6(long stub, long a0, long a1, long a2, long a3, long a4, long a5);

    static native void call12(long stub, long a0, long a1, long a2, long a3, long a4, long a5, long a6, long a7,
        long a8, long a9, long a10, long a11);

    static native long counter();

    static native long counterInOrder();
}
