// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.session;

import dev.sluice.consumer.account.Refusals;
import dev.sluice.consumer.account.RingBase;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.SessionHolder;
import dev.sluice.consumer.attach.Target;
import dev.sluice.ring.control.Command;
import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.ring.region.Slot;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * The session of one target. A consumer takes it by compare-and-set and keeps it alive by a heartbeat; if another
 * consumer takes over, the session is lost for good (docs/protocol.md section 4). Every store to a shared word is a
 * compare-and-set from a value of this session's epoch. So a session that was lost without noticing it changes nothing.
 * <p> {@link #words} is for one thread, the receiving one. Commands are for one thread, which may be another. The rest
 * is for any thread. {@link #close()} is idempotent and never throws.
 */
public final class Session implements AutoCloseable {
    /** Longest wait, in ns, for what the session before has left: its end, and the drains that had begun. */
    private static final long SETTLE_NS = TimeUnit.SECONDS.toNanos(1);

    private final Target target;
    private final ControlFile control;
    private final long staleNs;
    private final int epoch;
    private final SessionHolder self;
    private final SessionWords words;
    private final CommandChannel commands;
    private final StallWatch stalls;
    private final Heartbeat heart;
    private final BooleanSupplier isGivenUp;
    /** Set before the session is returned to its caller. */
    private RingBase[] bases;
    private volatile boolean isClosed;
    /** For the thread that gives commands. */
    private boolean isAttached;

    private Session(final Target target, final SessionHolder self, final long staleNs,
                    final BooleanSupplier isGivenUp) {
        this.target = target;
        this.self = self;
        this.staleNs = staleNs;
        this.isGivenUp = isGivenUp;
        control = target.control().words();
        epoch = self.epoch();
        words = new SessionWords(control, epoch);
        commands = new CommandChannel(target, epoch, this::requireOurs, this::requireWanted);
        stalls = new StallWatch(target, staleNs);
        heart = new Heartbeat(control, epoch, stalls, () -> isClosed || isLost(), words::lose);
    }

    /**
     * Takes the session of a target, at once if nobody holds it or its holder is dead.
     *
     * @param staleNs age in ns at which a heartbeat is stale; from then on, both sides use it
     * @throws AttachException if a consumer that lives holds the session
     */
    public static Session take(final Target target, final long staleNs) {
        return take(target, staleNs, false, () -> false);
    }

    /**
     * Takes the session of a target. The session may be taken from a consumer that is stopped; that consumer's trace
     * then ends there.
     *
     * @param staleNs     age in ns at which a heartbeat is stale; from then on, both sides use it
     * @param mayTakeOver whether the session may be taken from a consumer that is stopped. A consumer that was only
     *                    late would have continued
     * @param isGivenUp   whether nobody wants the session any more: asked in every wait and every 10 ms, until
     *                    {@link #attached()}
     * @throws AttachException if a consumer that lives holds the session, or nobody wants it any more
     */
    public static Session take(final Target target, final long staleNs, final boolean mayTakeOver,
                               final BooleanSupplier isGivenUp) {
        // The next consumer does not wait for longer than a second, even if the target's threads would wait longer for
        // a consumer.
        final long settleNs = Math.min(staleNs, SETTLE_NS);
        final SessionHolder self = new SessionClaim(target, settleNs, mayTakeOver, isGivenUp).take();
        return begin(new Session(target, self, staleNs, isGivenUp), settleNs);
    }

    private static Session begin(final Session session, final long settleNs) {
        try {
            final SessionTakeover takeover = new SessionTakeover(session.target, session.epoch, settleNs,
                session::requireOurs, session::requireWanted);
            takeover.takeHeartbeat();
            session.heart.start();
            session.bases = takeover.takeRings(session.words);
            session.stalls.begin();
            return session;
        } catch (final RuntimeException e) {
            session.close();
            throw e;
        }
    }

    /** Epoch of this session. */
    public int epoch() {
        return epoch;
    }

    /** The target. */
    public Target target() {
        return target;
    }

    /** The state of a ring when the session began. */
    public RingBase base(final int ring) {
        return bases[ring];
    }

    /** Whether another consumer has taken over, as far as this one has noticed. */
    public boolean isLost() {
        if (!words.isLost() && !isClosed && control.sessionVolatile() != self.word()) {
            words.lose();
        }
        return words.isLost();
    }

    private void requireOurs() {
        if (isLost()) {
            throw new AttachException(AttachException.Reason.BUSY, "another consumer, process "
                + target.control().holder().pid() + ", took over the session of " + target.process()
                + "; this one was stopped for longer than " + TimeUnit.NANOSECONDS.toMillis(staleNs) + " ms");
        }
    }

    private void requireWanted() {
        requireOurs();
        if (!isAttached && isGivenUp.getAsBoolean()) {
            throw AttachException.givenUp(target.process().pid());
        }
    }

    /**
     * Says that the attaching is done. From now on commands are awaited whoever wants the recording to end: that takes
     * commands too. For the thread that gives commands.
     */
    public void attached() {
        isAttached = true;
    }

    /** Whether the target serves this session: it has obeyed the command to begin. */
    public boolean hasBegun() {
        return control.activeEpochVolatile() == epoch;
    }

    /** Marks the session as lost, because another consumer has changed a word of this session. */
    public void lose() {
        words.lose();
    }

    /** The words that this session publishes. */
    public SessionWords words() {
        return words;
    }

    /**
     * Gives a command and waits for the answer. For one thread.
     *
     * @return the answer, or null if the target has died
     * @throws AttachException if the session is lost, no answer comes in time, or the attaching is given up
     */
    public Command.Answer command(final Command.Kind kind, final byte[] payload, final long timeoutNs) {
        return commands.give(kind, payload, timeoutNs);
    }

    /**
     * Gives a command without waiting. The next {@link #command} of its kind waits for the answer. For the same thread.
     */
    void commandAhead(final Command.Kind kind, final byte[] payload) {
        commands.giveAhead(kind, payload);
    }

    /** The session's sign of life. */
    public Heartbeat heart() {
        return heart;
    }

    /** The session's stalls. */
    public StallWatch stalls() {
        return stalls;
    }

    /** How many of the process-wide refusals are in earlier traces, by cause; only causes that occurred. */
    public Map<RefusalCause, Long> refusalsAccounted() {
        final Map<RefusalCause, Long> accountedBefore = new EnumMap<>(RefusalCause.class);
        final Map<RefusalCause, Long> counts = Refusals.of(target.region());
        for (final RefusalCause cause : RefusalCause.values()) {
            final long word = control.refusalsAccountedVolatile(cause.code());
            final long now = counts.getOrDefault(cause, 0L);
            final long count = TaggedWord.widen(TaggedWord.value(word), now);
            if (count > 0 && now - count < SessionTakeover.MAX_UNATTENDED) {
                accountedBefore.put(cause, count);
            } else if (count < 0) {
                // More refusals are accounted for than there are. The word is forged, or the file was cut off; so every
                // refusal counts as in an earlier trace.
                accountedBefore.put(cause, now);
            }
        }
        return accountedBefore;
    }

    /** Publishes how many of the process-wide refusals are in traces, including the end of this session's trace. */
    public void publishRefusalsAccounted(final Map<RefusalCause, Long> counts) {
        counts.forEach((cause, count) -> {
            final long word = control.refusalsAccountedVolatile(cause.code());
            if (!isLost()) {
                control.compareAndSetRefusalsAccounted(cause.code(), word, TaggedWord.of(epoch, count));
            }
        });
    }

    /**
     * Steps over the batch that the consumer before was about to append to its trace. Nobody here can know whether that
     * trace has it, so this session's trace already has it as a loss. Called before ENABLE, by the thread that gives
     * commands.
     *
     * @throws AttachException if the session is lost
     */
    public void stepOver(final int ring) {
        if (!words.isAppending(ring)) {
            return;
        }
        final RingBase.Gap gap = bases[ring].gap();
        if (gap != null && gap.endPosition() != 0 && !target.region().isMapped()) {
            // The target carries its head there when it applies ENABLE.
            words.publishPulled(ring, gap.endPosition());
        } else if (gap != null && gap.endPosition() != 0) {
            final Slot slot = target.region().slot(ring);
            final long word = slot.headWordVolatile();
            if (TaggedWord.epoch(word) != epoch
                || !slot.compareAndSetHeadWord(word, Slot.headWord(epoch, gap.endPosition()))) {
                words.lose();
            }
        }
        requireOurs();
        words.publishReceived(ring, bases[ring].sequence());
        words.publishAppending(ring, 0);
        requireOurs();
    }

    /** Age in ns at which the target is told to take a heartbeat for stale. */
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
        // This fails if another consumer holds the session by now, which is right.
        control.compareAndSetSession(self.word(), new SessionHolder(epoch, 0).word());
        target.control().life().end(epoch);
    }
}
