// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target;

import dev.sluice.os.NativeCalls;
import dev.sluice.os.NativeException;
import dev.sluice.os.Outliving;
import dev.sluice.ring.Clock;
import dev.sluice.ring.Command;
import dev.sluice.ring.ControlFile;
import dev.sluice.ring.ControlFileDescriptor;
import dev.sluice.ring.Memory;
import dev.sluice.ring.RingDrainer;
import dev.sluice.ring.TaggedWord;
import dev.sluice.target.clock.ClockWatch;
import dev.sluice.target.jvm.Warnings;
import dev.sluice.target.memory.TargetMemory;
import dev.sluice.target.ring.Rings;
import dev.sluice.target.session.LiveSession;
import dev.sluice.target.session.Session;
import dev.sluice.target.session.Settings;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * The duty cycle of the control thread: applies commands, watches whether the session's consumer lives, flushes slow
 * rings, sweeps dead ones, writes clock triples. Enable bits are written under one lock, by this thread and by threads
 * that declare tracepoints: {@link #add} may be called by any thread.
 */
final class ControlAgent implements LongSupplier {
    private static final long IDLE_PERIOD_NS = 20_000_000L;
    private static final long SESSION_PERIOD_NS = 5_000_000L;
    private static final long SLOW_PERIOD_NS = 1_000_000_000L;
    /** Without a session. Longer than a collector marks, mostly: a turn meanwhile keeps what is to be collected. */
    private static final long LONGEST_PAUSE_NS = 60_000_000_000L;
    private static final long FINAL_FLUSH_NS = 5_000_000_000L;
    /** Time for a fire that saw its bit before it was cleared to commit its event. */
    private static final long GRACE_NS = 2_000_000L;
    private static final long STOP_MS = 1000;
    private static final int ENABLE_BITS_OFFSET = 2;

    private final Settings settings;
    private final TargetMemory memory;
    private final Clock clock;
    private final LiveSession session;
    private final Rings rings;
    private final ControlFile file;
    /** Guarded by itself, as are the enable bits of all that are in it. */
    private final List<EnableWord> tracepoints = new ArrayList<>();
    private final Outliving.Loop loop;
    /** Set before the thread starts. */
    private Whole whole;
    private RingDrainer drainer;
    private ClockWatch clockWatch;
    private long lastFlushNs;
    private long lastSlowNs;
    private long idleSinceNs = System.nanoTime();
    private volatile boolean isEnding;
    private volatile boolean isStopping;

    /** What only the whole target can do. */
    interface Whole {
        /** A session goes on from here: whoever else has to do with it is to look. */
        void wakeOthers();

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
        this.loop = new Outliving.Loop("sluice-control", this, IDLE_PERIOD_NS, memory.controlWords(),
            ControlFileDescriptor.COMMAND_OFFSET, ControlFileDescriptor.ACK_OFFSET,
            ControlFileDescriptor.TARGET_HEARTBEAT_OFFSET);
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
            // A session that begins or ends meanwhile is applied to all in the list, behind this lock.
            applyBits(loaded, session.isActive());
        }
    }

    /** Flushes in every cycle from now on: the process ends. Any thread. */
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
        // From here on nobody else may have it.
        loop.hold(this);
        loop.wake();
        try {
            loop.join(STOP_MS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Nothing is enabled from now on. Returns whether the thread is not needed any more. */
    private boolean withdraw() {
        synchronized (tracepoints) {
            applyBits(tracepoints, false);
            if (session.current() != Session.NONE) {
                session.serve(session.current().withoutPatterns());
            }
        }
        return session.current() == Session.NONE;
    }

    /** With no memory left, even the first look at a class may fail. */
    private static void report(final Throwable failure) {
        try {
            Warnings.failure("control thread", failure);
            LockSupport.parkNanos(IDLE_PERIOD_NS);
        } catch (final Throwable e) {
            // Nobody can be told; the thread must live.
            return;
        }
    }

    /** A turn of the control thread's. */
    @Override
    public long getAsLong() {
        // Until the end of a turn that has come to an end without failing: it may begin a session.
        loop.hold(this);
        try {
            if (!isStopping && Outliving.isLoaderClosed()) {
                Target.stop();
            }
            if (isStopping && withdraw()) {
                whole.retire();
                return Outliving.END;
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
     * Until the next turn, if nobody wants one before. With a session, the loop holds this object: what is in the rings
     * belongs to somebody. Without, the longer nothing has happened, the less there is to do.
     */
    private long pauseNs() {
        final boolean isIdle = session.current() == Session.NONE && !isStopping;
        if (!isIdle) {
            idleSinceNs = System.nanoTime();
            return SESSION_PERIOD_NS;
        }
        loop.hold(null);
        return Math.max(SLOW_PERIOD_NS, Math.min(LONGEST_PAUSE_NS, System.nanoTime() - idleSinceNs));
    }

    private void dutyCycle() throws IOException {
        final long now = System.nanoTime();
        // Before a session begins: the last reading may be as old as the last turn.
        clockWatch.update();
        final long word = file.commandVolatile();
        if (word != file.ackVolatile()) {
            Command.acknowledge(file, word, apply(word));
        }
        watchSession();
        rings.tendMemory(now);
        if (memory.isRegionFile()) {
            // Every cycle: what a dead process's file says to be unreceived is at most some milliseconds old.
            memory.copyReceived();
        }
        if (isEnding || now - lastFlushNs >= settings.flushPeriodNs()) {
            lastFlushNs = now;
            if (session.isActive() && session.current().strategy().isInTarget()) {
                rings.flush(drainer);
            }
        }
        if (now - lastSlowNs >= SLOW_PERIOD_NS) {
            lastSlowNs = now;
            rings.sweep();
            rings.rename();
        }
    }

    private Command.Answer apply(final long word) throws IOException {
        final Command command = Command.receive(file, word);
        if (command == null) {
            return new Command.Answer(Command.RESULT_TORN, 0, "the body is not that of the command word");
        }
        if (TaggedWord.epoch(file.sessionVolatile()) != command.epoch()) {
            return new Command.Answer(Command.RESULT_STALE, 0, "the session word has another epoch");
        }
        return switch (command.kind()) {
            case Command.KIND_ENABLE -> enable(command);
            case Command.KIND_DISABLE -> disable();
            case Command.KIND_FLUSH -> flushed();
            default -> new Command.Answer(Command.RESULT_UNKNOWN_KIND, 0,
                "kind=" + command.kind() + " is unknown to this version of the library: update the application's");
        };
    }

    private Command.Answer enable(final Command command) throws IOException {
        final Command.Enable enable;
        try {
            enable = Command.Enable.decode(command.payload());
        } catch (final IllegalArgumentException e) {
            return new Command.Answer(Command.RESULT_FAILED, 0, e.getMessage());
        }
        if (enable.source() != Command.Enable.SOURCE_BPF && enable.source() != Command.Enable.SOURCE_SHARED) {
            return new Command.Answer(Command.RESULT_FAILED, 0, "source=" + enable.source()
                + " is unknown to this version of the library: update the application's");
        }
        if (enable.source() == Command.Enable.SOURCE_SHARED && memory.isRegionFile()) {
            return new Command.Answer(Command.RESULT_FAILED, 0, "its region is a file (sluice.region.dir), which is"
                + " never drained in shared mode: whoever truncated it would kill the consumer; drain by BPF, or start"
                + " the application without that property");
        }
        if (file.activeEpochVolatile() != command.epoch()) {
            file.creditsClaimedVolatile(TaggedWord.of(command.epoch(), 0));
            rings.adopt(drainer, command.epoch());
        }
        file.sessionBuffer(enable.creditBytes(), enable.sizeClasses() ? 1 : 0);
        session.serve(Session.of(command.epoch(), enable, settings));
        file.activeEpochVolatile(command.epoch());
        whole.wakeOthers();
        return new Command.Answer(Command.RESULT_OK, applyBits(true), "");
    }

    private Command.Answer disable() throws IOException {
        session.serve(session.current().withoutPatterns());
        applyBits(false);
        LockSupport.parkNanos(GRACE_NS);
        return flushed();
    }

    private Command.Answer flushed() throws IOException {
        if (!session.current().strategy().isInTarget()) {
            // The consumer sees every committed event itself.
            return new Command.Answer(Command.RESULT_OK, 0, "");
        }
        final long begin = System.nanoTime();
        int outcome = rings.flush(drainer);
        while (outcome != RingDrainer.DRAINED && outcome != RingDrainer.NO_SESSION
            && System.nanoTime() - begin < FINAL_FLUSH_NS && isHeld(session.current())) {
            LockSupport.parkNanos(SESSION_PERIOD_NS / 10);
            file.targetHeartbeatRelease(System.nanoTime());
            outcome = rings.flush(drainer);
        }
        return outcome == RingDrainer.DRAINED ? new Command.Answer(Command.RESULT_OK, 0, "")
            : new Command.Answer(Command.RESULT_INCOMPLETE, 0, "not every ring is drained: outcome=" + outcome);
    }

    /** docs/protocol.md section 4, step 8: a consumer that lives and is only late keeps its session and the bits. */
    private void watchSession() {
        final Session served = session.current();
        if (served == Session.NONE) {
            return;
        }
        if (isHeld(served)) {
            // Whoever finds a ring full asks the same: this look keeps what they compare with young.
            session.isConsumerStalled();
            return;
        }
        synchronized (tracepoints) {
            // Bits first: an owner that waits for room gives up when the epoch goes, and must not fire again. In one
            // piece: a thread that declares tracepoints meanwhile must not find the session still there.
            applyBits(false);
            file.activeEpochVolatile(0);
            session.serve(Session.NONE);
        }
    }

    /** Whether the session word still has the session, and its consumer lives. */
    private boolean isHeld(final Session served) {
        final long word = file.sessionVolatile();
        return TaggedWord.epoch(word) == served.epoch() && TaggedWord.value(word) != 0
            && isConsumerAlive(served.epoch());
    }

    private boolean isConsumerAlive(final int epoch) {
        try {
            return memory.isConsumerAlive(epoch);
        } catch (final NativeException e) {
            // Never take a session away on a guess: what a dead consumer does not drain is counted as refused.
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

    /** The same for some of them; the caller holds the lock. */
    private int applyBits(final List<EnableWord> some, final boolean active) {
        final Session served = session.current();
        int count = 0;
        for (final EnableWord word : some) {
            final boolean on = active && served.selects(word.name());
            Memory.putShortRelease(word.address() + ENABLE_BITS_OFFSET,
                (short) (on ? EnableWord.RING_ON : 0));
            count += on ? 1 : 0;
        }
        return count;
    }
}
