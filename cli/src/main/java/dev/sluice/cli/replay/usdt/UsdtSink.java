// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay.usdt;

import dev.sluice.cli.output.CommandException;
import dev.sluice.cli.output.Notices;
import dev.sluice.cli.replay.pace.Pace;
import dev.sluice.cli.replay.pace.ReplaySink;
import dev.sluice.store.read.EventView;
import dev.sluice.trace.Tracepoint;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.Map;

/**
 * Fires events again as USDT probes of this process, each from a thread that stands for the thread that fired it. All
 * events are fired in the order in which they are read, whichever thread fires them.
 */
public final class UsdtSink implements ReplaySink {
    private final UsdtTracepoints tracepoints;
    private final Pace pace;
    private final PrintWriter out;
    private final long timeoutNs;
    private final long settleNs;
    private final UsdtTurns turns = new UsdtTurns();
    private final Map<Owner, UsdtThread> threads = new HashMap<>();
    private UsdtThread owner;
    private UsdtRun run;
    private long nextRun;

    /** A thread of the trace. For an event of a virtual thread it is the carrier, which the kernel sees. */
    private record Owner(int target, int tid, long javaThreadId) {
    }

    /**
     * Makes one.
     *
     * @param timeoutNs how long to wait for a tracer
     * @param settleNs  how long a tracer may take from one probe to the next
     */
    public UsdtSink(final UsdtTracepoints tracepoints, final Pace pace, final PrintWriter out, final long timeoutNs,
        final long settleNs) {
        this.tracepoints = tracepoints;
        this.pace = pace;
        this.out = out;
        this.timeoutNs = timeoutNs;
        this.settleNs = settleNs;
    }

    @Override
    public ReplaySink rehearsal(final Pace rehearsed) {
        return new UsdtRehearsal(tracepoints, rehearsed);
    }

    @Override
    public boolean begin() {
        out.println("pid " + ProcessHandle.current().pid());
        out.flush();
        final boolean isAttached = new TracerWait(tracepoints.all(), pace::isToEnd).await(timeoutNs, settleNs);
        if (!isAttached && !pace.isToEnd() && timeoutNs > 0) {
            Notices.print("sluice replay: no tracer has attached in time: events are fired all the same");
        }
        return !pace.isToEnd();
    }

    @Override
    public boolean event(final EventView event, final long dueNs) {
        final boolean isFar = pace.isFar(dueNs);
        if (isFar) {
            stayNear(dueNs);
        }
        final Tracepoint tracepoint = tracepoints.of(event.schema());
        final UsdtThread fires = threads.computeIfAbsent(
            new Owner(event.target().index(), event.tid(), event.javaThreadId()), key -> thread(event));
        if (run != null && (fires != owner || run.isFull() || !run.threadName().equals(event.threadName()))) {
            give();
        }
        if (run == null) {
            turns.awaitRoom(nextRun, UsdtTurns.MOST_RUNS);
            run = new UsdtRun(nextRun++, event.threadName());
            owner = fires;
        }
        run.add(new UsdtEvent(tracepoint, event, dueNs));
        if (isFar) {
            // It may take long to find the next event.
            give();
        }
        return !pace.isToEnd();
    }

    /**
     * Waits before an event that is due in a while. To read as far as there is room takes a processor from the threads
     * that fire, at the beginning for a tenth of a second. Where all that was read has been fired the next event is
     * read all the same, because somebody who steps through a trace waits for it.
     */
    private void stayNear(final long dueNs) {
        if (run != null) {
            give();
        }
        while (pace.isFar(dueNs) && !turns.awaitOver(nextRun) && !pace.isToEnd()) {
            continue;
        }
    }

    private UsdtThread thread(final EventView event) {
        try {
            return new UsdtThread(event.threadName(), turns, pace);
        } catch (final OutOfMemoryError e) {
            throw new CommandException("thread " + (threads.size() + 1) + " cannot be started: " + e.getMessage()
                + "; raise 'ulimit -u', or select threads with --thread", e);
        }
    }

    private void give() {
        owner.give(run);
        run = null;
    }

    @Override
    public void end() {
        if (run != null) {
            give();
        }
        try {
            for (final UsdtThread thread : threads.values()) {
                thread.join();
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        final long unseen = passed() - threads.values().stream().mapToLong(UsdtThread::wanted).sum();
        if (unseen > 0) {
            Notices.print("sluice replay: %,d of %,d events came when no tracer wanted them", unseen, passed());
        }
    }

    @Override
    public long passed() {
        return threads.values().stream().mapToLong(UsdtThread::passed).sum();
    }
}
