// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.jvm;

import dev.sluice.os.jvm.Thrown;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** The true ids of threads, which no two threads of a JVM share. Any thread. */
public final class ThreadIds {
    /** Returned where ids are out of reach; no thread has it. */
    public static final long UNKNOWN = -1;

    /** Returns a thread's id; null where ids are out of reach. */
    private static final MethodHandle ID = idHandle();

    private ThreadIds() {
    }

    /**
     * From Java 19 on this is a method that nobody can override; before, it is the field behind a method that anybody
     * can override.
     */
    private static MethodHandle idHandle() {
        try {
            return MethodHandles.publicLookup().findVirtual(
                Thread.class, "threadId", MethodType.methodType(long.class));
        } catch (final ReflectiveOperationException e) {
            try {
                return JdkAccess.trustedLookup().findGetter(Thread.class, "tid", long.class);
            } catch (final ReflectiveOperationException | RuntimeException inner) {
                return null;
            }
        }
    }

    /** The id that others see of a thread, which it may make up before Java 19. */
    @SuppressWarnings("deprecation")
    public static long seen(final Thread thread) {
        return thread.getId();
    }

    /** A thread's id, or {@link #UNKNOWN}. */
    public static long of(final Thread thread) {
        if (ID == null) {
            return UNKNOWN;
        }
        try {
            return (long) ID.invokeExact(thread);
        } catch (final Throwable e) {
            throw Thrown.unchecked(e);
        }
    }
}
