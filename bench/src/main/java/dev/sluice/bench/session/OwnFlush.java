// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.session;

import dev.sluice.consumer.attach.Target;
import dev.sluice.ring.drain.BatchSink;
import dev.sluice.ring.drain.RingDrainer;
import dev.sluice.ring.packet.EventWalker;
import dev.sluice.ring.region.Slot;
import dev.sluice.usdt.StubCalls;
import java.util.concurrent.TimeUnit;

/**
 * Drains the ring of the thread that calls, at once and however little is in it, by the way in which this process
 * drains: lock, journal, header, credits, batch probe. For that thread alone.
 */
public final class OwnFlush {
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(10);

    private final Target target;
    private final long stub;
    private Slot slot;
    private RingDrainer drainer;

    OwnFlush(final Target target, final long stub) {
        this.target = target;
        this.stub = stub;
    }

    /**
     * Drains. The ring must have had an event. If the other side has no room, this waits for it.
     *
     * @throws IllegalStateException if it has none for too long
     */
    public void flush() {
        if (drainer == null) {
            find();
        }
        if (drainer.drain(slot, true) != RingDrainer.DRAINED) {
            await();
        }
    }

    private void await() {
        final long begin = System.nanoTime();
        int outcome;
        do {
            if (System.nanoTime() - begin > TIMEOUT_NS) {
                throw new IllegalStateException("the ring is not drained");
            }
            // The receiver may need this very processor.
            Thread.yield();
            outcome = drainer.drain(slot, true);
        } while (outcome != RingDrainer.DRAINED);
    }

    private void find() {
        slot = OwnRing.find(target);
        final EventWalker walker = new EventWalker(target.region().schemas());
        drainer = new RingDrainer(target.control().words(), target.id(), new Sink(stub), () -> walker, slot.tid());
    }

    private record Sink(long stub) implements BatchSink {
        @Override
        public boolean isAttached() {
            return true;
        }

        @Override
        public void drain(final long headerAddress, final long contentAddress, final int paddedLength) {
            StubCalls.drain(stub, headerAddress, contentAddress, paddedLength);
        }
    }
}
