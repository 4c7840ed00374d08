// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.session;

import dev.sluice.bench.fire.ConsumerThread;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.fire.Tally;
import dev.sluice.bpf.libbpf.RecordHandler;
import dev.sluice.bpf.trap.TrapConfig;
import dev.sluice.bpf.trap.TrapProgram;
import dev.sluice.bpf.trap.TrapRecord;
import dev.sluice.bpf.trap.UsdtProgram;
import dev.sluice.bpf.trap.UsdtSite;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A BPF program of ours at a probe with two longs or more, of this process or another: it counts, or stores each event,
 * which a thread of this process receives and checks. For one thread.
 */
public final class TrapProbe implements AutoCloseable {
    private static final long TIMEOUT_S = 10;
    private static final long PARK_NS = 50_000;
    private static final int POLL_LIMIT = 1024;
    private static final int LEAST_BYTES = 1 << 16;
    private static final int STORING_BYTES = 16 << 20;

    private final UsdtProgram counting;
    private final TrapProgram storing;
    private final Tally tally = new Tally();
    private final ConsumerThread receiver = new ConsumerThread("trap-receiver", this::receive);
    /** Of the records, without what the kernel puts before each; of the receiver until it has ended. */
    private long bytes;
    private volatile boolean stopped;

    private TrapProbe(final UsdtProgram counting, final TrapProgram storing) {
        this.counting = counting;
        this.storing = storing;
    }

    /**
     * Attaches.
     *
     * @param pid             the process
     * @param path            the file of the site
     * @param siteOffset      of the site in the file
     * @param semaphoreOffset of the semaphore in the file; 0 for none
     * @param isStoring       whether to store, and not to count
     */
    public static TrapProbe attach(final int pid, final String path, final long siteOffset, final long semaphoreOffset,
                                   final boolean isStoring) {
        if (isStoring) {
            return storing(pid, path, siteOffset, semaphoreOffset, 2);
        }
        final UsdtProgram program = UsdtProgram.load(new TrapConfig(pid, LEAST_BYTES), UsdtProgram.Mode.COUNT,
            List.of(new UsdtSite(path, siteOffset, semaphoreOffset, 0, List.of(), 0, 0)));
        program.attach();
        return new TrapProbe(program, null);
    }

    /**
     * Attaches a program that stores to a probe with so many longs, the first two of which are those of every event.
     *
     * @param arguments number of them, 2 to 6
     */
    public static TrapProbe storing(final int pid, final String path, final long siteOffset,
                                    final long semaphoreOffset, final int arguments) {
        final TrapProbe probe = new TrapProbe(null, TrapProgram.load(new TrapConfig(pid, STORING_BYTES)));
        probe.storing.attach(pid, path, siteOffset, semaphoreOffset, 0, arguments, 0);
        probe.receiver.start();
        return probe;
    }

    private void receive() {
        final TrapRecord record = new TrapRecord();
        // The handler is made once, because everything that this thread allocates would be counted for the owner.
        final RecordHandler handler = (address, length) -> {
            record.wrap(address, length);
            tally.add(record.argument(0), record.argument(1));
            bytes += length;
        };
        boolean isLast = false;
        while (!isLast) {
            // Read before the poll: what was stored before the end is received.
            isLast = stopped;
            while (storing.ringBuffer().poll(handler, POLL_LIMIT) > 0) {
                continue;
            }
            LockSupport.parkNanos(PARK_NS);
        }
    }

    /** Detaches and says what has arrived. */
    public Stored finish(final long fired) {
        if (counting != null) {
            counting.detach();
            return new Stored(counting.count(0), "hits that the program counted").withTraps(counting.count(0));
        }
        storing.detach();
        stopped = true;
        try {
            receiver.awaitEnd(TIMEOUT_S, TimeUnit.SECONDS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted before everything was received", e);
        }
        // Each event is a trap, also one for which the kernel had no room.
        return tally.stored(fired, "records that were received").withTraps(fired).inMemory(bytes);
    }

    @Override
    public void close() {
        stopped = true;
        if (counting != null) {
            counting.close();
        } else {
            storing.close();
        }
    }
}
