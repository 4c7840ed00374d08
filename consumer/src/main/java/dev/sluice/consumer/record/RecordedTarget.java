// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.bpf.reduce.Reduced;
import dev.sluice.consumer.account.Refusals;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetRegion;
import dev.sluice.consumer.receive.TargetTraceWriter;
import dev.sluice.consumer.session.DrainCommands;
import dev.sluice.consumer.session.Session;
import dev.sluice.os.Remedy;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.ring.where.EventChoice;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.StallInfo;
import dev.sluice.store.write.TraceFull;
import dev.sluice.store.write.TraceWriter;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * One target of a recording, from its session to the end of its part of the trace, which the {@link Recorder} takes
 * through these steps. For the recorder's thread; any thread may call {@link #storedEvents} and
 * {@link #progress}.
 */
public final class RecordedTarget {
    private static final long LAST_ANSWER_NS = TimeUnit.SECONDS.toNanos(1);

    private final Target target;
    private final Map<RefusalCause, Long> refusedBefore = new EnumMap<>(RefusalCause.class);
    /**
     * What the rings had refused and overwritten before the recording: they count for their lives. Other threads ask
     * for progress only once the target is added to the trace.
     */
    private long discardedBefore;
    private long overwrittenBefore;
    private Session session;
    private TargetTraceWriter trace;
    private volatile DrainSource source;
    private Began began;
    /** Whether the trace says what is selected. It need not, as long as that is what its command line says. */
    private boolean isTold;
    private boolean isEnabled;

    /** What was selected at first, and when. */
    private record Began(List<EventChoice> choices, long atMs) {
    }

    RecordedTarget(final Target target) {
        this.target = target;
    }

    /** The target. */
    public Target target() {
        return target;
    }

    /** The target's process. */
    long pid() {
        return target.process().pid();
    }

    /** The target's session; null if events do not come through rings. */
    public Session session() {
        return session;
    }

    /** The target's part of the trace. */
    public TargetTraceWriter trace() {
        return trace;
    }

    void takeSession(final RecordOptions options) {
        session = Session.take(target, target.control().staleAfterNs(), options.mayTakeOver(), options.givenUp());
    }

    /** Adds the target to the trace. */
    void addTo(final TraceWriter writer) {
        refusedBefore.putAll(session == null ? Refusals.of(target.region()) : session.refusalsAccounted());
        discardedBefore = discarded();
        overwrittenBefore = overwritten();
        trace = new TargetTraceWriter(writer, target, session == null, refusedBefore);
    }

    void open(final DrainSourceFactory factory, final RecordOptions options, final int targets) {
        source = factory.open(this, options, targets);
    }

    /** Asks the target to begin. Returns the number of tracepoints enabled. */
    int enable(final List<EventChoice> choices) {
        if (!choices.stream().allMatch(EventChoice::isPlain)) {
            tell(choices);
        }
        began = new Began(choices, System.currentTimeMillis());
        final int count = source.enable(choices);
        isEnabled = true;
        if (session != null) {
            session.attached();
        }
        return count;
    }

    /** Whether the target has begun. */
    boolean isEnabled() {
        return isEnabled;
    }

    /**
     * Asks the target whether it would go on with other events, and changes nothing.
     *
     * @throws AttachException if it would refuse, or does not answer
     */
    void check(final List<EventChoice> choices) {
        source.check(choices);
    }

    /**
     * Asks the target to go on with other events. Returns the number of tracepoints enabled.
     *
     * @throws AttachException if it refuses or does not answer
     */
    int select(final List<EventChoice> choices) {
        if (!isTold) {
            trace.selection(began.choices, began.atMs);
        }
        tell(choices);
        return source.select(choices);
    }

    private void tell(final List<EventChoice> choices) {
        isTold = true;
        trace.selection(choices, System.currentTimeMillis());
    }

    /** Events stored so far. The number may lag a little. */
    long storedEvents() {
        final DrainSource opened = source;
        return opened == null ? 0 : opened.storedEvents();
    }

    /** What was done so far. Any thread, while the target is open. */
    TargetProgress progress() {
        final TargetTraceWriter part = trace;
        return new TargetProgress(pid(), false, storedEvents(), part == null ? 0 : part.packets(),
            part == null ? 0 : part.packetBytes(), part == null ? Map.of() : part.losses(), discarded(), overwritten(),
            discardedBefore, overwrittenBefore);
    }

    private long discarded() {
        final TargetRegion region = target.region();
        return IntStream.range(0, region.slotLimit()).mapToLong(region::discarded).sum();
    }

    private long overwritten() {
        final TargetRegion region = target.region();
        return IntStream.range(0, region.slotLimit()).mapToLong(region::overwritten).sum();
    }

    /** Ends the receiving: from now on, what is stored is all. Idempotent. */
    void stopReceiving() {
        if (source != null) {
            source.close();
        }
    }

    /** Sums and histograms so far. */
    List<Reduced> reduced() {
        final DrainSource opened = source;
        return opened == null ? List.of() : opened.reduced();
    }

    /** Whether the target's part of the trace says that events were lost. */
    boolean hasLosses() {
        return trace != null && !trace.losses().isEmpty();
    }

    /** Whether the recording can go on. */
    boolean isHealthy() {
        return source.failure() == null && !source.isLost() && !source.isStuck();
    }

    boolean hasExited() {
        return target.process().hasExited();
    }

    /** Waits for the end of the target's process. Returns whether the process has ended. */
    boolean awaitExit(final int timeoutMs) {
        return target.process().awaitExit(timeoutMs);
    }

    /**
     * Stores what is new apart from events: clock readings and the stalls of this consumer.
     *
     * @param onStall is told of each stall
     */
    void tend(final Consumer<StallInfo> onStall) {
        trace.clock();
        storeStalls(false, onStall);
    }

    private void storeStalls(final boolean isEnd, final Consumer<StallInfo> onStall) {
        if (session != null && trace != null) {
            final boolean isLost = session.isLost();
            if (isEnd && isLost) {
                // The heartbeat's thread reports the time since its last beat, and ends.
                session.heart().join();
            }
            for (final StallInfo stall : session.stalls().take(isEnd, isLost)) {
                trace.stall(stall);
                onStall.accept(stall);
            }
        }
    }

    /** Asks the target to hand over what its rings have, without waiting for it. */
    void tellToFlush() {
        if (!hasExited()) {
            source.tellToFlush();
        }
    }

    /** Waits until that is stored. What a target has left that has exited is stored when its part ends. */
    boolean catchUp(final long deadlineNs) {
        return !hasExited() && source.catchUp(deadlineNs);
    }

    /** Asks the target to stop, without waiting for it. */
    void tellToStop() {
        if (!hasExited()) {
            source.tellToStop();
        }
    }

    /**
     * Stops, drains what is left, accounts for everything, and completes the target's part of the trace.
     *
     * @param writer  of the trace
     * @param onStall is told of each stall
     * @throws RuntimeException the error that stopped the storing, if there was one; the target's part of the trace
     *     then has no end
     */
    TargetResult finish(final TraceWriter writer, final Consumer<StallInfo> onStall) {
        final DrainSource.Outcome outcome = source.finish(hasExited());
        checkStored();
        final EndKind kind = endKind(outcome, writer.full());
        storeStalls(true, onStall);
        // If another session has taken over, that session counts the refusals since then.
        final Map<RefusalCause, Long> refused =
            outcome.taken() ? Map.of() : Refusals.since(refusedBefore, Refusals.of(target.region()));
        trace.end(
            new EndInfo(kind, outcome.known(), System.currentTimeMillis() * 1_000_000L, outcome.rings(), refused));
        if (session != null) {
            source.published(outcome);
            session.publishRefusalsAccounted(Refusals.sum(refusedBefore, refused));
        }
        return new TargetResult(pid(), kind, outcome.known(), outcome.rings(), refused, trace.losses(),
            outcome.stored(), outcome.storedBytes(), trace.firstCosts(), outcome.warning());
    }

    /**
     * Completes the part of the trace of a target that could not be attached to after all. Nothing of it was enabled
     * yet, or it has the account of what was. A target that was asked to begin, and has not answered, is told to stop,
     * and has a second for that: nobody waits for the recording any more.
     *
     * @return the account, if there may be anything in it
     */
    Optional<TargetResult> giveUp(final TraceWriter writer) {
        if (!isEnabled && began != null && session != null) {
            session.attached();
            DrainCommands.disable(session, LAST_ANSWER_NS);
        }
        return isUnbegun() ? endUnbegun() : Optional.of(finish(writer, stall -> { }));
    }

    /** Whether nothing of the target was enabled, nor may there be anything of it in the trace. */
    private boolean isUnbegun() {
        if (isEnabled || hasLosses() || storedEvents() > 0) {
            return false;
        }
        return began == null || session != null && !session.hasBegun() && !hasExited();
    }

    private Optional<TargetResult> endUnbegun() {
        stopReceiving();
        if (trace != null) {
            trace.end(new EndInfo(EndKind.DETACHED, true, System.currentTimeMillis() * 1_000_000L, List.of(),
                Map.of()));
        }
        return Optional.empty();
    }

    /**
     * Ends the session of a target that has not begun, without waiting for it, and completes its part of the trace if
     * it has not begun in the meantime: it refuses the command of a session that is over.
     */
    void withdraw() {
        stopReceiving();
        if (session != null) {
            session.close();
        }
        if (isUnbegun()) {
            endUnbegun();
        }
    }

    /** What is known of a target whose events could not be stored to the end. */
    TargetResult failed(final Throwable failure) {
        return new TargetResult(pid(), EndKind.CONSUMER_STOPPED, false, List.of(), Map.of(), trace.losses(),
            storedEvents(), 0, trace.firstCosts(),
            target.process() + " was not recorded to its end: " + failure.getMessage());
    }

    private EndKind endKind(final DrainSource.Outcome outcome, final TraceFull full) {
        if (hasExited()) {
            return EndKind.TARGET_EXITED;
        }
        if (outcome.taken()) {
            return EndKind.SESSION_TAKEN;
        }
        return full != null ? full.end() : outcome.known() ? EndKind.DETACHED : EndKind.CONSUMER_STOPPED;
    }

    private void checkStored() {
        final Throwable failure = source.failure();
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure != null) {
            throw new AttachException(AttachException.Reason.ENVIRONMENT, "receiving failed: "
                + Remedy.describe(failure), failure);
        }
    }

    void close() {
        stopReceiving();
        if (session != null) {
            session.close();
        }
        target.close();
    }
}
