// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.bpf.reduce.Reduced;
import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.Target;
import dev.sluice.consumer.attach.TargetFinder;
import dev.sluice.ring.where.EventChoice;
import dev.sluice.store.format.StallInfo;
import dev.sluice.store.format.TraceInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.write.TraceWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Records the targets of one or more processes into one trace, from attach to detach. The caller calls {@link #start},
 * {@link #await}, {@link #finish}, and then {@link #close()}. Each target has a session, kernel memory, a receiving
 * thread, an account and an end of its own; what they share is the trace, its room on the disk, and the processors. A
 * target that ends, fails, or is taken by another consumer ends its own part of the trace at once, and the others go
 * on.
 * <p>
 * For one thread, but {@link #join} is for one more thread, and {@link #storedEvents()} and {@link #progress()} for
 * any. If the recorder is closed without finishing, the trace has no end, and its readers call the end unknown.
 */
public final class Recorder implements AutoCloseable {
    /** The most targets that are recorded at a time: each has threads, descriptors and memory of the kernel. */
    public static final int MOST_TARGETS = 256;

    private static final int TICK_MS = 50;

    private final RecordOptions options;
    private final List<RecordedTarget> targets = new CopyOnWriteArrayList<>();
    /** The results of targets whose part has ended. The recorder's thread changes it. */
    private final List<TargetResult> ended = new CopyOnWriteArrayList<>();
    private final List<Reduced> endedSums = new ArrayList<>();
    /**
     * What the targets had done whose part has ended. Its lock is held where a target goes from one list to the other.
     */
    private final List<TargetProgress> endedProgress = new ArrayList<>();
    private final List<RuntimeException> failures = new ArrayList<>();
    private TraceWriter writer;
    /** Is held while targets are told what to record: those that join, by another thread, get what all others have. */
    private final Object selecting = new Object();
    private List<EventChoice> choices;
    private volatile int enabled;
    private long startedNs;
    private long endNoticedNs = System.nanoTime();
    private Consumer<StallInfo> onStall = stall -> { };
    private Consumer<TargetResult> onEnd = result -> { };
    private Privileges.User ownerAtEnd;

    private Recorder(final RecordOptions options) {
        this.options = options;
        choices = options.choices();
    }

    /**
     * Attaches to all processes of the options, makes the trace and begins.
     *
     * @throws AttachException                             if a target cannot be attached to
     * @throws dev.sluice.bpf.libbpf.BpfException          if the kernel refuses a program
     * @throws dev.sluice.store.format.TraceStoreException if the trace cannot be made
     */
    public static Recorder start(final RecordOptions options) {
        final Recorder recorder = new Recorder(options);
        boolean isLeft = true;
        try {
            recorder.begin();
            isLeft = false;
            return recorder;
        } catch (final AttachException e) {
            isLeft = false;
            throw recorder.abandon() ? new AttachException(e.reason(), e.getMessage()
                + "; what was fired by then is in " + options.directory(), e) : e;
        } finally {
            if (isLeft) {
                recorder.abandon();
            }
        }
    }

    /**
     * Leaves no trace of a recording that could not begin, unless there is something in it that is nowhere else: what
     * those targets have fired that had begun, or had not answered yet, and losses.
     *
     * @return whether there is a trace
     */
    private boolean abandon() {
        try {
            final List<RecordedTarget> begun = targets.stream().filter(RecordedTarget::isEnabled).toList();
            targets.removeAll(begun);
            begun.forEach(this::giveUp);
            targets.forEach(RecordedTarget::stopReceiving);
            final boolean isEmpty = begun.isEmpty()
                && targets.stream().noneMatch(target -> target.hasLosses() || target.storedEvents() > 0);
            if (isEmpty && writer != null) {
                discard();
            } else {
                targets.forEach(Recorder::withdraw);
            }
            return !isEmpty && options.measures().isEmpty();
        } finally {
            close();
        }
    }

    private static void withdraw(final RecordedTarget target) {
        try {
            target.withdraw();
        } catch (final TraceStoreException e) {
            // The error that stopped the attaching is on its way, and this target's part of the trace has no end.
            return;
        }
    }

    /** Ends the attaching if nobody wants it any more. */
    private void requireWanted(final long pid) {
        if (options.givenUp().getAsBoolean()) {
            throw AttachException.givenUp(pid);
        }
    }

    private void begin() {
        for (final long pid : options.pids()) {
            targets.addAll(open(pid, targets.size()));
        }
        writer = TraceWriter.create(options.directory(), TraceInfo.now(TraceInfo.VERSION, options.commandLine()),
            options.limits(), options.rotation());
        targets.forEach(target -> target.addTo(writer));
        for (final long pid : options.pids()) {
            checkSchemas(pid, targets.stream().filter(target -> target.pid() == pid).toList());
        }
        final int shares = options.shares(targets.size());
        targets.forEach(target -> open(target, shares));
        startedNs = System.nanoTime();
        for (final RecordedTarget target : targets) {
            enabled += target.enable(choices);
        }
    }

    private void open(final RecordedTarget target, final int shares) {
        requireWanted(target.pid());
        target.open(options.source(), options, shares);
    }

    /** Finds the targets of a process and takes their sessions. */
    private List<RecordedTarget> open(final long pid, final int others) {
        requireWanted(pid);
        final DrainSourceFactory factory = options.source();
        final List<RecordedTarget> found = new ArrayList<>();
        boolean isOpen = false;
        try {
            for (final Target target : TargetFinder.open(pid, factory.isRegionMapped())) {
                found.add(new RecordedTarget(target));
            }
            if (found.size() > MOST_TARGETS - others) {
                throw new AttachException(AttachException.Reason.TOO_MANY, "process " + pid + " is too many: "
                    + MOST_TARGETS + " targets are recorded at a time at most; record it by a sluice of its own");
            }
            for (final RecordedTarget target : found) {
                factory.check(target.target());
                if (factory.isThroughRings()) {
                    target.takeSession(options);
                }
            }
            isOpen = true;
            return found;
        } finally {
            if (!isOpen) {
                found.forEach(RecordedTarget::close);
            }
        }
    }

    private void checkSchemas(final long pid, final List<RecordedTarget> ofProcess) {
        SchemaCheck.check(options, pid,
            ofProcess.stream().flatMap(target -> target.trace().schema().stream()).toList());
    }

    /**
     * Attaches to one more process and records it from now on, in the same trace. If this fails, the others are
     * recorded as before, and the process is as if nobody had tried, but that the trace may name it. One thread at a
     * time calls it, after the start; not any more when the recording finishes.
     *
     * @return the number of its tracepoints that are selected
     * @throws AttachException                             if a target cannot be attached to, or is one too many
     * @throws dev.sluice.bpf.libbpf.BpfException          if the kernel refuses a program
     * @throws dev.sluice.store.format.TraceStoreException if the trace takes no more
     */
    public int join(final long pid) {
        final List<RecordedTarget> joining = open(pid, targets.size());
        boolean isJoined = false;
        try {
            joining.forEach(target -> target.addTo(writer));
            checkSchemas(pid, joining);
            final int shares = options.shares(targets.size() + joining.size());
            joining.forEach(target -> open(target, shares));
            synchronized (selecting) {
                int count = 0;
                for (final RecordedTarget target : joining) {
                    count += target.enable(choices);
                }
                enabled = enabled + count;
                targets.addAll(joining);
                isJoined = true;
                return count;
            }
        } finally {
            if (!isJoined) {
                joining.forEach(this::giveUp);
            }
        }
    }

    private void giveUp(final RecordedTarget target) {
        try {
            target.giveUp(writer).ifPresent(ended::add);
        } catch (final RuntimeException e) {
            // The error that stopped the attaching is on its way, and this target's part of the trace has no end.
            ended.add(target.failed(e));
        } finally {
            target.close();
        }
    }

    /** Sets what is told about each stall of this consumer. The thread that waits and finishes calls it. */
    public void onStall(final Consumer<StallInfo> listener) {
        onStall = listener;
    }

    /** Sets what is told about each target whose part ends while it is waited. The thread that waits calls it. */
    public void onEnd(final Consumer<TargetResult> listener) {
        onEnd = listener;
    }

    /**
     * Gives the trace to another user, and has the process become that user, who could not touch the files otherwise.
     * Nothing is stored meanwhile: a segment that begins between the two would stay with the user before.
     *
     * @param become makes the process that user's
     * @throws dev.sluice.store.format.TraceStoreException if the trace cannot be given
     */
    public void giveTraceTo(final Privileges.User user, final Runnable become) {
        synchronized (writer) {
            writer.giveTo(user.uid(), user.gid());
            become.run();
        }
    }

    /**
     * Gives the trace to another user when it has ended. A process that keeps its rights writes to no directory in
     * which that user could put links in its way.
     */
    public void giveTraceAtEnd(final Privileges.User user) {
        ownerAtEnd = user;
    }

    /** The trace's directory. */
    public Path directory() {
        return options.directory();
    }

    /**
     * When the end of the target was noticed of which {@link #onEnd} is told, in ns of {@link System#nanoTime()}: what
     * its rings had is stored since then. For the thread that waits.
     */
    public long endNoticedNs() {
        return endNoticedNs;
    }

    /** Ids of the processes that are recorded now. Any thread. */
    public List<Long> pids() {
        return targets.stream().map(RecordedTarget::pid).distinct().toList();
    }

    /** Number of targets that are recorded now. Any thread. */
    public int targets() {
        return targets.size();
    }

    /**
     * Number of tracepoints that were selected when the recording began, and when processes joined. Tracepoints that
     * are declared later are added to it.
     */
    public int enabled() {
        return enabled;
    }

    /** Number of events stored so far. The number may lag a little. Any thread. */
    public long storedEvents() {
        return ended.stream().mapToLong(TargetResult::stored).sum()
            + targets.stream().mapToLong(RecordedTarget::storedEvents).sum();
    }

    /**
     * What the recording of each target has done so far, those whose part has ended too. Nobody's counts go back from
     * call to call. Any thread.
     */
    public List<TargetProgress> progress() {
        synchronized (endedProgress) {
            final List<TargetProgress> all = new ArrayList<>(endedProgress);
            targets.forEach(target -> all.add(target.progress()));
            return all;
        }
    }

    /**
     * Sums and histograms so far, over all targets, in the order in which they were asked for; none if events are
     * stored. For the thread that waits and finishes.
     */
    public List<Reduced> reduced() {
        final List<Reduced> sums = new ArrayList<>(endedSums);
        targets.forEach(target -> addTo(sums, target.reduced()));
        return sums;
    }

    private static void addTo(final List<Reduced> sums, final List<Reduced> ofOne) {
        for (int i = 0; i < ofOne.size(); i++) {
            if (i == sums.size()) {
                sums.add(ofOne.get(i));
            } else {
                sums.set(i, sums.get(i).plus(ofOne.get(i)));
            }
        }
    }

    /**
     * Waits until the last target's part has ended (unless more may join), the time is over, {@code isStopped} is true,
     * the trace is full, or storing has failed. A target's part ends when its process has ended, another consumer has
     * taken over, or its events can be received no more. Calls {@code progress} some times a second.
     *
     * @param durationNs longest time to wait, ns
     */
    public void await(final long durationNs, final BooleanSupplier isStopped, final Runnable progress) {
        final long begin = System.nanoTime();
        while (!isStopped.getAsBoolean() && writer.full() == null && System.nanoTime() - begin < durationNs) {
            awaitExit();
            for (final RecordedTarget target : targets) {
                if (target.hasExited() || !target.isHealthy()) {
                    endNoticedNs = System.nanoTime();
                    onEnd.accept(end(target));
                }
            }
            if (targets.isEmpty() && !options.awaitsMore() || isStoringOver()) {
                return;
            }
            // This is done each time, because a reading that shows a step of the wall clock is there only until the
            // target's next reading.
            targets.forEach(this::tend);
            rotate();
            progress.run();
        }
    }

    /**
     * Stores every event whose fire has returned before this call. For the thread that waits.
     *
     * @param timeoutNs longest time that this may take, ns
     * @return whether all are stored, or accounted for as lost; false if a target did not answer in time, or has ended
     *     and its part of the trace has not
     */
    public boolean catchUp(final long timeoutNs) {
        final long deadlineNs = System.nanoTime() + timeoutNs;
        targets.forEach(RecordedTarget::tellToFlush);
        boolean isAll = true;
        for (final RecordedTarget target : targets) {
            isAll &= target.catchUp(deadlineNs);
        }
        return isAll;
    }

    /**
     * Has all targets, and those that join later, record other events from now on, or none of them: each is asked
     * before any is told, and should one refuse nevertheless, the others get back what they had. For the thread that
     * waits.
     *
     * @return the number of tracepoints that are selected
     * @throws AttachException if a condition fits no tracepoint of a process, or a target refuses; it says which, and
     *                         what has changed
     */
    public int select(final List<EventChoice> newChoices) {
        synchronized (selecting) {
            try {
                targets.stream().mapToLong(RecordedTarget::pid).distinct()
                    .forEach(pid -> SchemaCheck.check(newChoices, pid, targets.stream()
                        .filter(target -> target.pid() == pid)
                        .flatMap(target -> target.trace().schema().stream()).toList()));
                targets.forEach(target -> target.check(newChoices));
            } catch (final AttachException e) {
                throw new AttachException(e.reason(), e.getMessage() + "; nothing was changed");
            }
            final List<RecordedTarget> changed = new ArrayList<>();
            int count = 0;
            for (final RecordedTarget target : targets) {
                try {
                    count += target.select(newChoices);
                    changed.add(target);
                } catch (final AttachException e) {
                    throw new AttachException(e.reason(), e.getMessage() + takeBack(changed));
                }
            }
            choices = newChoices;
            enabled = count;
            return count;
        }
    }

    /** Gives targets back what they had; says what has become of that. */
    private String takeBack(final List<RecordedTarget> changed) {
        try {
            changed.forEach(target -> target.select(choices));
            return "; " + (changed.isEmpty() ? "nothing was changed" : "the others record what they did before");
        } catch (final AttachException e) {
            return "; and others record the new selection: " + e.getMessage();
        }
    }

    /** What one target has written where it is read may be forged: that ends its own part alone. */
    private void tend(final RecordedTarget target) {
        try {
            target.tend(onStall);
        } catch (final RuntimeException e) {
            onEnd.accept(endFailed(target, e));
        }
    }

    /** Begins the next segment if it is time to, also where no packet comes, and removes the files of old ones. */
    private void rotate() {
        try {
            synchronized (writer) {
                writer.rotateIfDue();
            }
            writer.removeOld();
        } catch (final TraceStoreException e) {
            failures.add(e);
        }
    }

    /** Bytes that must stay free on the trace's file system so that this recording does not end for want of them. */
    public long freeNeeded() {
        synchronized (writer) {
            return writer.freeNeeded();
        }
    }

    /** Waits a moment, or until one more process has ended. */
    private void awaitExit() {
        for (final RecordedTarget target : targets) {
            if (!target.hasExited()) {
                target.awaitExit(TICK_MS);
                return;
            }
        }
        if (targets.isEmpty() && options.awaitsMore()) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(TICK_MS));
        }
    }

    /** Whether the trace itself takes no more: then no target can go on. */
    private boolean isStoringOver() {
        return failures.stream().anyMatch(TraceStoreException.class::isInstance);
    }

    /** Ends the part of one target. */
    private TargetResult end(final RecordedTarget target) {
        final TargetResult result;
        try {
            result = target.finish(writer, onStall);
        } catch (final RuntimeException e) {
            return endFailed(target, e);
        }
        return close(target, result);
    }

    /** Ends a target that cannot go on; its part of the trace has no end. */
    private TargetResult endFailed(final RecordedTarget target, final RuntimeException failure) {
        failures.add(failure);
        return close(target, target.failed(failure));
    }

    private TargetResult close(final RecordedTarget target, final TargetResult result) {
        addTo(endedSums, target.reduced());
        synchronized (endedProgress) {
            targets.remove(target);
            endedProgress.add(target.progress().ended());
        }
        ended.add(result);
        target.close();
        return result;
    }

    private void tellToStop(final RecordedTarget target) {
        try {
            target.tellToStop();
        } catch (final RuntimeException e) {
            onEnd.accept(endFailed(target, e));
        }
    }

    /**
     * Stops the recording, drains what is left, accounts for everything, and completes the trace.
     *
     * @throws RuntimeException the error that stopped the storing, if there was one, of all targets; the trace then has
     *     no end. If only some targets have failed, their results say so
     */
    public RecordResult finish() {
        // All targets are told before the first one is waited for. A process that does not run may have many targets,
        // and all of them share one time to answer.
        targets.forEach(this::tellToStop);
        targets.forEach(this::end);
        if (isStoringOver() || !failures.isEmpty() && failures.size() == ended.size()) {
            throw failures.get(0);
        }
        final long wallNs = System.nanoTime() - startedNs;
        final long removed = writer.removedEvents();
        if (ownerAtEnd != null) {
            writer.giveTo(ownerAtEnd.uid(), ownerAtEnd.gid());
        }
        close();
        return new RecordResult(options.directory(), ended, wallNs, endedSums, removed);
    }

    /** Ends without a trace, as if there had never been one. */
    public void discard() {
        closeTargets();
        if (writer != null) {
            writer.discard();
        }
    }

    private void closeTargets() {
        // Who asks for progress reads what is mapped: only targets in the list are.
        final List<RecordedTarget> closing;
        synchronized (endedProgress) {
            closing = List.copyOf(targets);
            targets.clear();
        }
        closing.forEach(RecordedTarget::close);
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
