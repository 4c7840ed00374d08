// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.session;

import dev.sluice.consumer.account.RingBase;
import dev.sluice.consumer.account.RingCopy;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetRegion;
import dev.sluice.os.NativeCalls;
import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.LongUnaryOperator;

/**
 * Takes over what the session before has left, once the session word is ours: it changes each word of the consumer into
 * a word of this session's epoch, and reads where each ring stands (docs/protocol.md section 4, step 3). For one
 * thread, once.
 */
final class SessionTakeover {
    /** Greatest difference of two 48-bit counts that is positive; greater ones stand for negative differences. */
    static final long MAX_UNATTENDED = TaggedWord.VALUE_MASK / 2;

    private static final long POLL_NS = TimeUnit.MICROSECONDS.toNanos(200);
    private static final long GRACE_NS = TimeUnit.MILLISECONDS.toNanos(2);
    /** How often it is asked meanwhile whether somebody wants the session still: that is a system call each time. */
    private static final long ASK_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int SNAPSHOT_ATTEMPTS = 100;
    /** Other consumers change a word a few times at most. A hostile target may change it for ever. */
    private static final int ADOPT_ATTEMPTS = 100_000;

    private final Target target;
    private final ControlFile words;
    private final int epoch;
    private final long settleNs;
    private final Runnable requireOurs;
    private final Runnable requireWanted;
    private final EventWalker walker;
    private final RingCopy ringCopy = new RingCopy();
    private final ByteBuffer copy = ByteBuffer.allocateDirect(SlotDescriptor.LENGTH + Long.BYTES);
    private final long address = NativeCalls.get().addressOf(copy) + Long.BYTES - 1 & -Long.BYTES;

    /** A compare-and-set on one shared word. */
    private interface CompareAndSet {
        boolean apply(long expected, long word);
    }

    /**
     * Makes the takeover of a session whose word is taken already.
     *
     * @param settleNs      how long to wait for a target that does not run, ns
     * @param requireOurs   throws {@link AttachException} if the session is lost
     * @param requireWanted throws it also if nobody wants the session any more
     */
    SessionTakeover(final Target target, final int epoch, final long settleNs, final Runnable requireOurs,
                    final Runnable requireWanted) {
        this.target = target;
        this.epoch = epoch;
        this.settleNs = settleNs;
        this.requireOurs = requireOurs;
        this.requireWanted = requireWanted;
        words = target.control().words();
        walker = new EventWalker(target.region().schemas());
    }

    /** Takes over the heartbeat word, before the first beat. */
    void takeHeartbeat() {
        adopt(words::heartbeatVolatile, words::compareAndSetHeartbeat, w -> 0);
    }

    /**
     * Takes over credits and rings, after what the session before had begun has ended.
     *
     * @param published is told what the words of each ring say now
     * @return where each ring stands
     */
    RingBase[] takeRings(final SessionWords published) {
        adopt(words::creditsConsumedVolatile, words::compareAndSetCreditsConsumed, w -> 0);
        awaitSuspension();
        awaitDrains();
        final RingBase[] bases = new RingBase[words.slotCount()];
        final int limit = target.region().slotLimit();
        long askedNs = System.nanoTime();
        for (int i = 0; i < bases.length; i++) {
            if (System.nanoTime() - askedNs > ASK_NS) {
                requireWanted.run();
                askedNs = System.nanoTime();
            }
            takeRing(i, i < limit, bases, published);
        }
        Reference.reachabilityFence(copy);
        return bases;
    }

    /**
     * Waits until the target has seen that the session before has ended, and until all fires and drains of that time
     * have ended. So where each ring stands is read from words that belong together. For a target that does not run,
     * the wait ends after the time after which a consumer counts as dead.
     */
    private void awaitSuspension() {
        final long begin = System.nanoTime();
        boolean wasActive = false;
        while (words.activeEpochVolatile() != 0 && System.nanoTime() - begin < settleNs
            && !target.process().hasExited()) {
            wasActive = true;
            requireWanted.run();
            LockSupport.parkNanos(POLL_NS);
        }
        if (wasActive) {
            LockSupport.parkNanos(GRACE_NS);
        }
    }

    /**
     * Waits for the drains of the session before. No drain begins any more, because the credits are ours, and a drain
     * that had begun holds its ring's lock. Without this wait, the batch of such a drain would count in this session as
     * a trap that the kernel did not deliver, although the consumer before may have stored it.
     */
    private void awaitDrains() {
        final long begin = System.nanoTime();
        final int limit = target.region().slotLimit();
        for (int i = 0; i < limit; i++) {
            // If a target was stopped inside a drain, the wait ends; its batch is accounted for by its number.
            while (target.region().slot(i).drainLockVolatile() != 0 && System.nanoTime() - begin < settleNs
                && !target.process().hasExited()) {
                requireWanted.run();
                LockSupport.parkNanos(POLL_NS);
            }
        }
    }

    /**
     * Takes over the consumer's words of a ring as they are. What they leave open is confirmed when it is in the trace.
     * The order matters: without the appending word, a consumer before us that drained the rings itself and wakes up
     * now appends nothing any more; without pulled word and head, it moves nothing. So the ring stands where that
     * consumer has left it, at the larger of the two.
     *
     * @param isUsed whether the ring may have been used
     * @param bases  gets where the ring stands
     */
    private void takeRing(final int slot, final boolean isUsed, final RingBase[] bases, final SessionWords published) {
        final TargetRegion region = target.region();
        bases[slot] = RingBase.NEW;
        final long appending = adopt(() -> words.appendingVolatile(slot),
            (e, w) -> words.compareAndSetAppending(slot, e, w), TaggedWord::value);
        final long pulled = adopt(() -> words.pulledVolatile(slot),
            (e, w) -> words.compareAndSetPulled(slot, e, w),
            word -> isUsed ? drainedUpTo(region.slot(slot), word) : TaggedWord.value(word));
        if (isUsed && region.isMapped()) {
            final Slot ring = region.slot(slot);
            adopt(ring::headWordVolatile, ring::compareAndSetHeadWord, word -> drainedUpTo(ring, pulled));
        }
        final long received = adopt(() -> words.receivedVolatile(slot),
            (e, w) -> words.compareAndSetReceived(slot, e, w), word -> {
                if (isUsed) {
                    final Slot taken = snapshot(slot);
                    taken.putHeadWordVolatile(TaggedWord.of(epoch, drainedUpTo(taken, pulled)));
                    bases[slot] = readBase(taken, TaggedWord.value(word), appending);
                }
                return TaggedWord.value(word);
            });
        final long accounted = adopt(() -> words.accountedVolatile(slot),
            (e, w) -> words.compareAndSetAccounted(slot, e, w), word -> {
                bases[slot] = bases[slot].withUnattended(unattended(bases[slot].discarded(), TaggedWord.value(word)));
                return TaggedWord.value(word);
            });
        published.begin(slot, received, appending, accounted, pulled);
    }

    /**
     * The position up to which a ring is drained, as a word's value: the larger of head and of what a consumer has
     * pulled, which the target may not have carried there yet.
     */
    private static long drainedUpTo(final Slot ring, final long pulledWord) {
        final long tail = ring.tailAcquire();
        return Math.max(ring.headVolatile(tail), ring.position(pulledWord, tail)) >>> 3 & TaggedWord.VALUE_MASK;
    }

    /**
     * Copies a slot's words until they belong together, because a thread that saw its enable bit late may still write
     * to them.
     */
    private Slot snapshot(final int slot) {
        Slot taken;
        Slot now;
        int attempts = 0;
        do {
            taken = target.region().snapshot(slot, address);
            now = target.region().slot(slot);
            attempts++;
        } while (attempts < SNAPSHOT_ATTEMPTS && (now.tailAcquire() != taken.tailAcquire()
            || now.overwrittenAcquire() != taken.overwrittenAcquire()));
        return taken;
    }

    private RingBase readBase(final Slot slot, final long receivedSequence, final long appending) {
        if (target.region().isMapped() || slot.ringLength() == 0) {
            return RingBase.read(slot, receivedSequence, appending, walker);
        }
        final RingBase base =
            RingBase.read(ringCopy.of(target.region(), slot), receivedSequence, appending, walker);
        Reference.reachabilityFence(ringCopy);
        return base;
    }

    /**
     * How many discarded events are in no trace. If the 48-bit count of accounted events is greater than the count of
     * the ring, it is forged, or the file of the ring was cut off; the result is 0 then.
     */
    private static long unattended(final long discarded, final long accountedBefore) {
        final long events = discarded - accountedBefore & TaggedWord.VALUE_MASK;
        return events < MAX_UNATTENDED ? events : 0;
    }

    /**
     * Changes a word of an older epoch into a word of this session. The word is read before the session is checked. A
     * consumer that has taken over since then has either changed the word already, or will adopt what is stored here.
     * So the compare-and-set cannot undo the store of a successor.
     *
     * @return the value that the word has now
     */
    private long adopt(final LongSupplier load, final CompareAndSet store, final LongUnaryOperator value) {
        for (int attempt = 0; attempt < ADOPT_ATTEMPTS; attempt++) {
            final long word = load.getAsLong();
            requireOurs.run();
            final long taken = value.applyAsLong(word);
            if (store.apply(word, TaggedWord.of(epoch, taken))) {
                return taken;
            }
        }
        throw AttachException.damaged(target.process() + " keeps changing words that are its consumer's");
    }
}
