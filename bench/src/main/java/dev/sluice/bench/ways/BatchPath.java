// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.ways;

import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.session.BpfReceiver;
import dev.sluice.bench.session.OwnFlush;
import java.nio.file.Path;

/**
 * Into the ring, drained by its owner after so many events, received by a thread that stores nothing. An event has
 * {@value #PAYLOAD}: with its time stamp that is {@value #LENGTH} bytes, of which a chunk of a power of two holds a
 * power of two. So a batch of {@value #LEAST_BY_CHUNK} events or more is a chunk, drained as in production when the
 * next event finds it full; a shorter one is drained from here, as the control thread drains a slow ring.
 */
public final class BatchPath implements FirePath {
    /** The event. */
    public static final String PAYLOAD = "longs-3";
    /** Bytes of the event in the ring. */
    public static final int LENGTH = 32;
    /** Events of the shortest chunk. */
    public static final int LEAST_BY_CHUNK = 128;

    private final SizedEvent event = new SizedEvent(PAYLOAD);
    private final int flushAfter;
    private BpfReceiver receiver;
    private OwnFlush flush;
    private int left;

    /** Batches of so many events. If they are of a chunk, its JVM must have the property that says so. */
    public BatchPath(final String events) {
        final int count = Integer.parseInt(events);
        flushAfter = count < LEAST_BY_CHUNK ? count : Integer.MAX_VALUE;
        left = flushAfter;
    }

    @Override
    public void open(final Path directory) {
        event.load();
        receiver = BpfReceiver.checking(SizedEvent.PATTERN, event);
        flush = receiver.ownFlush();
    }

    @Override
    public long fire(final long a, final long b) {
        final boolean isFired = event.fire(a, b);
        if (--left == 0) {
            left = flushAfter;
            flush.flush();
        }
        return isFired ? a : a + b;
    }

    @Override
    public Stored finish(final long fired) {
        receiver.finish();
        return receiver.stored();
    }

    @Override
    public void close() {
        if (receiver != null) {
            receiver.close();
        }
    }
}
