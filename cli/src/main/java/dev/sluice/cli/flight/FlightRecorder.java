// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.flight;

import dev.sluice.cli.output.CommandException;
import dev.sluice.cli.output.Signals;
import dev.sluice.cli.scratch.ScratchDirectory;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.text.Counted;
import dev.sluice.store.text.FileText;
import dev.sluice.store.window.TraceWindow;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Takes snapshots of a recording that keeps its last part only: on request of {@code sluice snapshot}, and by triggers.
 * The recorder's thread calls {@link #poll}, {@link #exited} and {@link #close}; events are looked for, requests are
 * answered and snapshots are written by daemon threads, so recording goes on meanwhile.
 * <p>
 * A snapshot of a trigger has what came before it, as much as the recorder keeps, and what came for a stated time after
 * it. While one is awaited or written, the same trigger takes no other, and all together take so many a minute.
 */
public final class FlightRecorder implements AutoCloseable {
    private static final long CATCH_UP_NS = TimeUnit.SECONDS.toNanos(3);
    private static final long MINUTE_NS = TimeUnit.MINUTES.toNanos(1);
    private static final long END_MINUTES = 5;
    private static final String SNAPSHOT = "snapshot-";
    private static final int MOST_ATTEMPTS = 2;

    /** A snapshot that is to be taken, which has all events of its trigger up to its end. For whoever has the lock. */
    private static final class Wanted {
        private final Trigger trigger;
        private final Moment moment;
        private final long afterNs;
        /** The last event that is said to be in it. */
        private Moment last;

        Wanted(final Trigger trigger, final Moment moment, final long afterNs) {
            this.trigger = trigger;
            this.moment = moment;
            this.afterNs = afterNs;
            last = moment;
        }

        /** When it can be taken, as far as that is known by now. */
        long dueNs() {
            return moment.atNs() + afterNs;
        }

        /** Whether it will have another event of its trigger as well. */
        boolean takes(final Moment another) {
            if (another.atNs() > dueNs()) {
                return false;
            }
            last = another.isAfter(last) ? another : last;
            return true;
        }

        /** Where the window ends, by the clock readings that the trace has now. */
        long toNs(final TraceReader reader) {
            return Math.max(moment.ns(reader) + afterNs, last.ns(reader));
        }
    }

    private final FlightOptions options;
    private final Path trace;
    private final Path shown;
    private final Consumer<String> say;
    /** Says where the trace is; null if it cannot be said. */
    private final ScratchDirectory note;
    private final List<TriggerWatch> watches = new ArrayList<>();
    /** Those who wait until everything up to now is stored. */
    private final Queue<CompletableFuture<SnapshotMark>> requests = new ConcurrentLinkedQueue<>();
    private final ExecutorService writing = Executors.newSingleThreadExecutor(run -> {
        final Thread thread = new Thread(run, "sluice-snapshot");
        thread.setDaemon(true);
        return thread;
    });
    // All below are used under the lock of this object.
    private final List<Wanted> wanted = new ArrayList<>();
    /** Of each trigger the snapshot that is awaited or written. */
    private final Map<Trigger, Wanted> busy = new HashMap<>();
    private final Deque<Long> taken = new ArrayDeque<>();
    private long notTaken;
    private int number;
    private int failed;
    /** Bytes that the recording needs free on its disk, as far as is known; 0 once it has ended. */
    private long needed;
    /** For the recorder's thread. */
    private final MemoryKills kills = new MemoryKills();
    /** How often what is due now was tried. For the recorder's thread. */
    private int attempts;

    /**
     * Begins.
     *
     * @param trace      of the recording, by a path that this process can use to its end
     * @param shown      the same for people
     * @param isRecorded whether an event, "provider:tracepoint", is recorded
     * @param say        takes a line for each snapshot; any thread calls it
     */
    public FlightRecorder(final FlightOptions options, final Path trace, final Path shown,
        final Predicate<String> isRecorded, final Consumer<String> say) {
        this.options = options;
        this.trace = trace;
        this.shown = shown;
        this.say = say;
        note = RecorderOf.note(shown);
        check(isRecorded);
        for (final Trigger trigger : options.triggers()) {
            if (trigger.isOfEvents()) {
                watches.add(new TriggerWatch(trace, trigger, moment -> fired(trigger, moment), this::failed));
            } else if (trigger.kind() == Trigger.Kind.SIGNAL) {
                requireSignal(
                    Signals.handle("USR1", signal -> fired(trigger, Moment.at(System.nanoTime()))));
            }
        }
    }

    /**
     * Says which triggers would take no snapshot as things are now.
     *
     * @param isRecorded whether an event, "provider:tracepoint", is recorded from now on
     */
    public void check(final Predicate<String> isRecorded) {
        TriggerCheck.lines(trace, options.triggers(), isRecorded).forEach(say);
    }

    private static void requireSignal(final boolean isHandled) {
        if (!isHandled) {
            throw new CommandException("this JVM does not give SIGUSR1 away (-Xrs): leave out --on signal");
        }
    }

    /**
     * Answers a request, as {@link RecorderSocket.Handler} does: has the recorder's thread store everything up to now,
     * and waits for it.
     */
    public String answer(final List<String> lines) throws Exception {
        if (!lines.get(0).equals(SnapshotMark.REQUEST)) {
            return null;
        }
        final CompletableFuture<SnapshotMark> request = new CompletableFuture<>();
        requests.add(request);
        return request.get(2 * CATCH_UP_NS, TimeUnit.NANOSECONDS).line();
    }

    private synchronized void fired(final Trigger trigger, final Moment moment) {
        final Wanted awaited = busy.get(trigger);
        final long now = System.nanoTime();
        while (!taken.isEmpty() && now - taken.peekFirst() > MINUTE_NS) {
            taken.removeFirst();
        }
        if (awaited != null && awaited.takes(moment)) {
            return;
        }
        if (awaited != null || taken.size() >= options.limit()) {
            notTaken++;
            return;
        }
        taken.addLast(now);
        final boolean isEnd = trigger.kind() == Trigger.Kind.EXIT || trigger.kind() == Trigger.Kind.OOM;
        final Wanted one = new Wanted(trigger, moment, isEnd ? 0 : options.afterNs());
        busy.put(trigger, one);
        wanted.add(one);
    }

    /** Takes the snapshots whose time has come, and answers requests. To be called some times a second. */
    public void poll(final Recorder recorder) {
        if (options.triggers().stream().anyMatch(trigger -> trigger.kind() == Trigger.Kind.OOM)) {
            kills.follow(recorder.pids());
        }
        final List<CompletableFuture<SnapshotMark>> asking = new ArrayList<>();
        for (CompletableFuture<SnapshotMark> next = requests.poll(); next != null; next = requests.poll()) {
            asking.add(next);
        }
        final long atNs = System.nanoTime();
        if (asking.isEmpty() && !isAnyDue(atNs)) {
            return;
        }
        final boolean isComplete = recorder.catchUp(CATCH_UP_NS);
        if (!isComplete && ++attempts < MOST_ATTEMPTS) {
            // A target that has just ended is no obstacle any more when its part of the trace has.
            requests.addAll(asking);
            return;
        }
        attempts = 0;
        final long free = recorder.freeNeeded();
        asking.forEach(one -> one.complete(new SnapshotMark(atNs, isComplete, options.bound(), free)));
        take(atNs, isComplete, free);
    }

    /** Whether a snapshot is wanted that can be taken at a time. */
    synchronized boolean isAnyDue(final long atNs) {
        return wanted.stream().anyMatch(one -> one.dueNs() <= atNs);
    }

    /** Takes what is due. The recording needs so many bytes free on its disk; 0 if it has ended. */
    private synchronized void take(final long atNs, final boolean isComplete, final long free) {
        needed = free;
        for (final Wanted one : List.copyOf(wanted)) {
            if (one.dueNs() <= atNs) {
                wanted.remove(one);
                final int next = ++number;
                writing.execute(() -> write(one, next, isComplete));
            }
        }
    }

    private void write(final Wanted one, final int next, final boolean isComplete) {
        final String name = SNAPSHOT + next;
        final String what = "snapshot " + next + " (" + one.trigger.text() + ")";
        String said;
        try {
            final TraceWindow.Taken snapshot = write(one, trace.resolve(name));
            said = what + ": " + SnapshotText.of(snapshot, isComplete) + ", into " + shown.resolve(name);
            if (!isComplete || !snapshot.isWhole()) {
                fail();
            }
        } catch (final TraceStoreException e) {
            said = what + " failed: " + e.getMessage();
            fail();
        } catch (final RuntimeException | OutOfMemoryError | InternalError e) {
            // Whatever it is ends this snapshot alone: recording goes on, and so do the other triggers.
            said = what + " failed: " + FileText.of(e) + "; try 'sluice snapshot " + shown + "'";
            fail();
        } finally {
            synchronized (this) {
                busy.remove(one.trigger, one);
            }
        }
        // Whoever reads this may count on it that the next event that fits has a snapshot of its own.
        say.accept(said);
    }

    private TraceWindow.Taken write(final Wanted one, final Path output) {
        final TraceReader reader = TraceReader.open(trace);
        final long windowNs = options.bound().windowNs();
        final long toNs;
        final long free;
        synchronized (this) {
            toNs = one.toNs(reader);
            free = needed;
        }
        final TraceWindow.Taken snapshot = TraceWindow.writeBeside(reader,
            windowNs > 0 ? toNs - one.afterNs - windowNs : Long.MIN_VALUE, toNs, output,
            "sluice record --flight --on " + one.trigger.text(), free);
        synchronized (this) {
            // What was noticed meanwhile may lie behind the end after all.
            notTaken += one.toNs(reader) > toNs ? 1 : 0;
            busy.remove(one.trigger, one);
        }
        return snapshot;
    }

    private synchronized void fail() {
        failed++;
    }

    private void failed(final String line) {
        fail();
        say.accept(line);
    }

    /**
     * Says that a target's process has ended, and that all that it had fired is stored.
     *
     * @param atNs when that was noticed
     */
    public void exited(final long pid, final long atNs) {
        for (final Trigger trigger : options.triggers()) {
            if (trigger.kind() == Trigger.Kind.EXIT || trigger.kind() == Trigger.Kind.OOM && kills.wasKilled(pid)) {
                fired(trigger, Moment.at(atNs));
            }
        }
    }

    /** Number of snapshots that are not what they were to be. After the end. */
    public synchronized int failed() {
        return failed;
    }

    /** Ends, once the recording has ended: what is still wanted is taken from what there is, and awaited. */
    @Override
    public void close() {
        if (note != null) {
            note.close();
        }
        requests.forEach(one -> one.cancel(false));
        watches.forEach(TriggerWatch::close);
        take(Long.MAX_VALUE, true, 0);
        writing.shutdown();
        try {
            if (!writing.awaitTermination(END_MINUTES, TimeUnit.MINUTES)) {
                say.accept("the last snapshot is not written after " + END_MINUTES + " minutes, and is left");
                fail();
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (final TriggerWatch watch : watches) {
            if (watch.missed() > 0) {
                say.accept("'" + watch.trigger().text() + "' was not looked for in "
                    + Counted.of(watch.missed(), "event") + ": they were removed before");
            }
        }
        synchronized (this) {
            if (notTaken > 0) {
                say.accept(Counted.of(notTaken, "more event") + " that fit --on, without a snapshot of their own: one"
                    + " was being taken, or --on-limit was reached");
            }
        }
    }
}
