// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.bpf.reduce.Reduced;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetFinder;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.store.format.EndKind;
import dev.sluice.store.format.LossCause;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StallInfo;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.write.TraceWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Records all targets of a process into one trace, from attach to detach. The caller calls {@link #start},
 * {@link #await}, {@link #finish}, and then {@link #close()}. For one thread; {@link #storedEvents()} is for any
 * thread. If the recorder is closed without finishing, the trace has no end, and its readers call the end unknown.
 */
public final class Recorder implements AutoCloseable {
    private static final int TICK_MS = 50;

    private final RecordOptions options;
    private final List<RecordedTarget> targets = new ArrayList<>();
    private TraceWriter writer;
    private int enabled;
    private boolean hasBegun;
    private long startedNs;
    private Consumer<StallInfo> onStall = stall -> { };

    private Recorder(final RecordOptions options) {
        this.options = options;
    }

    /**
     * Attaches, makes the trace and begins.
     *
     * @throws AttachException                             if a target cannot be attached to
     * @throws dev.sluice.bpf.libbpf.BpfException          if the kernel refuses a program
     * @throws dev.sluice.store.format.TraceStoreException if the trace cannot be made
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
                // Events that one of several targets has fired since it began are stored nowhere else, and neither are
                // losses.
                final boolean hasTrace = recorder.writer != null && !recorder.hasBegun
                    && recorder.targets.stream().noneMatch(RecordedTarget::hasLosses);
                if (hasTrace) {
                    recorder.closeTargets();
                    recorder.writer.discard();
                }
                recorder.close();
            }
        }
    }

    private void begin() {
        final DrainSourceFactory factory = options.source();
        for (final Target target : TargetFinder.open(options.pid(), factory.isRegionMapped())) {
            targets.add(new RecordedTarget(target));
        }
        for (final RecordedTarget target : targets) {
            factory.check(target.target());
            if (factory.isThroughRings()) {
                target.takeSession(options.mayTakeOver());
            }
        }
        writer = TraceWriter.create(options.directory(), TraceInfo.now(TraceInfo.VERSION, options.commandLine()),
            options.limits());
        targets.forEach(target -> target.addTo(writer));
        MeasureCheck.check(options, targets.stream().flatMap(target -> target.trace().schema().stream()).toList());
        targets.forEach(target -> target.open(factory, options, targets.size()));
        startedNs = System.nanoTime();
        for (final RecordedTarget target : targets) {
            enabled += target.enable();
            hasBegun = true;
        }
    }

    /** Sets what is told about each stall of this consumer. The thread that waits and finishes calls it. */
    public void onStall(final Consumer<StallInfo> listener) {
        onStall = listener;
    }

    /**
     * Gives the trace to another user. To be called before the process becomes that user, who could not touch the files
     * otherwise.
     *
     * @throws dev.sluice.store.format.TraceStoreException if it is refused
     */
    public void giveTraceTo(final Privileges.User user) {
        writer.giveTo(user.uid(), user.gid());
    }

    /** The process that is recorded. */
    public long pid() {
        return options.pid();
    }

    /** The trace's directory. */
    public Path directory() {
        return options.directory();
    }

    /**
     * Number of tracepoints that were selected when the recording began. Tracepoints that are declared later are added
     * to it.
     */
    public int enabled() {
        return enabled;
    }

    /** Number of events stored so far. The number may lag a little. Any thread. */
    public long storedEvents() {
        return targets.stream().mapToLong(RecordedTarget::storedEvents).sum();
    }

    /**
     * Sums and histograms so far, over all targets, in the order in which they were asked for; none if events are
     * stored. For the thread that waits and finishes.
     */
    public List<Reduced> reduced() {
        final List<Reduced> sums = new ArrayList<>();
        for (final RecordedTarget target : targets) {
            final List<Reduced> ofOne = target.reduced();
            for (int i = 0; i < ofOne.size(); i++) {
                if (i == sums.size()) {
                    sums.add(ofOne.get(i));
                } else {
                    sums.set(i, sums.get(i).plus(ofOne.get(i)));
                }
            }
        }
        return sums;
    }

    /**
     * Waits until every process has ended, the time is over, {@code isStopped} is true, another consumer has taken
     * over, the trace is full, or storing has failed. Calls {@code progress} some times a second.
     *
     * @param durationNs longest time to wait, ns
     */
    public void await(final long durationNs, final BooleanSupplier isStopped, final Runnable progress) {
        final long begin = System.nanoTime();
        while (!isStopped.getAsBoolean() && writer.full() == null && System.nanoTime() - begin < durationNs
            && !awaitExits() && targets.stream().allMatch(RecordedTarget::isHealthy)) {
            // This is done each time, because a reading that shows a step of the wall clock is there only until the
            // target's next reading.
            targets.forEach(target -> target.tend(onStall));
            progress.run();
        }
    }

    /** Waits a moment, or until one more process has ended. Returns whether all processes have ended. */
    private boolean awaitExits() {
        for (final RecordedTarget target : targets) {
            if (!target.hasExited()) {
                target.awaitExit(TICK_MS);
                break;
            }
        }
        return targets.stream().allMatch(RecordedTarget::hasExited);
    }

    /**
     * Stops the recording, drains what is left, accounts for everything, and completes the trace.
     *
     * @throws RuntimeException the error that stopped the storing, if there was one; the trace then has no end
     */
    public RecordResult finish() {
        final List<RingAccount> rings = new ArrayList<>();
        final Map<RefusalCause, Long> refused = new EnumMap<>(RefusalCause.class);
        final Map<LossCause, Long> lost = new EnumMap<>(LossCause.class);
        final List<String> warnings = new ArrayList<>();
        EndKind kind = EndKind.DETACHED;
        boolean known = true;
        long stored = 0;
        long bytes = 0;
        // All targets are told before the first one is waited for. A process that does not run may have many targets,
        // and all of them share one time to answer.
        targets.forEach(RecordedTarget::tellToStop);
        for (final RecordedTarget target : targets) {
            final RecordedTarget.Ended ended = target.finish(writer, onStall);
            final DrainSource.Outcome outcome = ended.outcome();
            kind = ended.kind();
            known &= outcome.known();
            rings.addAll(outcome.rings());
            ended.refused().forEach((cause, count) -> refused.merge(cause, count, Long::sum));
            target.trace().losses().forEach((cause, count) -> lost.merge(cause, count, Long::sum));
            stored += outcome.stored();
            bytes += outcome.storedBytes();
            if (!outcome.warning().isEmpty()) {
                warnings.add(outcome.warning());
            }
        }
        final long wallNs = System.nanoTime() - startedNs;
        final List<Reduced> reduced = reduced();
        close();
        return new RecordResult(options.directory(), kind, known, rings, refused, lost, stored, bytes, wallNs,
            warnings, reduced);
    }

    private void closeTargets() {
        targets.forEach(RecordedTarget::close);
        targets.clear();
    }

    @Override
    public void close() {
        closeTargets();
        if (writer != null) {
            if (options.measures().isEmpty()) {
                writer.close();
            } else {
                // It has no events, and the account is the result's.
                writer.discard();
            }
            writer = null;
        }
    }
}
