// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.jvm;

import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A value of the library for each thread, or for each carrier of virtual threads, like
 * {@link VirtualThreads#newCarrierLocal}. A value that a thread of the application held would keep the library's class
 * loader for as long as that thread lives. So threads hold their values weakly here, and this object holds the values
 * until their threads are dead. Any thread; there are no locks, so that a virtual thread stays on its carrier.
 */
public final class OwnedByThreads<T> {
    private static final int BUCKETS = 256;
    private static final int IDS = 1024;
    /** All such objects of this copy of the library: a few, which live for ever. */
    private static final List<OwnedByThreads<?>> ALL = new CopyOnWriteArrayList<>();

    private final ThreadLocal<WeakReference<T>> local = VirtualThreads.newCarrierLocal();
    private final AtomicReferenceArray<Owned<T>> buckets = new AtomicReferenceArray<>(BUCKETS);
    /**
     * Values by the lowest bits of their owner's id: looked at first, as that costs a few instructions. If ids of
     * several threads fall on one entry, one of the threads has it. The array is racy on purpose, which is harmless:
     * entries are immutable, and only the thread of an entry's id takes its value.
     */
    private final Owned<T>[] byId = newEntries();

    public OwnedByThreads() {
        ALL.add(this);
    }

    /** An entry of a bucket. Entries are immutable: a change makes new entries. */
    private record Owned<T>(long ownerId, WeakReference<Thread> owner, T value, Owned<T> next) {
        boolean isDead() {
            final Thread thread = owner.get();
            return thread == null || !thread.isAlive();
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static <T> Owned<T>[] newEntries() {
        return new Owned[IDS];
    }

    /** The calling thread's value, or null. */
    public T get() {
        final long id = ThreadIds.of(VirtualThreads.carrier());
        final Owned<T> owned = byId[(int) id & IDS - 1];
        return owned != null && owned.ownerId == id ? owned.value : elsewhere();
    }

    private T elsewhere() {
        final WeakReference<T> held = local.get();
        return held == null ? null : held.get();
    }

    /** Gives the calling thread a value in place of its former value. */
    public void set(final T value) {
        final Thread owner = VirtualThreads.carrier();
        final long id = ThreadIds.of(owner);
        final int bucket = System.identityHashCode(owner) & BUCKETS - 1;
        Owned<T> known;
        Owned<T> changed;
        do {
            known = buckets.get(bucket);
            changed = new Owned<>(id, new WeakReference<>(owner), value, others(known, owner));
        } while (!buckets.compareAndSet(bucket, known, changed));
        local.set(new WeakReference<>(value));
        final int index = (int) id & IDS - 1;
        final Owned<T> first = byId[index];
        // The entry that is found may be the one of an earlier value of this thread, which get() must not return again.
        if (id != ThreadIds.UNKNOWN && (first == null || first.ownerId == id || first.isDead())) {
            byId[index] = new Owned<>(id, changed.owner, value, null);
        }
    }

    /**
     * Forgets the values of threads that are dead by now. The control thread calls this. Otherwise such values, of 64
     * KiB each, would stay until another thread gets a value in the same bucket; after a wave of threads that may never
     * happen.
     */
    public static void forgetDead() {
        ALL.forEach(OwnedByThreads::forgetDeadHere);
    }

    private void forgetDeadHere() {
        for (int i = 0; i < BUCKETS; i++) {
            final Owned<T> known = buckets.get(i);
            if (hasDead(known)) {
                // If a thread changes the same bucket meanwhile, that thread removes the dead entries itself.
                buckets.compareAndSet(i, known, others(known, null));
            }
        }
        for (int i = 0; i < IDS; i++) {
            final Owned<T> owned = byId[i];
            if (owned != null && owned.isDead()) {
                byId[i] = null;
            }
        }
    }

    private static boolean hasDead(final Owned<?> first) {
        for (Owned<?> each = first; each != null; each = each.next) {
            if (each.isDead()) {
                return true;
            }
        }
        return false;
    }

    /**
     * The entries without those of dead threads and without those of one owner. An owner may have an old entry, because
     * pools erase the thread locals of their threads.
     */
    private static <T> Owned<T> others(final Owned<T> first, final Thread owner) {
        Owned<T> kept = null;
        for (Owned<T> each = first; each != null; each = each.next) {
            final Thread thread = each.owner.get();
            if (thread != null && thread != owner && thread.isAlive()) {
                kept = new Owned<>(each.ownerId, each.owner, each.value, kept);
            }
        }
        return kept;
    }

    /** Whether a value of a thread is still reachable from here. For tests. */
    boolean holds(final Thread thread) {
        boolean holds = byId[(int) ThreadIds.of(thread) & IDS - 1] != null;
        for (int i = 0; i < BUCKETS; i++) {
            for (Owned<T> each = buckets.get(i); each != null; each = each.next) {
                holds |= each.owner.get() == thread;
            }
        }
        return holds;
    }
}
