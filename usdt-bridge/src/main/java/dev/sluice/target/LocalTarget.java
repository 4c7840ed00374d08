// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target;

import dev.sluice.os.NativeCalls;
import dev.sluice.os.Remedy;
import dev.sluice.os.jvm.LibraryThread;
import dev.sluice.os.jvm.Outliving;
import dev.sluice.ring.RingProducer;
import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.control.Command;
import dev.sluice.ring.drain.RingDrainer;
import dev.sluice.ring.event.Glob;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.region.ErrorLog;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.ring.where.ChoiceBinder;
import dev.sluice.ring.where.EventChoice;
import dev.sluice.ring.where.EventPair;
import dev.sluice.ring.where.EventTest;
import dev.sluice.ring.where.PairBinder;
import dev.sluice.ring.where.PairWords;
import dev.sluice.target.clock.ClockWatch;
import dev.sluice.target.clock.Clocks;
import dev.sluice.target.clock.CounterTrial;
import dev.sluice.target.clock.SampledClock;
import dev.sluice.target.clock.TickingClock;
import dev.sluice.target.jvm.JdkAccess;
import dev.sluice.target.jvm.OwnedByThreads;
import dev.sluice.target.jvm.Privileged;
import dev.sluice.target.jvm.ThreadIds;
import dev.sluice.target.jvm.Warnings;
import dev.sluice.target.memory.TargetMemory;
import dev.sluice.target.pair.HeldEvents;
import dev.sluice.target.pair.HeldRoles;
import dev.sluice.target.ring.DeclaredEvents;
import dev.sluice.target.ring.DrainProbe;
import dev.sluice.target.ring.RehearsedFires;
import dev.sluice.target.ring.Rings;
import dev.sluice.target.session.DrainStrategy;
import dev.sluice.target.session.LiveSession;
import dev.sluice.target.session.SessionTerms;
import dev.sluice.target.session.Settings;
import dev.sluice.usdt.StubLoader;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * This copy of the library in this process: the unit that has a region, event ids and a trace of its own. It is started
 * when the first provider is loaded, and lives as long as the process. A failed start never harms the application:
 * tracing is then off, and one warning says why. Any thread.
 */
public final class LocalTarget implements ControlAgent.Whole {
    /** How long a process that ends waits for a live consumer to receive the last batches. */
    private static final long LAST_FLUSH_NS = 200_000_000L;

    private static LocalTarget instance;
    private static boolean started;

    private final Settings settings;
    private final TargetMemory memory;
    private final Clock clock;
    private final LiveSession session;
    private final DeclaredEvents events;
    private final Rings rings;
    private final ControlAgent agent;
    private final RecorderWait wait;
    /** Whether the control thread runs: it uses the target's memory for ever. */
    private boolean hasBegun;
    /** The drain thread's agent, or null if there is no drain thread. */
    private volatile DrainAgent drainAgent;
    /** The thread that runs when the process ends, or null if the region is no file. */
    private LibraryThread atExit;
    /** What {@link #atExit} runs. The thread holds it weakly, so this field is what keeps it alive. */
    private LongSupplier end;

    private LocalTarget(final Settings settings, final TargetMemory memory, final Clocks.Choice choice)
        throws IOException {
        this.settings = settings;
        this.clock = choice.clock();
        this.memory = memory;
        Warnings.logTo(new ErrorLog(memory.region().errorLogAddress()));
        this.session = new LiveSession(memory.controlFile());
        this.events = new DeclaredEvents(memory.region());
        final DrainProbe probe = DrainProbe.load();
        this.rings = new Rings(memory, probe, session, events, clock);
        this.agent = new ControlAgent(settings, memory, clock, session, rings);
        this.wait = new RecorderWait(System.getenv(RecorderWait.VARIABLE), session::isActive);
        if (clock instanceof SampledClock sampled) {
            sampled.writeTo(memory.region().tickerAddress());
        }
        memory.publish(choice, probe.stub(), probe.word());
    }

    /** The target, started if it can be; null if tracing is off. */
    public static synchronized LocalTarget start() {
        if (!started) {
            started = true;
            try {
                instance = tryStart();
            } catch (final Throwable e) {
                // Even the warning failed, for example because no file can be opened any more to read its classes.
                instance = null;
            }
        }
        return instance;
    }

    private static LocalTarget tryStart() {
        try {
            // This is loaded now, because the start may take the last descriptors, and without a descriptor no class
            // can be read.
            Remedy.prepare();
            final Settings settings = Settings.read();
            if (!settings.enabled()) {
                return null;
            }
            final String reason = JdkAccess.open();
            if (reason != null) {
                Warnings.once("tracing is off: " + reason);
                return null;
            }
            letGo();
            if (!NativeCalls.unavailableReason().isEmpty()) {
                Warnings.once("tracing is off: no native calls: " + NativeCalls.unavailableReason());
                return null;
            }
            return start(settings);
        } catch (final IOException | RuntimeException | LinkageError | VirtualMachineError e) {
            Warnings.once("tracing is off: " + Remedy.describe(e));
            return null;
        }
    }

    /**
     * Prepares for the end of the application that has brought this copy of the library along: the copy must end with
     * it.
     */
    private static void letGo() {
        if (Privileged.isNeeded()) {
            // Under a security manager, code that outlives the library's classes would have no permissions.
            return;
        }
        try {
            Outliving.prepare(JdkAccess.trustedLookup());
        } catch (final ReflectiveOperationException e) {
            // Then only Sluice.stop() can end this copy.
            return;
        }
    }

    /**
     * Starts the target. If the start fails, gives back what it has taken, above all descriptors: an application may
     * run short of them.
     */
    private static LocalTarget start(final Settings settings) throws IOException {
        // The trial's threads measure while the memory is made.
        final CounterTrial trial = Clocks.begin(settings.clock());
        final TargetMemory memory = new TargetMemory(settings);
        LocalTarget target = null;
        try {
            target = new LocalTarget(settings, memory, Clocks.choose(settings.clock(), settings.clockPeriodNs(),
                settings.clockEvery(), trial));
            target.begin();
            return target;
        } finally {
            if (target == null || !target.hasBegun) {
                Warnings.logTo(null);
                memory.close();
            }
        }
    }

    private void begin() {
        if (memory.isRegionFile()) {
            end = this::end;
            atExit = new LibraryThread("sluice-region-file", end, LAST_FLUSH_NS, null);
            atExit.runAtExit();
        }
        if (clock instanceof TickingClock ticking) {
            ticking.start(session::isActive);
        }
        // What the control thread needs in its first turns.
        Preload.withNested(ClockWatch.class, Command.class, TaggedWord.class, SessionTerms.class, Glob.class,
            EventChoice.class, EventPair.class, ChoiceBinder.class, PairBinder.class, PairWords.class, EventTest.class,
            RingDrainer.class, OwnedByThreads.class, ThreadIds.class, Warnings.class);
        agent.start(this);
        hasBegun = true;
        if (settings.strategy() == DrainStrategy.DRAIN_THREAD) {
            try {
                final DrainAgent started = new DrainAgent(session, rings);
                started.start();
                drainAgent = started;
            } catch (final OutOfMemoryError e) {
                Warnings.once("there is no drain thread, the control thread drains alone: " + Remedy.describe(e));
            }
        }
    }

    /** Ends the target of this copy of the library, if there is a target. No other target is started afterwards. */
    public static void stop() {
        final LocalTarget target;
        synchronized (LocalTarget.class) {
            started = true;
            target = instance;
            instance = null;
        }
        if (target != null) {
            if (target.clock instanceof TickingClock ticking) {
                ticking.stop();
            }
            final DrainAgent started = target.drainAgent;
            if (started != null) {
                started.stop();
            }
            target.agent.stop();
            StubLoader.release();
        }
    }

    /** The control thread's last act: no consumer finds the target, and nothing keeps the library's classes. */
    @Override
    public void retire() {
        try {
            Warnings.logTo(null);
            if (atExit != null) {
                atExit.dropAtExit();
            }
            memory.retire();
        } catch (final IOException | RuntimeException e) {
            // This happens when the process ends meanwhile: its shutdown hooks cannot be removed any more.
            Warnings.once("stopping: " + Remedy.describe(e));
        }
    }

    /** Runs when the process ends in order: removes the region's file if every batch in it was received. */
    private long end() {
        try {
            agent.end();
            final long deadline = System.nanoTime() + LAST_FLUSH_NS;
            boolean isAllReceived = memory.isAllReceived();
            while (!isAllReceived && session.isActive() && System.nanoTime() - deadline < 0) {
                LockSupport.parkNanos(LAST_FLUSH_NS / 200);
                isAllReceived = memory.isAllReceived();
            }
            if (isAllReceived) {
                memory.removeRegionFile();
            }
        } catch (final IOException | RuntimeException e) {
            Warnings.once("the region's file is kept: " + e.getMessage());
        }
        return LibraryThread.END;
    }

    /** The events that were declared. */
    public DeclaredEvents events() {
        return events;
    }

    /**
     * Puts loaded tracepoints under control: {@link ControlAgent#add}. In a program that {@code sluice run} has started
     * this returns when the recording has begun, or will not begin.
     */
    public void control(final List<EnableWord> loaded) {
        agent.add(loaded);
        if (!loaded.isEmpty() && wait.await()) {
            // The session has begun, and perhaps is not applied to all of them yet.
            agent.apply(loaded);
        }
    }

    /** Says what is fired in a rehearsal. */
    void rehearse(final RehearsedFires fires) {
        agent.rehearse(fires);
    }

    /** The roles of tracepoints whose events are held back. */
    HeldRoles heldRoles() {
        return agent.heldRoles();
    }

    /** What the calling thread holds back, or null. */
    HeldEvents held() {
        return rings.held();
    }

    /** The calling thread has failed to fire an event: it may have been about to hold it back. */
    void abandonHeld() {
        rings.abandonHeld();
    }

    /** This thread's ring, or null. */
    public RingProducer ring() {
        return rings.current();
    }

    /** A session has begun or changed: before its first event the clock must be right. */
    @Override
    public void wakeOthers() {
        confirm();
        final DrainAgent started = drainAgent;
        if (started != null) {
            started.wake();
        }
    }

    /** A ticker has ticked since any event that was fired before this call. */
    @Override
    public void confirm() {
        if (clock instanceof TickingClock ticking) {
            ticking.wake();
        }
    }

    /** Counts an event that was discarded before it had a ring. */
    void refused(final RefusalCause cause) {
        memory.refused(cause);
    }

    /** What stamps events. */
    Clock clock() {
        return clock;
    }

    /** Longest text of an event, bytes. */
    public int stringLimit() {
        return settings.stringLimit();
    }

    /** The two shared files. */
    public TargetMemory memory() {
        return memory;
    }

    /** The session that is served. */
    public LiveSession session() {
        return session;
    }
}
