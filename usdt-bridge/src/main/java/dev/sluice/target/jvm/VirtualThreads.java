// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.jvm;

import dev.sluice.os.jvm.Thrown;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * What the JDK must offer so that rings can belong to carriers, the threads that virtual threads run on: variables of
 * the carrier, and a way to stay on the carrier. Both are internal to the JDK from version 21 on, and are reached by
 * reflection. If the JDK does not allow that, {@link #reason} says why. Use this class only after
 * {@link JdkAccess#open} has succeeded. Any thread.
 */
public final class VirtualThreads {
    /** Null before Java 21: then no thread is virtual, and the JIT compiler removes the test. */
    private static final MethodHandle IS_VIRTUAL;
    private static final MethodHandle NEW_LOCAL;
    private static final MethodHandle CARRIER;
    private static final MethodHandle PIN;
    private static final MethodHandle UNPIN;
    private static final String REASON;

    static {
        final MethodHandle[] internal = new MethodHandle[4];
        final MethodHandle isVirtual = isVirtualHandle();
        REASON = isVirtual == null ? "Java " + Runtime.version().feature() + " has none" : find(internal);
        IS_VIRTUAL = isVirtual;
        NEW_LOCAL = internal[0];
        CARRIER = internal[1];
        PIN = internal[2];
        UNPIN = internal[3];
    }

    private VirtualThreads() {
    }

    private static MethodHandle isVirtualHandle() {
        try {
            return MethodHandles.publicLookup().findVirtual(
                Thread.class, "isVirtual", MethodType.methodType(boolean.class));
        } catch (final ReflectiveOperationException e) {
            return null;
        }
    }

    /** Fills in all handles, or no handle at all; returns the reason for none. */
    private static String find(final MethodHandle[] handles) {
        try {
            final MethodHandles.Lookup trusted = JdkAccess.trustedLookup();
            final MethodType none = MethodType.methodType(void.class);
            final Class<?> continuation = Class.forName("jdk.internal.vm.Continuation");
            final MethodHandle newLocal = trusted.findConstructor(
                Class.forName("jdk.internal.misc.CarrierThreadLocal"), none);
            final MethodHandle carrier = trusted.findStatic(
                Thread.class, "currentCarrierThread", MethodType.methodType(Thread.class));
            final MethodHandle pin = trusted.findStatic(continuation, "pin", none);
            final MethodHandle unpin = trusted.findStatic(continuation, "unpin", none);
            // Each handle is called here once, because the first call of a handle runs much code, and some of that code
            // could move a virtual thread to another carrier.
            carrier.invoke();
            pin.invoke();
            unpin.invoke();
            handles[0] = newLocal.asType(MethodType.methodType(ThreadLocal.class));
            handles[1] = carrier;
            handles[2] = pin;
            handles[3] = unpin;
            return "";
        } catch (final VirtualMachineError e) {
            throw e;
        } catch (final Throwable e) {
            return "this JDK keeps its carriers to itself: " + Thrown.reason(e);
        }
    }

    /** Why events of virtual threads have no ring to go to; empty if they have a ring. */
    public static String reason() {
        return REASON;
    }

    /** Whether threads may be virtual here, and their carriers are within reach. */
    public static boolean exist() {
        return IS_VIRTUAL != null && REASON.isEmpty();
    }

    /** Whether the calling thread is virtual. */
    public static boolean isCurrent() {
        if (IS_VIRTUAL == null) {
            return false;
        }
        try {
            return (boolean) IS_VIRTUAL.invokeExact(Thread.currentThread());
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    /** The thread that runs the calling virtual thread; the calling thread itself if it is not virtual. */
    public static Thread carrier() {
        if (CARRIER == null) {
            return Thread.currentThread();
        }
        try {
            return (Thread) CARRIER.invokeExact();
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    /**
     * A variable of which each carrier, and each thread that is not virtual, has a value of its own. A virtual thread
     * may use the value that it finds only until it may be moved to another carrier, that is, until it waits for
     * anything. If {@link #reason} is not empty, this is an ordinary thread local.
     */
    @SuppressWarnings("unchecked")
    public static <T> ThreadLocal<T> newCarrierLocal() {
        if (NEW_LOCAL == null) {
            return new ThreadLocal<>();
        }
        try {
            return (ThreadLocal<T>) NEW_LOCAL.invokeExact();
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    /**
     * Keeps the calling virtual thread on its carrier until {@link #unpin}, whatever the thread waits for. Calls may be
     * nested.
     */
    public static void pin() {
        try {
            PIN.invokeExact();
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }

    /** Ends the last {@link #pin} of this thread. */
    public static void unpin() {
        try {
            UNPIN.invokeExact();
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }
}
