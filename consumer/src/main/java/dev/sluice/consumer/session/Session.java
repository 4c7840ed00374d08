// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.session;

import dev.sluice.consumer.account.Refusals;
import dev.sluice.consumer.account.RingBase;
import dev.sluice.consumer.account.RingCopy;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.SessionHolder;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetRegion;
import dev.sluice.os.NativeCalls;
import dev.sluice.ring.Command;
import dev.sluice.ring.ControlFile;
import dev.sluice.ring.EventWalker;
import dev.sluice.ring.RefusalCause;
import dev.sluice.ring.Slot;
import dev.sluice.ring.SlotDescriptor;
import dev.sluice.ring.TaggedWord;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.LongUnaryOperator;

/**
 * The session of one target: taken by compare-and-set, kept alive by a heartbeat, and lost for good when another
 * consumer takes over (docs/protocol.md section 4). Every store to a shared word is a compare-and-set from a value of
 * our own epoch, so a session that was lost unnoticed changes nothing.
 * <p>
 * {@link #received} and {@link #consumed} are for one thread, the receiving one; commands are for one thread, which may
 * be another; the rest is for any thread. {@link #close()} is idempotent and never throws.
 */
public final class Session implements AutoCloseable {
    /** Age at which a heartbeat is stale, unless {@code sluice.stale} says otherwise. */
    public static final long STALE_NS = TimeUnit.SECONDS.toNanos(1);

    private static final long POLL_NS = TimeUnit.MICROSECONDS.toNanos(200);
    private static final long GRACE_NS = TimeUnit.MILLISECONDS.toNanos(2);
    /** How long a target may give no sign of running before it is not waited for any more; and one that is stopped. */
    private static final long SILENT_NS = DrainCommands.ANSWER_NS;
    private static final long STOPPED_NS = TimeUnit.SECONDS.toNanos(2);
    /** Upper half of what 48 bits hold: differences there are negative ones. */
    private static final long MAX_UNATTENDED = TaggedWord.VALUE_MASK / 2;
    private static final int TORN_ATTEMPTS = 5;
    private static final int SNAPSHOT_ATTEMPTS = 100;
    /** Other consumers change a word a few times at most; a target that lies may do so for ever. */
    private static final int ADOPT_ATTEMPTS = 100_000;

    private final Target target;
    private final ControlFile words;
    private final long staleNs;
    private final int epoch;
    private final SessionHolder self;
    private final RingBase[] bases;
    private final long[] received;
    private final long[] appending;
    private final long[] accounted;
    private final StallWatch stalls;
    private final Heartbeat heart;
    private long consumedUnits;
    private int commandNumber;
    private volatile boolean areCreditsClosed;
    private volatile boolean isLost;
    private volatile boolean isClosed;

    private Session(final Target target, final SessionHolder self, final long staleNs) {
        this.target = target;
        this.self = self;
        this.staleNs = staleNs;
        words = target.control().words();
        epoch = self.epoch();
        bases = new RingBase[words.slotCount()];
        received = new long[words.slotCount()];
        appending = new long[words.slotCount()];
        accounted = new long[words.slotCount()];
        stalls = new StallWatch(target, staleNs);
        heart = new Heartbeat(words, epoch, stalls, () -> isClosed || isLost(), this::lose);
    }

    /**
     * Takes the session of a target: at once if nobody holds it or its holder is dead.
     *
     * @param staleNs age at which a heartbeat is stale
     * @throws AttachException if a living consumer holds it
     */
    public static Session take(final Target target, final long staleNs) {
        return take(target, staleNs, false);
    }

    /**
     * The same; may take the session from a consumer that is stopped, whose trace then ends there.
     *
     * @param mayTakeOver whether it may: a consumer that is only late would have gone on
     */
    public static Session take(final Target target, final long staleNs, final boolean mayTakeOver) {
        final SessionHolder self = new SessionClaim(target, staleNs, mayTakeOver).take();
        return begin(new Session(target, self, staleNs));
    }

    private static Session begin(final Session session) {
        try {
            session.adopt(session.words::heartbeatVolatile, session.words::compareAndSetHeartbeat, w -> 0);
            session.heart.start();
            session.adopt(session.words::creditsConsumedVolatile, session.words::compareAndSetCreditsConsumed, w -> 0);
            session.awaitSuspension();
            session.awaitDrains();
            session.adoptRings();
            session.stalls.begin();
            return session;
        } catch (final RuntimeException e) {
            session.close();
            throw e;
        }
    }

    /**
     * Waits for the drains of the session before: none begins any more, because the credits are ours, and one that had
     * begun holds its ring's lock. Else its batch would be found missing in this session, as a trap that the kernel did
     * not deliver, while the consumer before may have stored it.
     */
    private void awaitDrains() {
        final long begin = System.nanoTime();
        final int limit = target.region().slotLimit();
        for (int i = 0; i < limit; i++) {
            // A target that is stopped in a drain is not waited for: such a batch is accounted for by its number.
            while (target.region().slot(i).drainLockVolatile() != 0 && System.nanoTime() - begin < staleNs
                && !target.process().hasExited()) {
                LockSupport.parkNanos(POLL_NS);
            }
        }
    }

    /**
     * Takes the consumer's words of each ring over as they are; what they leave open is confirmed once it is in the
     * trace. In this order: without the appending word a consumer that drained by itself before us, and wakes up,
     * appends nothing any more, and without head it moves nothing. So where a ring stands is what it has left.
     */
    private void adoptRings() {
        final TargetRegion region = target.region();
        final int limit = region.slotLimit();
        final EventWalker walker = new EventWalker(region.schemas());
        final ByteBuffer copy = ByteBuffer.allocateDirect(SlotDescriptor.LENGTH + Long.BYTES);
        final long address = NativeCalls.get().addressOf(copy) + Long.BYTES - 1 & -Long.BYTES;
        final RingCopy ringCopy = new RingCopy();
        for (int i = 0; i < bases.length; i++) {
            final int slot = i;
            bases[i] = RingBase.NEW;
            adopt(() -> words.appendingVolatile(slot), (e, w) -> words.compareAndSetAppending(slot, e, w), word -> {
                appending[slot] = TaggedWord.value(word);
                return appending[slot];
            });
            if (i < limit && region.isMapped()) {
                final Slot ring = region.slot(i);
                adopt(ring::headWordVolatile, ring::compareAndSetHeadWord, TaggedWord::value);
            }
            adopt(() -> words.receivedVolatile(slot), (e, w) -> words.compareAndSetReceived(slot, e, w), word -> {
                received[slot] = TaggedWord.value(word);
                if (slot < limit) {
                    bases[slot] = readBase(snapshot(slot, address), received[slot], walker, ringCopy);
                }
                return received[slot];
            });
            adopt(() -> words.accountedVolatile(slot), (e, w) -> words.compareAndSetAccounted(slot, e, w), word -> {
                accounted[slot] = TaggedWord.value(word);
                bases[slot] = bases[slot].withUnattended(unattended(bases[slot].discarded(), accounted[slot]));
                return accounted[slot];
            });
        }
        Reference.reachabilityFence(copy);
    }

    /** Copies a slot's words until they belong together: a fire that saw its bit late may still write to it. */
    private Slot snapshot(final int slot, final long address) {
        Slot copy;
        Slot now;
        int attempts = 0;
        do {
            copy = target.region().snapshot(slot, address);
            now = target.region().slot(slot);
            attempts++;
        } while (attempts < SNAPSHOT_ATTEMPTS && (now.tailAcquire() != copy.tailAcquire()
            || now.overwrittenAcquire() != copy.overwrittenAcquire()));
        return copy;
    }

    private RingBase readBase(final Slot slot, final long receivedSequence, final EventWalker walker,
                              final RingCopy ringCopy) {
        if (target.region().isMapped() || slot.ringLength() == 0) {
            return RingBase.read(slot, receivedSequence, appending[slot.index()], walker);
        }
        final RingBase base = RingBase.read(ringCopy.of(target.region(), slot), receivedSequence, 0, walker);
        Reference.reachabilityFence(ringCopy);
        return base;
    }

    /**
     * Waits until the target has seen that the session before is over, and what was firing or draining then has ended:
     * so that where each ring stands is read from words that belong together. A target that does not run is not waited
     * for longer than it takes to call a consumer dead.
     */
    private void awaitSuspension() {
        final long begin = System.nanoTime();
        boolean wasActive = false;
        while (words.activeEpochVolatile() != 0 && System.nanoTime() - begin < staleNs
            && !target.process().hasExited()) {
            wasActive = true;
            LockSupport.parkNanos(POLL_NS);
        }
        if (wasActive) {
            LockSupport.parkNanos(GRACE_NS);
        }
    }

    /**
     * Makes a word of an older epoch ours. The word is read before the session is checked: whoever took over since has
     * changed the word, or will adopt it from what we store, so the compare-and-set cannot undo a successor's store.
     */
    private void adopt(final LongSupplier load, final CompareAndSet store, final LongUnaryOperator value) {
        for (int attempt = 0; attempt < ADOPT_ATTEMPTS; attempt++) {
            final long word = load.getAsLong();
            requireOurs();
            if (store.apply(word, TaggedWord.of(epoch, value.applyAsLong(word)))) {
                return;
            }
        }
        throw AttachException.damaged(target.process() + " keeps changing words that are its consumer's");
    }

    /** Epoch of this session. */
    public int epoch() {
        return epoch;
    }

    /** The target. */
    public Target target() {
        return target;
    }

    /** Where a ring stood when the session began. */
    public RingBase base(final int ring) {
        return bases[ring];
    }

    /** Whether another consumer has taken over, as far as this one has noticed. */
    public boolean isLost() {
        if (!isLost && !isClosed && words.sessionVolatile() != self.word()) {
            isLost = true;
        }
        return isLost;
    }

    private void requireOurs() {
        if (isLost()) {
            throw new AttachException(AttachException.Reason.BUSY, "another consumer, process "
                + target.control().holder().pid() + ", took over the session of " + target.process()
                + "; this one was stopped for longer than " + TimeUnit.NANOSECONDS.toMillis(staleNs) + " ms");
        }
    }

    /** Another consumer has changed a word of ours. */
    public void lose() {
        isLost = true;
    }

    /** The session's sign of life. */
    public Heartbeat heart() {
        return heart;
    }

    /** The session's stalls. */
    public StallWatch stalls() {
        return stalls;
    }

    /**
     * Publishes up to which of a ring's discarded events the trace has them, so that the next session knows what no
     * trace has if this one ends here. By the receiving thread, or when that has ended.
     *
     * @param count the ring's count of discarded events
     */
    public void accounted(final int ring, final long count) {
        final long value = count & TaggedWord.VALUE_MASK;
        if (value != accounted[ring]) {
            if (words.compareAndSetAccounted(
                ring, TaggedWord.of(epoch, accounted[ring]), TaggedWord.of(epoch, value))) {
                accounted[ring] = value;
            } else {
                isLost = true;
            }
        }
    }

    /** A 48-bit count beyond the ring's own is a lie, or the ring's file was cut off: it stands for none. */
    private static long unattended(final long discarded, final long accountedBefore) {
        final long events = discarded - accountedBefore & TaggedWord.VALUE_MASK;
        return events < MAX_UNATTENDED ? events : 0;
    }

    /** What of the process-wide counts of refusals earlier traces have, by cause; only causes that occurred. */
    public Map<RefusalCause, Long> refusalsAccounted() {
        final Map<RefusalCause, Long> accountedBefore = new EnumMap<>(RefusalCause.class);
        final Map<RefusalCause, Long> counts = Refusals.of(target.region());
        for (final RefusalCause cause : RefusalCause.values()) {
            final long word = words.refusalsAccountedVolatile(cause.code());
            final long now = counts.getOrDefault(cause, 0L);
            final long count = TaggedWord.widen(TaggedWord.value(word), now);
            if (count > 0 && now - count < MAX_UNATTENDED) {
                accountedBefore.put(cause, count);
            } else if (count < 0) {
                // More than there are: a lie, or a file that was cut off. Nothing of it is anybody's.
                accountedBefore.put(cause, now);
            }
        }
        return accountedBefore;
    }

    /** Publishes what the traces have of the process-wide counts of refusals, this one's end included. */
    public void refusalsAccounted(final Map<RefusalCause, Long> counts) {
        counts.forEach((cause, count) -> {
            final long word = words.refusalsAccountedVolatile(cause.code());
            if (!isLost()) {
                words.compareAndSetRefusalsAccounted(cause.code(), word, TaggedWord.of(epoch, count));
            }
        });
    }

    /** The last sequence of a ring that was published as received. */
    public long received(final int ring) {
        return received[ring];
    }

    /** Publishes that all batches of a ring up to a sequence are stored. Returns false if the session is lost. */
    public boolean received(final int ring, final long sequence) {
        if (words.compareAndSetReceived(
            ring, TaggedWord.of(epoch, received[ring]), TaggedWord.of(epoch, sequence))) {
            received[ring] = sequence;
            return true;
        }
        isLost = true;
        return false;
    }

    /**
     * Says where a batch of a ring ends that is to be appended to the trace next, or that none is. From here on, until
     * head has moved, the next session takes the batch for one that may be in this one's trace.
     *
     * @param endPosition 0 for none
     * @return false if the session is lost: then nothing may be appended
     */
    public boolean appending(final int ring, final long endPosition) {
        final long value = endPosition >>> 3 & TaggedWord.VALUE_MASK;
        if (words.compareAndSetAppending(
            ring, TaggedWord.of(epoch, appending[ring]), TaggedWord.of(epoch, value))) {
            appending[ring] = value;
            return true;
        }
        isLost = true;
        return false;
    }

    /**
     * Steps over what the consumer before was about to append to its trace, once this one's trace has it as a loss:
     * whether it is stored there, nobody here can know. Before ENABLE, by the thread that gives commands.
     *
     * @throws AttachException if the session is lost
     */
    public void stepOver(final int ring) {
        if (appending[ring] == 0) {
            return;
        }
        final RingBase.Gap gap = bases[ring].gap();
        if (gap != null && gap.endPosition() != 0) {
            final Slot slot = target.region().slot(ring);
            final long word = slot.headWordVolatile();
            isLost |= TaggedWord.epoch(word) != epoch
                || !slot.compareAndSetHeadWord(word, Slot.headWord(epoch, gap.endPosition()));
        }
        requireOurs();
        received(ring, bases[ring].sequence());
        appending(ring, 0);
        requireOurs();
    }

    /** Publishes the bytes of credits given back since the session began. Returns false if the session is lost. */
    public boolean consumed(final long bytes) {
        final long units = bytes >>> 3;
        if (units == consumedUnits) {
            return !isLost;
        }
        if (words.compareAndSetCreditsConsumed(
            TaggedWord.of(epoch, consumedUnits), TaggedWord.of(epoch, units))) {
            consumedUnits = units;
            return true;
        }
        if (areCreditsClosed) {
            return true;
        }
        isLost = true;
        return false;
    }

    /**
     * Takes all credits away: a word of no epoch has no room for anybody, so no drain begins any more, and what threads
     * still fire waits in their rings for the next session. A drain that had begun holds its ring's lock.
     */
    public void closeCredits() {
        areCreditsClosed = true;
        for (int attempt = 0; attempt < ADOPT_ATTEMPTS; attempt++) {
            final long word = words.creditsConsumedVolatile();
            if (TaggedWord.epoch(word) != epoch
                || words.compareAndSetCreditsConsumed(word, TaggedWord.of(0, TaggedWord.value(word)))) {
                return;
            }
        }
    }

    /**
     * Gives a command and waits for the answer.
     *
     * @return the answer, or null if the target has died
     * @throws AttachException if the session is lost or no answer comes in time
     */
    public Command.Answer command(final int kind, final byte[] payload, final long timeoutNs) {
        for (int attempt = 0; attempt < TORN_ATTEMPTS; attempt++) {
            final Command command = new Command(epoch, kind, ++commandNumber, payload);
            requireOurs();
            if (command.send(words)) {
                final Command.Answer answer = await(command, timeoutNs);
                if (answer == null || answer.result() != Command.RESULT_TORN) {
                    return answer;
                }
            }
        }
        throw new AttachException(AttachException.Reason.REFUSED, "commands to " + target.process()
            + " are overwritten by another consumer; end the other one");
    }

    private Command.Answer await(final Command command, final long timeoutNs) {
        final long begin = System.nanoTime();
        long targetsSign = words.targetHeartbeatAcquire();
        long signedNs = begin;
        while (true) {
            final Command.Answer answer = Command.answer(words, command.word());
            if (answer != null) {
                return answer;
            }
            if (target.process().hasExited()) {
                return null;
            }
            requireOurs();
            final long now = System.nanoTime();
            if (words.targetHeartbeatAcquire() != targetsSign) {
                targetsSign = words.targetHeartbeatAcquire();
                signedNs = now;
            }
            final long silentNs = now - signedNs;
            if (now - begin > timeoutNs || silentNs > SILENT_NS
                || silentNs > STOPPED_NS && target.process().isStopped()) {
                throw new AttachException(AttachException.Reason.REFUSED, target.process() + " did not answer command "
                    + command.kind() + " within " + TimeUnit.NANOSECONDS.toMillis(now - begin) + " ms: "
                    + (target.process().isStopped() ? "it is stopped; let it go on (kill -CONT) and try again"
                        : "it is frozen, or so busy that its control thread does not run"));
            }
            LockSupport.parkNanos(POLL_NS);
        }
    }

    /** Age at which the target is told to take a heartbeat for stale. */
    public long staleNs() {
        return staleNs;
    }

    /** Gives the session back, unless it is lost. The target's memory must still be mapped. */
    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        heart.join();
        // Fails if another consumer holds it, which is as well.
        words.compareAndSetSession(self.word(), new SessionHolder(epoch, 0).word());
        target.control().life().end(epoch);
    }

    /** A compare-and-set on one shared word. */
    private interface CompareAndSet {
        boolean apply(long expected, long word);
    }
}
