// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import dev.sluice.os.NativeCalls;
import dev.sluice.os.Remedy;
import dev.sluice.os.jvm.Thrown;
import java.lang.invoke.MethodHandle;

/**
 * Calls of machine code at an address, at the lowest cost that each JDK allows: on Java 22 and later foreign-function
 * handles that the JIT compiles into the caller, before that native methods whose machine code the library provides.
 * Callable from any thread; nothing is allocated once compiled. Pass only an address that {@link LoadedStubs#stub}
 * returned: a call of any other address may crash the process.
 */
public final class StubCalls {
    private static final MethodHandle TRAP0;
    private static final MethodHandle TRAP1;
    private static final MethodHandle TRAP2;
    private static final MethodHandle TRAP3;
    private static final MethodHandle TRAP4;
    private static final MethodHandle TRAP5;
    private static final MethodHandle TRAP6;
    private static final MethodHandle TRAP12;
    private static final MethodHandle DRAIN;
    private static final MethodHandle COUNTER;
    private static final MethodHandle COUNTER_IN_ORDER;
    private static final long NOTHING;
    private static final String REASON;
    private static final boolean IS_CHEAP;

    static {
        final MethodHandle[] traps = new MethodHandle[StubProbe.MAX_ARGUMENTS + 1];
        MethodHandle drain = null;
        MethodHandle counter = null;
        MethodHandle counterInOrder = null;
        long nothing = 0;
        boolean isCheap = false;
        String reason = NativeCalls.unavailableReason();
        if (reason.isEmpty()) {
            try {
                final StubBinding binding = StubBinding.create();
                for (final int arguments : new int[]{0, 1, 2, 3, 4, 5, 6, StubProbe.MAX_ARGUMENTS}) {
                    traps[arguments] = binding.trap(arguments);
                }
                drain = binding.drain();
                counter = binding.counter();
                counterInOrder = binding.counterInOrder();
                nothing = binding.nothing();
                isCheap = binding.isCheap();
            } catch (final Throwable e) {
                // There may be no executable mapping or no native access. The reason is kept for callers that ask; a
                // fire throws nothing.
                reason = "no calls of machine code from this JVM: " + Remedy.describe(e);
            }
        }
        NOTHING = nothing;
        REASON = reason;
        IS_CHEAP = isCheap;
        TRAP0 = traps[0];
        TRAP1 = traps[1];
        TRAP2 = traps[2];
        TRAP3 = traps[3];
        TRAP4 = traps[4];
        TRAP5 = traps[5];
        TRAP6 = traps[6];
        TRAP12 = traps[StubProbe.MAX_ARGUMENTS];
        DRAIN = drain;
        COUNTER = counter;
        COUNTER_IN_ORDER = counterInOrder;
    }

    private StubCalls() {
    }

    /** Whether the calls below work; if not, each throws {@link NullPointerException}. */
    public static boolean available() {
        return REASON.isEmpty();
    }

    /** Why the calls below do not work; empty if they do. */
    public static String reason() {
        return REASON;
    }

    /**
     * The address of code that returns at once, to be called in place of a stub: no tracer can attach to it. 0 if the
     * calls do not work.
     */
    public static long nothing() {
        return NOTHING;
    }

    /** Whether a call costs less than System.nanoTime. */
    static boolean areCheap() {
        return IS_CHEAP;
    }

    /** Calls a stub without arguments. */
    public static void trap0(final long stub) {
        try {
            TRAP0.invokeExact(stub);
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    /** Calls a stub with one argument. */
    public static void trap1(final long stub, final long a0) {
        try {
            TRAP1.invokeExact(stub, a0);
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    /** Calls a stub with two arguments. */
    public static void trap2(final long stub, final long a0, final long a1) {
        try {
            TRAP2.invokeExact(stub, a0, a1);
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    /** Calls a stub with three arguments. */
    public static void trap3(final long stub, final long a0, final long a1, final long a2) {
        try {
            TRAP3.invokeExact(stub, a0, a1, a2);
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    /** Calls a stub with four arguments. */
    public static void trap4(final long stub, final long a0, final long a1, final long a2, final long a3) {
        try {
            TRAP4.invokeExact(stub, a0, a1, a2, a3);
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    /** Calls a stub with five arguments. */
    public static void trap5(final long stub, final long a0, final long a1, final long a2, final long a3,
        final long a4) {
        try {
            TRAP5.invokeExact(stub, a0, a1, a2, a3, a4);
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    /** Calls a stub with six arguments. */
    public static void trap6(final long stub, final long a0, final long a1, final long a2, final long a3,
        final long a4, final long a5) {
        try {
            TRAP6.invokeExact(stub, a0, a1, a2, a3, a4, a5);
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    /** Calls a stub with up to twelve arguments; pass 0 for those that it does not have. */
    public static void trap12(final long stub, final long a0, final long a1, final long a2, final long a3,
        final long a4, final long a5, final long a6, final long a7, final long a8, final long a9, final long a10,
        final long a11) {
        try {
            TRAP12.invokeExact(stub, a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11);
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    /**
     * Calls the drain stub. Unlike for the traps, a safepoint does not wait for this call, because a copy that faults
     * inside it may take long.
     *
     * @param stub    the stub's address
     * @param header  the address of the packet header
     * @param content the address of the events
     * @param length  the events' length in bytes
     */
    public static void drain(final long stub, final long header, final long content, final long length) {
        try {
            DRAIN.invokeExact(stub, header, content, length);
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    /** The processor's counter. {@link Tsc} says whether the counter is fit to be a clock. */
    static long counter() {
        try {
            return (long) COUNTER.invokeExact();
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    /** The processor's counter, read after all earlier loads. */
    static long counterInOrder() {
        try {
            return (long) COUNTER_IN_ORDER.invokeExact();
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }
}
