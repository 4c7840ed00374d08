// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.ways;

import dev.sluice.bench.fire.ConsumerThread;
import dev.sluice.bench.fire.EventClock;
import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.fire.Values;
import dev.sluice.bench.foreign.SourceFile;
import dev.sluice.bpf.libbpf.BpfMap;
import dev.sluice.bpf.libbpf.BpfObject;
import dev.sluice.bpf.libbpf.BpfProgram;
import dev.sluice.os.Mappings;
import dev.sluice.ring.memory.Memory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Into BPF's own ring for events of programs, the user ring buffer (kernel/bpf/ringbuf.c), by stores to its mapped
 * pages; a thread of the same JVM has a BPF program of its own drain it, which counts events and sums their values up.
 * <p>
 * There is one producer, so an event is written before the producer's position is moved over it; libbpf's functions,
 * which mark each event as busy and take an atomic exchange to end that, would cost more.
 */
public final class UserRingPath implements FirePath {
    private static final int CAPACITY = 8 << 20;
    private static final int HEADER_LENGTH = 8;
    private static final int EVENT_LENGTH = 3 * Long.BYTES;
    private static final int RECORD_LENGTH = HEADER_LENGTH + EVENT_LENGTH;
    private static final int FIRST_OFFSET = HEADER_LENGTH + Long.BYTES;
    private static final int SECOND_OFFSET = FIRST_OFFSET + Long.BYTES;
    private static final int SUMS_LENGTH = 4 * Long.BYTES;
    private static final long PAGE = Memory.PAGE_LENGTH;
    private static final long PARK_NS = 50_000;
    private static final long TIMEOUT_S = 60;

    private BpfObject object;
    private BpfProgram drain;
    /** The kernel's position, which it alone may write. */
    private long consumer;
    /** Our position, and behind its page the ring, twice. */
    private long producer;
    private long data;
    private long position;
    private long limit = CAPACITY;
    private final ConsumerThread drainer = new ConsumerThread("user-ring-drainer", this::drain);
    private volatile boolean stopped;

    @Override
    public void open(final Path directory) throws IOException, InterruptedException {
        object = BpfObject.open("sluice_bench", SourceFile.compileBpf("user_ringbuf.bpf.c", directory));
        object.load();
        drain = object.program("handle_drain");
        final BpfMap map = object.map("events");
        consumer = map.pages(0, PAGE, false);
        producer = map.pages(PAGE, PAGE + 2L * CAPACITY, true);
        data = producer + PAGE;
        drainer.start();
    }

    private void drain() {
        boolean isLast = false;
        while (!isLast) {
            // Read before the ring: what was written before the end is drained.
            isLast = stopped;
            while (drain.run() > 0) {
                continue;
            }
            LockSupport.parkNanos(PARK_NS);
        }
    }

    @Override
    public long fire(final long a, final long b) {
        final long at = position;
        final long end = at + RECORD_LENGTH;
        while (end > limit) {
            limit = Memory.getLongAcquire(consumer) + CAPACITY;
            if (end > limit) {
                drainer.requireSound();
                Thread.yield();
            }
        }
        final long record = data + (at & CAPACITY - 1);
        Memory.putLong(record, EVENT_LENGTH);
        Memory.putLong(record + HEADER_LENGTH, EventClock.now());
        Memory.putLong(record + FIRST_OFFSET, a);
        Memory.putLong(record + SECOND_OFFSET, b);
        Memory.putLongRelease(producer, end);
        position = end;
        return a + b;
    }

    @Override
    public Stored finish(final long fired) throws InterruptedException {
        stopped = true;
        drainer.awaitEnd(TIMEOUT_S, TimeUnit.SECONDS);
        final long address = object.map(".bss").pages(0, SUMS_LENGTH, false);
        try {
            return stored(fired, Memory.getLong(address), Memory.getLong(address + Long.BYTES),
                Memory.getLong(address + 2 * Long.BYTES), Memory.getLong(address + 3 * Long.BYTES));
        } finally {
            Mappings.unmap(address, SUMS_LENGTH);
        }
    }

    /** Checks what the kernel has counted and summed up, in 64 bits, as it adds. */
    static Stored stored(final long fired, final long events, final long first, final long second,
                         final long damaged) {
        long expectedFirst = 0;
        for (long i = 0; i < Values.COUNT; i++) {
            expectedFirst += Values.first(i) * (fired / Values.COUNT + (i < fired % Values.COUNT ? 1 : 0));
        }
        // One of both factors is even.
        final long expectedSecond = fired % 2 == 0 ? fired / 2 * (fired - 1) : (fired - 1) / 2 * fired;
        if (damaged != 0 || events > fired
            || events == fired && (first != expectedFirst || second != expectedSecond)) {
            throw new IllegalStateException("the kernel has found other events than were reported: reported=" + fired
                + " found=" + events + " damaged=" + damaged + " sums=" + first + " and " + second + " expected="
                + expectedFirst + " and " + expectedSecond);
        }
        return new Stored(events, "events that the kernel summed up");
    }

    @Override
    public void close() {
        stopped = true;
        if (producer != 0) {
            Mappings.unmap(producer, PAGE + 2L * CAPACITY);
            Mappings.unmap(consumer, PAGE);
        }
        if (object != null) {
            object.close();
        }
    }
}
