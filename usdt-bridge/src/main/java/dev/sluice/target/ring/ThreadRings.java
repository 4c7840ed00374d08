// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.ring;

import dev.sluice.ring.RingProducer;
import dev.sluice.target.jvm.JdkAccess;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Rings of platform threads by thread id: what a ThreadLocal answers, for less. Ids are never used again, so an entry
 * can be wrong for nobody, and a virtual thread, which has none, is told from others by the same comparison. Of threads
 * whose ids fall on one entry the first has it; the others look their rings up elsewhere. Any thread.
 */
public final class ThreadRings {
    private static final int LENGTH = 4096;
    /** Racy on purpose: what a look-up needs of a producer is final. */
    private static final RingProducer[] RINGS = new RingProducer[LENGTH];
    /** Null where ids are out of reach. */
    private static final MethodHandle ID = idHandle();

    private ThreadRings() {
    }

    /** From Java 19 on a method that nobody can override, before that the field behind one that anybody can. */
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

    private static long id() {
        try {
            return (long) ID.invokeExact(Thread.currentThread());
        } catch (final Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** The calling thread's ring, or null if it is not known here. */
    public static RingProducer get() {
        if (ID == null) {
            return null;
        }
        final long id = id();
        final RingProducer ring = RINGS[(int) id & LENGTH - 1];
        return ring != null && ring.ownerId() == id ? ring : null;
    }

    /** Notes the calling thread's ring, of stream class 0, if its entry is free. */
    static void put(final RingProducer ring) {
        // Before Java 19 a thread may have told its ring another id.
        if (ID != null && ring.ownerId() == id()) {
            final int index = (int) ring.ownerId() & LENGTH - 1;
            // Two threads may both find it free: then the last has it.
            if (RINGS[index] == null) {
                RINGS[index] = ring;
            }
        }
    }

    /** Forgets the ring of a dead thread. */
    static void remove(final RingProducer ring) {
        final int index = (int) ring.ownerId() & LENGTH - 1;
        if (RINGS[index] == ring) {
            RINGS[index] = null;
        }
    }
}
