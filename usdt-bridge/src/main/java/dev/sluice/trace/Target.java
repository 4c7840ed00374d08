// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.os.NativeCalls;
import dev.sluice.os.Outliving;
import dev.sluice.os.Remedy;
import dev.sluice.ring.Clock;
import dev.sluice.ring.ControlFile;
import dev.sluice.ring.ErrorLog;
import dev.sluice.ring.EventSchema;
import dev.sluice.ring.EventWalker;
import dev.sluice.ring.RefusalCause;
import dev.sluice.ring.RingDrainer;
import dev.sluice.ring.RingProducer;
import dev.sluice.ring.SchemaCodec;
import dev.sluice.usdt.StubLoader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * This copy of the library in this process: the unit that has a region, event ids and a trace of its own. Started by
 * the
 * first {@link Provider#load()}, for the life of the process. Starting never fails the application: if it cannot be
 * done, tracing is off and one warning says why. Any thread.
 */
final class Target {
    /** How long the end of the process waits for a live consumer to receive what is left. */
    private static final long LAST_FLUSH_NS = 200_000_000L;

    private static Target instance;
    private static boolean started;

    private final Settings settings;
    private final TargetMemory memory;
    private final Clock clock;
    private final DrainProbe drainProbe;
    private final Rings rings;
    private final ControlAgent agent;
    private final List<EventSchema> schemas = new ArrayList<>();
    private volatile EventWalker walker = new EventWalker(List.of());
    private final ConsumerPulse pulse;
    private volatile Session session = Session.NONE;
    /** Whether its control thread runs, which uses its memory for ever. */
    private boolean hasBegun;
    private volatile boolean isStopped;
    /** Null if there is no drain thread. */
    private volatile DrainAgent drainAgent;
    /** Null if the region is no file. */
    private Outliving.Loop atExit;
    /** Held here alone. */
    private final LongSupplier end = this::end;

    private Target(final Settings settings, final TargetMemory memory, final Clocks.Choice choice)
        throws IOException {
        this.settings = settings;
        this.clock = choice.clock();
        this.memory = memory;
        Warnings.logTo(new ErrorLog(memory.region().errorLogAddress()));
        this.pulse = new ConsumerPulse(memory.controlFile());
        this.drainProbe = DrainProbe.load();
        this.rings = new Rings(this, memory);
        this.agent = new ControlAgent(this, rings);
        memory.publish(choice, drainProbe);
    }

    /** The target, started if it can be; null if tracing is off. */
    static synchronized Target start() {
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
            atExit = new Outliving.Loop("sluice-region-file", end, LAST_FLUSH_NS, null);
            atExit.runAtExit();
        }
        if (clock instanceof CoarseClock coarse) {
            coarse.start(() -> controlFile().activeEpochVolatile() != 0);
        }
        agent.start();
        hasBegun = true;
        if (settings.strategy() == DrainStrategy.DRAIN_THREAD) {
            try {
                final DrainAgent started = new DrainAgent(this, rings);
                started.start();
                drainAgent = started;
            } catch (final OutOfMemoryError e) {
                Warnings.once("there is no drain thread, the control thread drains alone: " + Remedy.describe(e));
            }
        }
    }

    /** Ends the target of this copy of the library, if there is one; none is started any more. */
    static void stop() {
        final Target target;
        synchronized (Target.class) {
            started = true;
            target = instance;
            instance = null;
        }
        if (target != null) {
            target.isStopped = true;
            if (target.clock instanceof CoarseClock coarse) {
                coarse.stop();
            }
            target.wakeDrainThread();
            target.agent.stop();
            StubLoader.release();
        }
    }

    /** Whether the library was told to stop. */
    boolean isStopped() {
        return isStopped;
    }

    /** The control thread's last act: no consumer finds the target, and nothing keeps the library's classes. */
    void retire() {
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
            while (!isAllReceived && controlFile().activeEpochVolatile() != 0 && System.nanoTime() - deadline < 0) {
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

    /**
     * Declares an event: gives it an id and publishes its schema.
     *
     * @param stub address of its own probe, or 0 if it has none: two versions of a provider have probes of one name
     * @return the id, or 0 if there is no room for it: then the tracepoint stays off
     */
    synchronized int declare(final String provider, final String tracepoint, final List<Field> fields,
                             final long stub) {
        final int id = schemas.size() + EventSchema.MIN_ID;
        if (id > EventSchema.MAX_ID) {
            Warnings.once("no event id left: " + provider + ':' + tracepoint + " stays off");
            return 0;
        }
        final EventSchema schema = new EventSchema(
            id, provider, tracepoint, fields.stream().map(Field::schema).toList());
        if (!memory.region().appendSchema(SchemaCodec.encode(schema))) {
            Warnings.once("the schema log is full: " + provider + ':' + tracepoint + " stays off");
            return 0;
        }
        if (stub != 0 && !memory.region().appendSchema(SchemaCodec.encodeSite(id, stub))) {
            Warnings.once("the schema log is full: " + provider + ':' + tracepoint + " is listed without its fields");
        }
        schemas.add(schema);
        walker = new EventWalker(schemas);
        return id;
    }

    /** This thread's ring, or null. */
    RingProducer ring() {
        return rings.current();
    }

    /** Time for an event. */
    long ticks() {
        return clock.ticks();
    }

    /** A session goes on from here: before its first event the clock must be right. */
    void wakeOthers() {
        if (clock instanceof CoarseClock coarse) {
            coarse.wake();
        }
        wakeDrainThread();
    }

    private void wakeDrainThread() {
        final DrainAgent started = drainAgent;
        if (started != null) {
            started.wake();
        }
    }

    /**
     * Whether the session's consumer, which lives, has given no sign of keeping up for as long as the session says.
     * Costs a look at the clock where it has not.
     */
    boolean isConsumerStalled() {
        final Session current = session;
        return current != Session.NONE && pulse.isOlderThan(current.staleAfterNs());
    }

    /** Counts an event that was discarded before it had a ring. */
    void refused(final RefusalCause cause) {
        memory.refused(cause);
    }

    /** A drainer for a thread. */
    RingDrainer newDrainer(final int tid) {
        return new RingDrainer(memory.controlFile(), memory.targetId(), drainProbe, () -> walker, tid);
    }

    /** The newest schema. */
    EventWalker walker() {
        return walker;
    }

    Clock clock() {
        return clock;
    }

    Settings settings() {
        return settings;
    }

    TargetMemory memory() {
        return memory;
    }

    ControlFile controlFile() {
        return memory.controlFile();
    }

    ControlAgent agent() {
        return agent;
    }

    /** The session that is served, or {@link Session#NONE}. */
    Session session() {
        return session;
    }

    /** By the control thread alone. */
    void session(final Session newSession) {
        if (newSession.epoch() != session.epoch()) {
            pulse.begin();
        }
        session = newSession;
    }
}
