// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.jvm;

import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A value of ours for each thread, or for each carrier of virtual threads, as {@link VirtualThreads#newCarrierLocal}
 * has it. What a thread of the application holds would keep our class loader for as long as that thread lives; so
 * threads hold their values weakly here, and this object holds them, until their threads are dead. Any thread; no
 * locks, so that a virtual thread stays on its carrier.
 */
public final class OwnedByThreads<T> {
    private static final int BUCKETS = 256;

    private final ThreadLocal<WeakReference<T>> local = VirtualThreads.newCarrierLocal();
    private final AtomicReferenceArray<Owned<T>> buckets = new AtomicReferenceArray<>(BUCKETS);

    /** Never changed: a change makes new ones. */
    private record Owned<T>(WeakReference<Thread> owner, T value, Owned<T> next) {
    }

    /** The calling thread's value, or null. */
    public T get() {
        final WeakReference<T> held = local.get();
        return held == null ? null : held.get();
    }

    /** Gives the calling thread a value, instead of what it had. */
    public void set(final T value) {
        final Thread owner = VirtualThreads.carrier();
        final int bucket = System.identityHashCode(owner) & BUCKETS - 1;
        Owned<T> known;
        Owned<T> changed;
        do {
            known = buckets.get(bucket);
            changed = new Owned<>(new WeakReference<>(owner), value, others(known, owner));
        } while (!buckets.compareAndSet(bucket, known, changed));
        local.set(new WeakReference<>(value));
    }

    /** Without those of dead threads, and without an owner's: pools erase the locals of their threads. */
    private static <T> Owned<T> others(final Owned<T> first, final Thread owner) {
        Owned<T> kept = null;
        for (Owned<T> each = first; each != null; each = each.next) {
            final Thread thread = each.owner.get();
            if (thread != null && thread != owner && thread.isAlive()) {
                kept = new Owned<>(each.owner, each.value, kept);
            }
        }
        return kept;
    }
}
