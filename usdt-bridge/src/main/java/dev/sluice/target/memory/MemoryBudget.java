// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.memory;

import dev.sluice.target.jvm.Privileged;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much memory rings may have: at most {@code sluice.region.memory}, and at most a quarter of the sum of what they
 * have and what cgroups and machine leave. So tracing alone never makes a container reach its limit, and the
 * application keeps the rest. The free memory is read again regularly, because limits and applications change: by the
 * control thread; and by a thread that takes memory, if much was taken since or there seems to be none left. To look
 * costs it a millisecond or two, which a thread's first event should not pay for its first pages. Any thread.
 */
public final class MemoryBudget {
    private static final int SHARE_OF_MACHINE = 4;
    private static final int SHARE_OF_REST = 8;
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(20);
    /** The control thread looks several times in this time. */
    private static final long LATE_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long LITTLE_BYTES = 1L << 20;

    private final long limitBytes;
    private final MachineMemory machine;
    private final AtomicLong taken = new AtomicLong();
    private final AtomicInteger changes = new AtomicInteger();
    private volatile long ceiling;
    private volatile long lookedAtNs;
    private volatile long takenAtLook;
    private volatile String bound = "";

    MemoryBudget(final long limitBytes, final MachineMemory machine) {
        this.limitBytes = limitBytes;
        this.machine = machine;
        look();
    }

    /** Reads how much memory is free now. */
    public synchronized void look() {
        final long before = taken.get();
        final long share = (before + Privileged.call(machine::leftBytes)) / SHARE_OF_MACHINE;
        bound = share < limitBytes ? "a quarter of what " + machine.tightest() + " leaves"
            : "sluice.region.memory=" + limitBytes;
        ceiling = Math.min(limitBytes, share);
        takenAtLook = before;
        lookedAtNs = System.nanoTime();
        changes.incrementAndGet();
    }

    /** What rings may have at most but for a reserve, which is read anew if it matters for who takes so many bytes. */
    private long most(final long bytes, final long reserveBytes) {
        final long ageNs = System.nanoTime() - lookedAtNs;
        final long wanted = taken.get() + bytes;
        if (ageNs > LATE_NS
            || ageNs > LOOK_NS && (wanted - takenAtLook > LITTLE_BYTES || wanted > most(reserveBytes))) {
            lookOnce();
        }
        return most(reserveBytes);
    }

    private long most(final long reserveBytes) {
        final long greatest = ceiling;
        return greatest - Math.min(reserveBytes, greatest / 2);
    }

    private synchronized void lookOnce() {
        if (System.nanoTime() - lookedAtNs > LOOK_NS) {
            look();
        }
    }

    /**
     * Takes memory, if there is enough.
     *
     * @param reserveBytes what must be left for others afterwards; if there is little memory in all, at most half of it
     *                     is reserved
     */
    boolean take(final long bytes, final long reserveBytes) {
        final long most = most(bytes, reserveBytes);
        long now;
        do {
            now = taken.get();
            if (now + bytes > most) {
                return false;
            }
        } while (!taken.compareAndSet(now, now + bytes));
        return true;
    }

    /**
     * Takes memory for a ring that has much already: such a ring may have at most an eighth of what all rings may have.
     *
     * @param ownBytes what the ring has already
     */
    boolean takeShare(final long ownBytes, final long bytes, final long reserveBytes) {
        final long rest = most(bytes, reserveBytes) - taken.get();
        return ownBytes + bytes <= (rest + ownBytes) / SHARE_OF_REST && take(bytes, reserveBytes);
    }

    void giveBack(final long bytes) {
        taken.addAndGet(-bytes);
        changes.incrementAndGet();
    }

    /** Gives back memory that was taken here but that the kernel had no page for. */
    void neverHad(final long bytes) {
        taken.addAndGet(-bytes);
    }

    /** A count that goes up whenever a request that was refused may now succeed. */
    int changes() {
        return changes.get();
    }

    /** Whether the budget has no room for so many more bytes. */
    public boolean isUsedUp(final long bytes) {
        return taken.get() + bytes > ceiling;
    }

    /** Whether rings have more memory than they may have now. */
    public boolean isExceeded() {
        return taken.get() > ceiling;
    }

    public long takenBytes() {
        return taken.get();
    }

    /** How much memory rings may have at most, by the last look, and why. */
    @Override
    public String toString() {
        return "rings have " + taken.get() + " bytes of " + ceiling + ", which is " + bound;
    }
}
