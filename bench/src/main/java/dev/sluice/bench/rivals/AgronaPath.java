// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.rivals;

import dev.sluice.bench.fire.ConsumerThread;
import dev.sluice.bench.fire.EventClock;
import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.fire.Tally;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.MessageHandler;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.ringbuffer.RingBuffer;
import org.agrona.concurrent.ringbuffer.RingBufferDescriptor;

/** A message for each event in Agrona's ring buffer of many producers; a thread takes each out. Nothing is stored. */
public final class AgronaPath implements FirePath {
    private static final int CAPACITY = 8 << 20;
    private static final int LENGTH = 3 * Long.BYTES;
    private static final int TYPE = 1;
    private static final int LIMIT = 1 << 16;
    private static final long PARK_NS = 50_000;
    private static final long TIMEOUT_S = 60;

    private final RingBuffer ring = new ManyToOneRingBuffer(
        new UnsafeBuffer(ByteBuffer.allocateDirect(CAPACITY + RingBufferDescriptor.TRAILER_LENGTH)));
    private final AtomicBuffer buffer = ring.buffer();
    private final Tally tally = new Tally();
    private final ConsumerThread consumer = new ConsumerThread("agrona-consumer", this::consume);
    private final MessageHandler handler;
    private volatile boolean stopped;

    /** Whose consumer checks and counts each message. */
    public AgronaPath() {
        handler = (type, from, index, length) ->
            tally.add(from.getLong(index + Long.BYTES), from.getLong(index + 2 * Long.BYTES));
    }

    /** One whose consumer does something else with each message. */
    AgronaPath(final MessageHandler handler) {
        this.handler = handler;
    }

    @Override
    public void open(final Path directory) {
        consumer.start();
    }

    private void consume() {
        boolean isLast = false;
        while (!isLast) {
            // Read before the messages: what was sent before the end is taken out.
            isLast = stopped;
            while (ring.read(handler, LIMIT) > 0) {
                continue;
            }
            LockSupport.parkNanos(PARK_NS);
        }
    }

    @Override
    public long fire(final long a, final long b) {
        int index = ring.tryClaim(TYPE, LENGTH);
        while (index < 0) {
            consumer.requireSound();
            Thread.yield();
            index = ring.tryClaim(TYPE, LENGTH);
        }
        buffer.putLong(index, EventClock.now());
        buffer.putLong(index + Long.BYTES, a);
        buffer.putLong(index + 2 * Long.BYTES, b);
        ring.commit(index);
        return a + b;
    }

    @Override
    public Stored finish(final long fired) throws InterruptedException {
        stopped = true;
        consumer.awaitEnd(TIMEOUT_S, TimeUnit.SECONDS);
        return tally.stored(fired, "messages that the consumer took").inMemory(ring.consumerPosition());
    }
}
