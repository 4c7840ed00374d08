// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target;

import dev.sluice.os.NativeCalls;
import dev.sluice.os.Outliving;
import dev.sluice.os.Remedy;
import dev.sluice.ring.Clock;
import dev.sluice.ring.ErrorLog;
import dev.sluice.ring.RefusalCause;
import dev.sluice.ring.RingProducer;
import dev.sluice.target.clock.Clocks;
import dev.sluice.target.clock.CoarseClock;
import dev.sluice.target.clock.CounterTrial;
import dev.sluice.target.jvm.JdkAccess;
import dev.sluice.target.jvm.Privileged;
import dev.sluice.target.jvm.Warnings;
import dev.sluice.target.memory.TargetMemory;
import dev.sluice.target.ring.DeclaredEvents;
import dev.sluice.target.ring.DrainProbe;
import dev.sluice.target.ring.Rings;
import dev.sluice.target.session.DrainStrategy;
import dev.sluice.target.session.LiveSession;
import dev.sluice.target.session.Settings;
import dev.sluice.usdt.StubLoader;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * This copy of the library in this process: the unit that has a region, event ids and a trace of its own. Started when
 * the first provider is loaded, for the life of the process. Starting never fails the application: if it cannot be
 * done, tracing is off and one warning says why. Any thread.
 */
public final class Target implements ControlAgent.Whole {
    /** How long the end of the process waits for a live consumer to receive what is left. */
    private static final long LAST_FLUSH_NS = 200_000_000L;

    private static Target instance;
    private static boolean started;

    private final Settings settings;
    private final TargetMemory memory;
    private final Clock clock;
    private final LiveSession session;
    private final DeclaredEvents events;
    private final Rings rings;
    private final ControlAgent agent;
    /** Whether its control thread runs, which uses its memory for ever. */
    private boolean hasBegun;
    /** Null if there is no drain thread. */
    private volatile DrainAgent drainAgent;
    /** Null if the region is no file. */
    private Outliving.Loop atExit;
    /** What {@link #atExit} runs, which holds it weakly: it is held here alone. */
    private LongSupplier end;

    private Target(final Settings settings, final TargetMemory memory, final Clocks.Choice choice)
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
        memory.publish(choice, probe.stub(), probe.word());
    }

    /** The target, started if it can be; null if tracing is off. */
    public static synchronized Target start() {
        if (!started) {
            started = true;
            try {
                instance = tryStart();
            } catch (final Throwable e) {
                // Not even the warning could be made: its classes, say, because no file can be opened any more.
                instance = null;
            }
        }
        return instance;
    }

    private static Target tryStart() {
        try {
            // By now: what the start takes may be the last descriptors that classes could be read through.
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

    /** Prepares for the day when this copy of the library goes with the application that has brought it. */
    private static void letGo() {
        if (Privileged.isNeeded()) {
            // What outlives our classes has no permissions then.
            return;
        }
        try {
            Outliving.prepare(JdkAccess.trustedLookup());
        } catch (final ReflectiveOperationException e) {
            // Then Sluice.stop() is the only way.
            return;
        }
    }

    /** Starts it, or gives back what it has taken: descriptors, above all, are what an application may run short of. */
    private static Target start(final Settings settings) throws IOException {
        // Its threads measure while the memory is made.
        final CounterTrial trial = Clocks.begin(settings.clock());
        final TargetMemory memory = new TargetMemory(settings);
        Target target = null;
        try {
            target = new Target(settings, memory, Clocks.choose(settings.clock(), settings.clockPeriodNs(), trial));
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
            atExit = new Outliving.Loop("sluice-region-file", end, LAST_FLUSH_NS, null);
            atExit.runAtExit();
        }
        if (clock instanceof CoarseClock coarse) {
            coarse.start(session::isActive);
        }
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

    /** Ends the target of this copy of the library, if there is one; none is started any more. */
    public static void stop() {
        final Target target;
        synchronized (Target.class) {
            started = true;
            target = instance;
            instance = null;
        }
        if (target != null) {
            if (target.clock instanceof CoarseClock coarse) {
                coarse.stop();
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
            // As when the process ends meanwhile, whose hooks cannot be removed any more.
            Warnings.once("stopping: " + Remedy.describe(e));
        }
    }

    /** The process ends in order: its region's file goes if it holds nothing that was not received. */
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
        return Outliving.END;
    }

    /** The events that were declared. */
    public DeclaredEvents events() {
        return events;
    }

    /** Puts loaded tracepoints under control: {@link ControlAgent#add}. */
    public void control(final List<EnableWord> loaded) {
        agent.add(loaded);
    }

    /** This thread's ring, or null. */
    public RingProducer ring() {
        return rings.current();
    }

    /** A session goes on from here: before its first event the clock must be right. */
    @Override
    public void wakeOthers() {
        if (clock instanceof CoarseClock coarse) {
            coarse.wake();
        }
        final DrainAgent started = drainAgent;
        if (started != null) {
            started.wake();
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
