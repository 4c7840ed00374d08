// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.consumer.account.Refusals;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetFinder;
import dev.sluice.consumer.session.DrainCommands;
import dev.sluice.consumer.session.Session;
import dev.sluice.ring.RefusalCause;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StallInfo;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.write.TraceFull;
import dev.sluice.store.write.TraceWriter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Records all targets of a process into one trace, from attach to detach: {@link #start}, {@link #await}, {@link
 * #finish}, then {@link #close()}. For one thread, but {@link #storedEvents()} for any. Closing without finishing
 * leaves a trace without an end, which readers call unknown.
 */
public final class Recorder implements AutoCloseable {
    private static final int TICK_MS = 50;
    public static final String VERSION = "0.1.0";

    private final RecordOptions options;
    private final List<Part> parts = new ArrayList<>();
    private TraceWriter writer;
    private int enabled;
    private boolean hasBegun;
    private long startedNs;
    private Consumer<StallInfo> onStall = stall -> { };

    private Recorder(final RecordOptions options) {
        this.options = options;
    }

    /** One target of the process. */
    private static final class Part {
        private final Target target;
        private final Map<RefusalCause, Long> refusedBefore = new EnumMap<>(RefusalCause.class);
        private Session session;
        private boolean isDead;
        private TargetTraceWriter trace;
        private DrainSource source;

        Part(final Target target) {
            this.target = target;
        }

        Map<RefusalCause, Long> refused() {
            return Refusals.since(refusedBefore, Refusals.of(target.region()));
        }

        void close() {
            if (source != null) {
                source.close();
            }
            if (session != null) {
                session.close();
            }
            target.close();
        }
    }

    /**
     * Attaches, makes the trace and begins.
     *
     * @throws AttachException                                  if a target cannot be attached to
     * @throws dev.sluice.bpf.BpfException                      if the kernel refuses a program
     * @throws dev.sluice.store.format.TraceStoreException    if the trace cannot be made
     */
    public static Recorder start(final RecordOptions options) {
        final Recorder recorder = new Recorder(options);
        boolean isStarted = false;
        try {
            recorder.begin();
            isStarted = true;
            return recorder;
        } finally {
            if (!isStarted) {
                // What one target of several has given since its own begin is stored nowhere else, and so are losses.
                final boolean hasTrace = recorder.writer != null && !recorder.hasBegun
                    && recorder.parts.stream().allMatch(p -> p.trace == null || p.trace.losses().isEmpty());
                if (hasTrace) {
                    recorder.closeParts();
                    recorder.writer.discard();
                }
                recorder.close();
            }
        }
    }

    private void begin() {
        for (final Target target : TargetFinder.open(options.pid())) {
            parts.add(new Part(target));
        }
        final boolean isTrap = options.path() == RecordOptions.EventPath.TRAP;
        for (final Part part : parts) {
            if (options.path() == RecordOptions.EventPath.SHARED) {
                part.target.requireShareable();
            }
            if (!isTrap) {
                part.session = Session.take(part.target, Session.STALE_NS, options.mayTakeOver());
            }
        }
        writer = TraceWriter.create(options.directory(), TraceInfo.now(VERSION, options.commandLine()),
            options.limits());
        for (final Part part : parts) {
            part.refusedBefore.putAll(
                part.session == null ? Refusals.of(part.target.region()) : part.session.refusalsAccounted());
            part.trace = new TargetTraceWriter(writer, part.target, isTrap, part.refusedBefore);
            if (options.path() == RecordOptions.EventPath.BATCH) {
                part.isDead = !DrainCommands.greet(part.session);
            }
        }
        for (final Part part : parts) {
            part.source = switch (options.path()) {
                case TRAP -> new TrapSource(part.target, part.trace, options);
                case SHARED -> new SharedDrainSource(part.session, part.trace, options);
                // Of a target that is dead by now its rings can be read, and there is nothing to attach to.
                case BATCH -> part.isDead && part.target.region().isMapped()
                    ? new SharedDrainSource(part.session, part.trace, options)
                    : new BpfDrainSource(part.session, part.trace, options.forTargets(parts.size()));
            };
        }
        startedNs = System.nanoTime();
        for (final Part part : parts) {
            enabled += part.source.enable();
            hasBegun = true;
        }
    }

    /** Sets what is told of each stall of this consumer, by the thread that waits and finishes. */
    public void onStall(final Consumer<StallInfo> listener) {
        onStall = listener;
    }

    /**
     * Gives the trace to another user: before the process becomes that user, who could not touch its files else.
     *
     * @throws dev.sluice.store.format.TraceStoreException if it is refused
     */
    public void giveTraceTo(final Privileges.User user) {
        writer.giveTo(user.uid(), user.gid());
    }

    /** Tracepoints that were selected when the recording began; later declarations add to them. */
    public int enabled() {
        return enabled;
    }

    /** Events stored so far; lags a little. Any thread. */
    public long storedEvents() {
        return parts.stream().filter(p -> p.source != null).mapToLong(p -> p.source.storedEvents()).sum();
    }

    /**
     * Waits until the process has ended, a time is over, somebody asks to stop, another consumer has taken over, the
     * trace is full or storing has failed. Calls the progress action some times a second.
     *
     * @param durationNs longest time to wait, ns
     */
    public void await(final long durationNs, final BooleanSupplier isStopped, final Runnable progress) {
        final long begin = System.nanoTime();
        while (!isStopped.getAsBoolean() && writer.full() == null && System.nanoTime() - begin < durationNs
            && !parts.get(0).target.process().awaitExit(TICK_MS) && parts.stream().allMatch(Recorder::isHealthy)) {
            // Each time: what a target has read because the wall clock was set stands only until its next reading.
            parts.forEach(p -> p.trace.clock());
            parts.forEach(p -> storeStalls(p, false));
            progress.run();
        }
    }

    private void storeStalls(final Part part, final boolean isEnd) {
        if (part.session != null && part.trace != null) {
            final boolean isLost = part.session.isLost();
            if (isEnd && isLost) {
                // It sees what lies between its last beat and now, and ends.
                part.session.heart().join();
            }
            for (final StallInfo stall : part.session.stalls().take(isEnd, isLost)) {
                part.trace.stall(stall);
                onStall.accept(stall);
            }
        }
    }


    private static boolean isHealthy(final Part part) {
        return part.source.failure() == null && !part.source.isLost() && !part.source.isStuck();
    }

    /**
     * Stops, drains what is left, accounts for everything, and completes the trace.
     *
     * @throws RuntimeException what stopped the storing, if anything did; the trace then has no end
     */
    public RecordResult finish() {
        final boolean hasExited = parts.get(0).target.process().hasExited();
        final List<RingAccount> rings = new ArrayList<>();
        final Map<RefusalCause, Long> refused = new EnumMap<>(RefusalCause.class);
        final Map<LossCause, Long> lost = new EnumMap<>(LossCause.class);
        final List<String> warnings = new ArrayList<>();
        EndKind kind = EndKind.DETACHED;
        boolean known = true;
        long stored = 0;
        long bytes = 0;
        for (final Part part : parts) {
            final DrainSource.Outcome outcome = part.source.finish(hasExited);
            checkStored(part);
            kind = endKind(part, outcome);
            storeStalls(part, true);
            // What another session has taken over since it counts itself.
            final Map<RefusalCause, Long> refusedHere = outcome.taken() ? Map.of() : part.refused();
            part.trace.end(new EndInfo(kind, outcome.known(), System.currentTimeMillis() * 1_000_000L,
                outcome.rings(), refusedHere));
            if (part.session != null) {
                part.source.published(outcome);
                part.session.refusalsAccounted(Refusals.sum(part.refusedBefore, refusedHere));
            }
            known &= outcome.known();
            rings.addAll(outcome.rings());
            refusedHere.forEach((cause, count) -> refused.merge(cause, count, Long::sum));
            part.trace.losses().forEach((cause, count) -> lost.merge(cause, count, Long::sum));
            stored += outcome.stored();
            bytes += outcome.storedBytes();
            if (!outcome.warning().isEmpty()) {
                warnings.add(outcome.warning());
            }
        }
        final long wallNs = System.nanoTime() - startedNs;
        close();
        return new RecordResult(options.directory(), kind, known, rings, refused, lost, stored, bytes, wallNs,
            warnings);
    }

    private EndKind endKind(final Part part, final DrainSource.Outcome outcome) {
        if (part.target.process().hasExited()) {
            return EndKind.TARGET_EXITED;
        }
        if (outcome.taken()) {
            return EndKind.SESSION_TAKEN;
        }
        final TraceFull full = writer.full();
        return full != null ? full.end() : outcome.known() ? EndKind.DETACHED : EndKind.CONSUMER_STOPPED;
    }

    private static void checkStored(final Part part) {
        final Throwable failure = part.source.failure();
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure != null) {
            throw new IllegalStateException("receiving failed: " + failure, failure);
        }
    }

    private void closeParts() {
        parts.forEach(Part::close);
        parts.clear();
    }

    @Override
    public void close() {
        closeParts();
        if (writer != null) {
            writer.close();
            writer = null;
        }
    }
}
