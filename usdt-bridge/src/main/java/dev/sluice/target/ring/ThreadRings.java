// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.ring;

import dev.sluice.ring.RingProducer;
import dev.sluice.target.jvm.ThreadIds;
import dev.sluice.target.jvm.VirtualThreads;

/**
 * Rings of platform threads by thread id: a cheaper look-up than a ThreadLocal. Ids are never used again, so no thread
 * can find another thread's ring here; a virtual thread has no entry, and the same comparison of ids shows that. If the
 * ids of several threads fall on one entry, the first thread has the entry; the others look up their rings elsewhere.
 * Any thread.
 * <p>
 * The rings of carriers, which virtual threads use, have an array of their own: a carrier that fires events itself has
 * two rings.
 */
public final class ThreadRings {
    private static final int LENGTH = 4096;
    /** The array is racy on purpose. That is harmless, because a look-up reads only final fields of a producer. */
    private static final RingProducer[] RINGS = new RingProducer[LENGTH];
    private static final RingProducer[] OF_CARRIERS = new RingProducer[LENGTH];
    /** The thread that fires only for a rehearsal. */
    private static volatile Thread rehearsing;

    private ThreadRings() {
    }

    /** The calling platform thread's ring, or null if it is not known here. */
    public static RingProducer get() {
        return find(RINGS, Thread.currentThread());
    }

    /**
     * The ring of the carrier that the calling virtual thread runs on, or null if it is not known here. The thread uses
     * it only until it may wait for anything.
     */
    static RingProducer ofCarrier() {
        return find(OF_CARRIERS, VirtualThreads.carrier());
    }

    private static RingProducer find(final RingProducer[] rings, final Thread thread) {
        final long id = ThreadIds.of(thread);
        final RingProducer ring = rings[(int) id & LENGTH - 1];
        return ring != null && ring.ownerId() == id ? ring : null;
    }

    /** Notes the calling platform thread's ring, of stream class 0, if its entry is free. */
    static void put(final RingProducer ring) {
        put(RINGS, ring, Thread.currentThread());
    }

    /** Notes the ring, of stream class 1, of the calling virtual thread's carrier, if its entry is free. */
    static void putCarriers(final RingProducer ring, final Thread carrier) {
        put(OF_CARRIERS, ring, carrier);
    }

    private static void put(final RingProducer[] rings, final RingProducer ring, final Thread thread) {
        // Before Java 19 a thread may override getId, so its ring may have another id.
        if (ring.ownerId() == ThreadIds.of(thread)) {
            final int index = (int) ring.ownerId() & LENGTH - 1;
            // Two threads may both find the entry free: then the last one gets it.
            if (rings[index] == null) {
                rings[index] = ring;
            }
        }
    }

    /** Whether what the calling thread fires is for a rehearsal only: it gets no other ring, and counts nothing. */
    public static boolean isRehearsal() {
        return rehearsing == Thread.currentThread();
    }

    /**
     * Begins a rehearsal of the calling thread, which owns no ring.
     *
     * @return whether {@link #get} finds the ring
     */
    static boolean beginRehearsal(final RingProducer ring) {
        rehearsing = Thread.currentThread();
        put(ring);
        return get() == ring;
    }

    /** Ends the rehearsal, however far it came. */
    static void endRehearsal(final RingProducer ring) {
        remove(ring);
        rehearsing = null;
    }

    /** Forgets the ring of a dead thread. */
    static void remove(final RingProducer ring) {
        final int index = (int) ring.ownerId() & LENGTH - 1;
        if (RINGS[index] == ring) {
            RINGS[index] = null;
        } else if (OF_CARRIERS[index] == ring) {
            OF_CARRIERS[index] = null;
        }
    }
}
