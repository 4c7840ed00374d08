// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.consumer.attach.AttachException;
import dev.sluice.consumer.attach.TargetWatch;
import dev.sluice.os.jvm.Threads;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Lets processes that begin to use Sluice join a recording, by a daemon thread of its own: attaching may take seconds,
 * in which the recorder's thread goes on with the others. The methods are for the recorder's thread.
 */
public final class TargetJoiner implements AutoCloseable {
    private static final long PERIOD_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Recorder recorder;
    private final TargetWatch watch;
    private final Listener listener;
    private final Thread thread = new Thread(this::run, "sluice-attach");
    private volatile boolean isClosed;

    /** Is told what comes of each process, by the thread that attaches. */
    public interface Listener {
        /** A process is recorded from now on, with so many tracepoints. */
        void joined(long pid, int tracepoints);

        /** A process could not be attached to; the recording goes on without it. */
        void refused(long pid, RuntimeException why);

        /** Processes cannot be looked for at the moment; it is tried again, and told once. */
        void blind(RuntimeException why);
    }

    private TargetJoiner(final Recorder recorder, final TargetWatch watch, final Listener listener) {
        this.recorder = recorder;
        this.watch = watch;
        this.listener = listener;
        thread.setDaemon(true);
    }

    /**
     * Begins. It is to be closed before the recorder finishes.
     *
     * @param watch what is new is what this one has not seen yet; no one else looks from now on
     */
    public static TargetJoiner start(final Recorder recorder, final TargetWatch watch, final Listener listener) {
        final TargetJoiner joiner = new TargetJoiner(recorder, watch, listener);
        joiner.thread.start();
        return joiner;
    }

    /**
     * Lets processes join, one after the other, on the caller's thread.
     *
     * @return those that may not have got that far: they share nothing of Sluice yet
     */
    public static List<Long> join(final Recorder recorder, final List<Long> pids, final Listener listener) {
        return pids.stream().filter(pid -> !join(recorder, pid, listener)).toList();
    }

    /** Returns false if the process shares nothing yet. */
    private static boolean join(final Recorder recorder, final long pid, final Listener listener) {
        try {
            listener.joined(pid, recorder.join(pid));
        } catch (final AttachException e) {
            switch (e.reason()) {
                case NO_SLUICE -> {
                    return false;
                }
                case NO_SUCH_PROCESS, NOT_ITS_OWN, GIVEN_UP -> {
                    // It was no target, or is none any more, or nobody wants it.
                    return true;
                }
                default -> listener.refused(pid, e);
            }
        } catch (final RuntimeException e) {
            listener.refused(pid, e);
        }
        return true;
    }

    private void run() {
        boolean isTold = false;
        while (!isClosed) {
            try {
                watch.look().forEach(this::joinLater);
            } catch (final AttachException e) {
                if (!isTold) {
                    isTold = true;
                    listener.blind(e);
                }
            }
            LockSupport.parkNanos(PERIOD_NS);
        }
    }

    private void joinLater(final long pid) {
        if (!isClosed && !join(recorder, pid, listener)) {
            watch.again(pid);
        }
    }

    /** Ends, after the process that is being attached to just now. Idempotent. */
    @Override
    public void close() {
        isClosed = true;
        LockSupport.unpark(thread);
        Threads.awaitEnd(thread);
    }
}
