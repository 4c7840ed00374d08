// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target;

import dev.sluice.os.NativeCalls;
import dev.sluice.os.NativeException;
import dev.sluice.os.Remedy;
import dev.sluice.os.jvm.LibraryThread;
import dev.sluice.os.jvm.Outliving;
import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.control.Command;
import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.control.ControlFileDescriptor;
import dev.sluice.ring.drain.RingDrainer;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.where.ChoiceBinder;
import dev.sluice.ring.where.EventChoice;
import dev.sluice.ring.where.EventTest;
import dev.sluice.target.clock.ClockWatch;
import dev.sluice.target.jvm.OwnedByThreads;
import dev.sluice.target.jvm.Warnings;
import dev.sluice.target.memory.TargetMemory;
import dev.sluice.target.pair.HeldPair;
import dev.sluice.target.pair.HeldRoles;
import dev.sluice.target.ring.RehearsedFires;
import dev.sluice.target.ring.Rings;
import dev.sluice.target.session.LiveSession;
import dev.sluice.target.session.SessionTerms;
import dev.sluice.target.session.Settings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * The duty cycle of the control thread: applies commands, watches whether the session's consumer lives, flushes slow
 * rings, sweeps the rings of dead threads, writes clock triples. Enable bits are written under one lock, by this thread
 * and by threads that declare tracepoints: {@link #add} may be called by any thread.
 */
final class ControlAgent implements LongSupplier {
    private static final long IDLE_PERIOD_NS = 20_000_000L;
    private static final long SESSION_PERIOD_NS = 5_000_000L;
    private static final long SLOW_PERIOD_NS = 1_000_000_000L;
    /**
     * The longest pause without a session. It is longer than a garbage collector's marking mostly takes: a turn during
     * the marking would keep this copy of the library from being collected.
     */
    private static final long LONGEST_PAUSE_NS = 60_000_000_000L;
    /** Without progress: how long all of it may take is the consumer's to say, who waits for it. */
    private static final long FINAL_FLUSH_NS = 5_000_000_000L;
    /** Time for a fire to commit its event, if the fire saw its enable bit before the bit was cleared. */
    private static final long GRACE_NS = 2_000_000L;
    private static final long STOP_MS = 1000;
    private static final int ENABLE_BITS_OFFSET = 2;

    private final Settings settings;
    private final TargetMemory memory;
    private final Clock clock;
    private final LiveSession session;
    private final Rings rings;
    private final ControlFile file;
    /** The list's own lock guards the list, the enable bits of all tracepoints in it, and which of them are held. */
    private final List<EnableWord> tracepoints = new ArrayList<>();
    private final PairSelection pairs;
    private final LibraryThread loop;
    /** This field is set before the thread starts. */
    private Whole whole;
    private RingDrainer drainer;
    private boolean hasFired;
    private ClockWatch clockWatch;
    private long lastFlushNs;
    private long lastSlowNs;
    private long idleSinceNs = System.nanoTime();
    /** Null before the first provider is loaded. */
    private volatile RehearsedFires fires;
    private volatile boolean isEnding;
    private volatile boolean isStopping;
    /** Made with the object: at the first idle turn the JVM may have no descriptor left to load a class with. */
    private final BooleanSupplier mustStay = () -> isStopping;

    /** What only the whole target can do. */
    interface Whole {
        /** A session has begun or changed: wakes the other threads that serve it. */
        void wakeOthers();

        /** A ticker is to tick: what was fired before is before that tick. */
        void confirm();

        /** The control thread's last act. */
        void retire();
    }

    ControlAgent(final Settings settings, final TargetMemory memory, final Clock clock, final LiveSession session,
        final Rings rings) throws IOException {
        this.settings = settings;
        this.memory = memory;
        this.clock = clock;
        this.session = session;
        this.rings = rings;
        this.file = memory.controlFile();
        this.pairs = new PairSelection(clock.frequency());
        this.loop = new LibraryThread("sluice-control", this, IDLE_PERIOD_NS, memory.controlWords(),
            ControlFileDescriptor.COMMAND_OFFSET, ControlFileDescriptor.ACK_OFFSET,
            ControlFileDescriptor.TARGET_HEARTBEAT_OFFSET);
    }

    /** The roles of tracepoints whose events are held back. Any thread. */
    HeldRoles heldRoles() {
        return pairs.roles();
    }

    /** Says what is fired in a rehearsal. Any thread. */
    void rehearse(final RehearsedFires newFires) {
        fires = newFires;
    }

    /** Starts the thread, once. */
    void start(final Whole newWhole) {
        whole = newWhole;
        loop.start();
    }

    /**
     * Puts loaded tracepoints under control. When this returns, the session's selection is applied to them: no call
     * after their declaration is missing from an account, however busy the control thread is.
     */
    void add(final List<EnableWord> loaded) {
        synchronized (tracepoints) {
            tracepoints.addAll(loaded);
            // A session that begins or ends meanwhile waits for this lock and is then applied to the whole list.
            // What is declared now may be the other half of a pair.
            applyBits(session.current().hasLeast() ? tracepoints : loaded, session.isActive());
            warnOfMisfits(loaded);
        }
    }

    /** Applies the session's selection, if there is a session, to tracepoints that are under control. Any thread. */
    void apply(final List<EnableWord> added) {
        synchronized (tracepoints) {
            applyBits(session.current().hasLeast() ? tracepoints : added, session.isActive());
        }
    }

    /** Says that the process ends: this agent flushes in every cycle from now on. Any thread. */
    void end() {
        isEnding = true;
        loop.wake();
    }

    /**
     * Lowers all enable bits and ends the thread, once no session needs it any more: a consumer may still fetch what is
     * in the rings and close its account. Waits a moment for the end. Any thread.
     */
    void stop() {
        isStopping = true;
        // From here on no other reference may keep the agent alive, so the loop holds it.
        loop.hold(this);
        loop.wake();
        try {
            loop.join(STOP_MS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Disables all tracepoints for ever. Returns whether the thread is no longer needed. */
    private boolean withdraw() {
        synchronized (tracepoints) {
            applyBits(tracepoints, false);
            if (session.current() != SessionTerms.NONE) {
                session.serve(session.current().withoutPatterns());
            }
        }
        return session.current() == SessionTerms.NONE;
    }

    /** Reports a failure. With no memory left, even the first use of a class may fail. */
    private static void report(final Throwable failure) {
        try {
            Warnings.failure("control thread", failure);
            LockSupport.parkNanos(IDLE_PERIOD_NS);
        } catch (final Throwable e) {
            // The failure cannot be reported to anybody, but the thread must live.
            return;
        }
    }

    /** One turn of the control thread. */
    @Override
    public long getAsLong() {
        // The loop holds this agent until a turn has ended without failing, because the turn may begin a session.
        loop.hold(this);
        try {
            if (!isStopping && Outliving.isLoaderClosed()) {
                LocalTarget.stop();
            }
            if (isStopping && withdraw()) {
                whole.retire();
                return LibraryThread.END;
            }
            if (drainer == null) {
                drainer = rings.newDrainer(NativeCalls.get().gettid());
                clockWatch = new ClockWatch(clock, memory.region().lastTripleAddress(),
                    memory.region().beforeTripleAddress());
            }
            dutyCycle();
            return pauseNs();
        } catch (final Throwable e) {
            report(e);
            return IDLE_PERIOD_NS;
        }
    }

    /**
     * Time until the next turn, if nobody asks for an earlier turn. With a session, the loop holds this object, because
     * a consumer wants what is in the rings. Without a session, the pause grows with the time in which nothing has
     * happened.
     */
    private long pauseNs() {
        final boolean isIdle = session.current() == SessionTerms.NONE && !isStopping;
        if (!isIdle) {
            idleSinceNs = System.nanoTime();
            return SESSION_PERIOD_NS;
        }
        loop.release(this, mustStay);
        return Math.max(SLOW_PERIOD_NS, Math.min(LONGEST_PAUSE_NS, System.nanoTime() - idleSinceNs));
    }

    private void dutyCycle() throws IOException {
        final long now = System.nanoTime();
        // The clocks are read before a session begins, because the last reading may be as old as the last turn.
        clockWatch.update();
        final long word = file.commandVolatile();
        if (word != file.ackVolatile()) {
            Command.acknowledge(file, word, apply(word));
        }
        rings.carry();
        watchSession();
        rings.tendMemory(now);
        if (memory.isRegionFile()) {
            // This is done in every cycle, so that what a dead process's file says about received batches is at most
            // some milliseconds old.
            memory.copyReceived();
        }
        if (isEnding || now - lastFlushNs >= settings.flushPeriodNs() / 2) {
            lastFlushNs = now;
            if (session.isActive() && pairs.isUsed()) {
                rings.tendHeld();
            }
            if (session.isActive() && session.current().strategy().isInTarget()) {
                flush();
            }
        }
        if (now - lastSlowNs >= SLOW_PERIOD_NS) {
            lastSlowNs = now;
            rings.sweep();
            rings.rename();
            OwnedByThreads.forgetDead();
        }
    }

    private void flush() throws IOException {
        if (isEnding) {
            rings.rounds().flush(drainer);
        } else {
            rings.rounds().flushStill(drainer);
        }
    }

    private Command.Answer apply(final long word) throws IOException {
        final Command command = Command.receive(file, word);
        if (command == null) {
            return new Command.Answer(Command.Result.TORN, 0, "the body is not that of the command word");
        }
        final long held = file.sessionVolatile();
        if (TaggedWord.epoch(held) != command.epoch() || TaggedWord.value(held) == 0
            || !isConsumerAlive(command.epoch())) {
            // Its consumer has given up, or was killed, while this process was stopped, say.
            return new Command.Answer(Command.Result.STALE, 0,
                "the session word has another epoch, or no holder that lives");
        }
        return switch (command.kind()) {
            case ENABLE, ENABLE_FILTERED -> enable(command);
            case CHECK -> check(command);
            case DISABLE -> disable();
            case FLUSH -> flushed();
            case UNKNOWN -> new Command.Answer(Command.Result.UNKNOWN_KIND, 0,
                "kind=" + command.kindCode() + " is unknown to this version of the library: update the application's");
        };
    }

    private Command.Answer check(final Command command) {
        try {
            final List<EventChoice> choices =
                SessionTerms.of(command.epoch(), Command.Enable.decode(command.payload()), settings).choices();
            final int count;
            synchronized (tracepoints) {
                count = (int) tests(choices).stream()
                    .filter(test -> !test.equals(new EventTest.Constant(false))).count();
            }
            return new Command.Answer(Command.Result.OK, count, "");
        } catch (final IllegalArgumentException e) {
            return new Command.Answer(Command.Result.FAILED, 0, e.getMessage());
        } catch (final Throwable e) {
            // A command that is not answered would be applied again in every turn, which ends there.
            return new Command.Answer(Command.Result.FAILED, 0, "cannot be checked: " + Remedy.describe(e));
        }
    }

    private Command.Answer enable(final Command command) throws IOException {
        final Command.Enable enable;
        final SessionTerms terms;
        try {
            enable = Command.Enable.decode(command.payload());
            terms = SessionTerms.of(command.epoch(), enable, settings);
            prepareFilters(terms);
        } catch (final IllegalArgumentException e) {
            return new Command.Answer(Command.Result.FAILED, 0, e.getMessage());
        } catch (final Throwable e) {
            // As in check.
            return new Command.Answer(Command.Result.FAILED, 0, "the filter's code cannot be made: "
                + Remedy.describe(e));
        }
        if (enable.source() == Command.Source.SHARED && memory.isRegionFile()) {
            return new Command.Answer(Command.Result.FAILED, 0, Command.whyNotShared("this application"));
        }
        rehearse();
        if (terms.hasLeast()) {
            try {
                rings.prepareHeld();
            } catch (final Throwable e) {
                // As in check.
                return new Command.Answer(Command.Result.FAILED, 0, "no rings for what is held back: "
                    + Remedy.describe(e));
            }
        }
        if (file.activeEpochVolatile() != command.epoch()) {
            file.putCreditsClaimedVolatile(TaggedWord.of(command.epoch(), 0));
            rings.adopt(drainer, command.epoch());
            rings.forgetHeld();
            synchronized (tracepoints) {
                pairs.begin();
            }
        }
        file.sessionBuffer(enable.creditBytes(), enable.sizeClasses() ? 1 : 0);
        session.serve(terms);
        file.putActiveEpochVolatile(command.epoch());
        whole.wakeOthers();
        final int count;
        final List<HeldPair> held;
        final boolean hasDropped;
        synchronized (tracepoints) {
            // A thread that declares tracepoints changes the pairs too.
            count = applyBits(tracepoints, true);
            held = List.copyOf(pairs.current());
            hasDropped = pairs.takeDropped();
        }
        if (pairs.isUsed()) {
            rings.adjustHeld(held);
        }
        if (hasDropped) {
            LockSupport.parkNanos(GRACE_NS);
            rings.passHeld();
        }
        return new Command.Answer(Command.Result.OK, count, "");
    }

    /** What is fired then must be on for nobody else: a rehearsal comes before a session. */
    private void rehearse() {
        final RehearsedFires once = hasFired || session.current() != SessionTerms.NONE ? null : fires;
        hasFired |= once != null;
        rings.rehearse(once);
    }

    private Command.Answer disable() throws IOException {
        session.serve(session.current().withoutPatterns());
        applyBits(false);
        LockSupport.parkNanos(GRACE_NS);
        rings.finishHeld(true);
        whole.confirm();
        return flushed();
    }

    private Command.Answer flushed() throws IOException {
        if (pairs.isUsed()) {
            rings.tendHeld();
        }
        if (!session.current().strategy().isInTarget()) {
            // The consumer sees every committed event itself.
            return new Command.Answer(Command.Result.OK, 0, "");
        }
        int outcome = rings.rounds().flush(drainer);
        long drained = rings.rounds().drainedBatches();
        long progressNs = System.nanoTime();
        while (outcome != RingDrainer.DRAINED && outcome != RingDrainer.NO_SESSION
            && System.nanoTime() - progressNs < FINAL_FLUSH_NS && isHeld(session.current())) {
            LockSupport.parkNanos(SESSION_PERIOD_NS / 10);
            file.targetHeartbeatRelease(System.nanoTime());
            outcome = rings.rounds().flush(drainer);
            if (rings.rounds().drainedBatches() != drained) {
                drained = rings.rounds().drainedBatches();
                progressNs = System.nanoTime();
            }
        }
        return outcome == RingDrainer.DRAINED ? new Command.Answer(Command.Result.OK, 0, "")
            : new Command.Answer(Command.Result.INCOMPLETE, 0, "not every ring is drained: outcome=" + outcome);
    }

    /**
     * docs/protocol.md section 4, step 8: a consumer that is alive and only late keeps its session, and the enable bits
     * stay.
     */
    private void watchSession() throws IOException {
        final SessionTerms served = session.current();
        if (served == SessionTerms.NONE) {
            return;
        }
        if (isHeld(served)) {
            // Owners that find their ring full ask this too. Asking here in every turn keeps the heartbeat that they
            // compare with recent.
            session.isConsumerStalled();
            return;
        }
        synchronized (tracepoints) {
            // The bits are cleared first: an owner that waits for room gives up when the epoch is cleared, and must not
            // fire again. Both happen under one lock: a thread that declares tracepoints meanwhile must not find the
            // session still there.
            applyBits(false);
            // Nobody makes room any more, and owners that wait for some have the locks until the epoch is cleared.
            rings.finishHeld(false);
            // The consumer is over: what it has pulled last is final, or else the next one's word says more.
            rings.carry();
            file.putActiveEpochVolatile(0);
            session.serve(SessionTerms.NONE);
        }
    }

    /** Whether the session word still names the session, and the session's consumer lives. */
    private boolean isHeld(final SessionTerms served) {
        final long word = file.sessionVolatile();
        return TaggedWord.epoch(word) == served.epoch() && TaggedWord.value(word) != 0
            && isConsumerAlive(served.epoch());
    }

    private boolean isConsumerAlive(final int epoch) {
        try {
            return memory.isConsumerAlive(epoch);
        } catch (final NativeException e) {
            // Without an answer from the kernel the session stays. If its consumer is dead after all, the events that
            // find no room are counted as refused.
            Warnings.once("cannot see whether the consumer lives: " + e.getMessage());
            return true;
        }
    }

    /** Sets every tracepoint's enable bits as the session selects; returns how many are on. */
    private int applyBits(final boolean active) {
        synchronized (tracepoints) {
            return applyBits(tracepoints, active);
        }
    }

    /**
     * Makes the code of a selection's filters, before anything is changed by the selection.
     *
     * @throws IllegalArgumentException if a condition fits none of the tracepoints that it is for
     */
    private void prepareFilters(final SessionTerms terms) {
        synchronized (tracepoints) {
            final List<EventTest> tests = tests(terms.choices());
            for (int i = 0; i < tests.size(); i++) {
                if (!(tests.get(i) instanceof EventTest.Constant)) {
                    tracepoints.get(i).point().filter(tests.get(i));
                }
            }
        }
    }

    /** What is asked of the events of each tracepoint; the caller holds the lock. */
    private List<EventTest> tests(final List<EventChoice> choices) {
        final ChoiceBinder binder = new ChoiceBinder(choices);
        final List<EventTest> tests = new ArrayList<>();
        tracepoints.forEach(word -> tests.add(binder.bind(word.name(), word.point().fields())));
        binder.requireFits();
        return tests;
    }

    /** Sets the enable bits of some tracepoints; the caller holds the lock. */
    private int applyBits(final List<EnableWord> some, final boolean active) {
        final ChoiceBinder binder = new ChoiceBinder(active ? session.current().choices() : List.of());
        final Set<Integer> held = new HashSet<>(active ? pairs.apply(session.current().choices(), tracepoints)
            : List.of());
        int count = 0;
        for (final EnableWord word : some) {
            final int wanted = bits(word, binder.bind(word.name(), word.point().fields()));
            final int bits = wanted != 0 && held.contains(word.id()) ? wanted | EnableWord.HELD : wanted;
            // This pairs with the acquire fence of firing: who sees the bit sees the filter, and the role.
            Memory.putShortRelease(word.address() + ENABLE_BITS_OFFSET, (short) bits);
            count += bits == 0 ? 0 : 1;
        }
        return count;
    }

    private static int bits(final EnableWord word, final EventTest test) {
        if (test instanceof EventTest.Constant constant) {
            return constant.isTrue() ? EnableWord.RING_ON : 0;
        }
        try {
            word.point().filter(test);
            return EnableWord.RING_ON | EnableWord.FILTERED;
        } catch (final RuntimeException | LinkageError | VirtualMachineError e) {
            Warnings.failure("making the filter of " + word.name() + ", whose events are not recorded", e);
            return 0;
        }
    }

    /** Says which conditions that were meant for tracepoints declared now do not fit them. */
    private void warnOfMisfits(final List<EnableWord> declared) {
        final ChoiceBinder binder =
            new ChoiceBinder(session.current().choices().stream().filter(EventChoice::isExact).toList());
        declared.forEach(word -> binder.bind(word.name(), word.point().fields()));
        try {
            binder.requireFits();
        } catch (final IllegalArgumentException e) {
            Warnings.once("a filter does not fit the tracepoint that is declared now, whose events are not recorded: "
                + e.getMessage());
        }
        pairs.warn(session.current().choices(), tracepoints);
    }
}
