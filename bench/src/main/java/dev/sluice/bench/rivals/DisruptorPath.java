// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.rivals;

import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.SleepingWaitStrategy;
import com.lmax.disruptor.TimeoutException;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.ProducerType;
import dev.sluice.bench.fire.EventClock;
import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.fire.Tally;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A slot of a Disruptor with one producer for each event; a thread takes each out. Nothing is stored. */
public final class DisruptorPath implements FirePath {
    private static final int CAPACITY = 1 << 18;
    private static final long TIMEOUT_S = 60;

    private final Tally tally = new Tally();
    private Disruptor<Slot> disruptor;
    private RingBuffer<Slot> ring;

    /** What a slot holds. */
    static final class Slot {
        private long time;
        private long a;
        private long b;
    }

    @Override
    public void open(final Path directory) {
        disruptor = new Disruptor<>(Slot::new, CAPACITY, task -> {
            final Thread thread = new Thread(task, "disruptor-consumer");
            thread.setDaemon(true);
            return thread;
        }, ProducerType.SINGLE, new SleepingWaitStrategy());
        disruptor.handleEventsWith((slot, sequence, isBatchEnd) -> tally.add(slot.a, slot.b));
        ring = disruptor.start();
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
        try {
            // It waits until the consumer's sequence is the producer's, which is published after the last event.
            disruptor.shutdown(TIMEOUT_S, TimeUnit.SECONDS);
        } catch (final TimeoutException e) {
            throw new IllegalStateException("the consumer does not take everything", e);
        }
        return tally.stored(fired, "slots that the consumer took");
    }
}
