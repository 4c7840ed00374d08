// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.rivals;

import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.ExceptionHandler;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.SleepingWaitStrategy;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.ProducerType;
import dev.sluice.bench.fire.EventClock;
import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.fire.Tally;
import dev.sluice.bench.measure.Allocation;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A slot of a Disruptor with one producer for each event; a thread takes each out. Nothing is stored. */
public final class DisruptorPath implements FirePath {
    private static final int CAPACITY = 1 << 18;
    private static final long TIMEOUT_S = 60;
    private static final long PARK_NS = 50_000;

    private final Tally tally = new Tally();
    private final EventHandler<Slot> handler;
    private Disruptor<Slot> disruptor;
    private RingBuffer<Slot> ring;
    /** Of a slot, with its place in the ring. */
    private double slotBytes;
    private volatile Throwable failure;

    /** What a slot holds. */
    static final class Slot {
        private long time;
        private long a;
        private long b;
    }

    /** Whose consumer checks and counts each slot. */
    public DisruptorPath() {
        handler = (slot, sequence, isBatchEnd) -> tally.add(slot.a, slot.b);
    }

    /** One whose consumer does something else with each slot. */
    DisruptorPath(final EventHandler<Slot> handler) {
        this.handler = handler;
    }

    /** Keeps the first error; the consumer goes on with the next slot. */
    private final class Failing implements ExceptionHandler<Slot> {
        @Override
        public void handleEventException(final Throwable error, final long sequence, final Slot slot) {
            keep(error);
        }

        @Override
        public void handleOnStartException(final Throwable error) {
            keep(error);
        }

        @Override
        public void handleOnShutdownException(final Throwable error) {
            keep(error);
        }

        private void keep(final Throwable error) {
            failure = failure == null ? error : failure;
        }
    }

    @Override
    public void open(final Path directory) {
        // The first one loads classes, which is not to be counted as slots.
        create(1);
        final long before = Allocation.ofThisThread();
        disruptor = create(CAPACITY);
        slotBytes = (double) (Allocation.ofThisThread() - before) / CAPACITY;
        // By default the consumer would end at an error, and whoever waits for room wait for ever.
        disruptor.setDefaultExceptionHandler(new Failing());
        disruptor.handleEventsWith(handler);
        ring = disruptor.start();
    }

    private static Disruptor<Slot> create(final int capacity) {
        return new Disruptor<>(Slot::new, capacity, task -> {
            final Thread thread = new Thread(task, "disruptor-consumer");
            thread.setDaemon(true);
            return thread;
        }, ProducerType.SINGLE, new SleepingWaitStrategy());
    }

    @Override
    public long fire(final long a, final long b) {
        final long sequence = ring.next();
        final Slot slot = ring.get(sequence);
        slot.time = EventClock.now();
        slot.a = a;
        slot.b = b;
        ring.publish(sequence);
        return a + b;
    }

    @Override
    public Stored finish(final long fired) {
        // Its shutdown would wait for a consumer that runs, but not for one that does not yet, or not any more.
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_S);
        while (disruptor.getSequenceValueFor(handler) < ring.getCursor()) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("the consumer does not take everything");
            }
            LockSupport.parkNanos(PARK_NS);
        }
        disruptor.halt();
        if (failure != null) {
            throw new IllegalStateException("the consumer has failed: " + failure, failure);
        }
        final Stored stored = tally.stored(fired, "slots that the consumer took");
        return stored.inMemory(Math.round(stored.events() * slotBytes));
    }
}
