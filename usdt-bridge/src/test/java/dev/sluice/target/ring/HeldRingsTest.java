// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.RingProducer;
import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import dev.sluice.target.pair.HeldEvents;
import dev.sluice.target.pair.HeldPair;
import dev.sluice.target.pair.HeldRole;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.agrona.UnsafeApi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** All rings of events that are held back, of which others may have the locks. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HeldRingsTest {
    private static final int RINGS = 16;
    private static final int CHUNK = 4 << 10;
    private static final long RING = 4L * CHUNK;
    /** Less than an eighth of what it would take to wait for each ring by itself. */
    private static final long ONE_WAIT_NS = TimeUnit.MILLISECONDS.toNanos(1600);

    private final HeldPair pair = new HeldPair(1, 1, false);
    private final HeldRole role = new HeldRole(pair, true, null, 0);
    private final List<Long> taken = new ArrayList<>();
    private final HeldRings rings = new HeldRings(RINGS, () -> { });

    private static final class WallClock implements Clock {
        @Override
        public long ticks() {
            return System.nanoTime();
        }

        @Override
        public int kind() {
            return KIND_NANO;
        }

        @Override
        public long frequency() {
            return TimeUnit.SECONDS.toNanos(1);
        }
    }

    private long allocate(final long lengthBytes) {
        final long address = UnsafeApi.allocateMemory(lengthBytes);
        Memory.zero(address, lengthBytes);
        taken.add(address);
        return address;
    }

    @BeforeEach
    void begin() {
        assertThat(Memory.open()).isNull();
        final List<RingProducer> made = new ArrayList<>();
        for (int i = 0; i < RINGS; i++) {
            final Slot slot = new Slot(i, allocate(SlotDescriptor.LENGTH), allocate(RING), RING, CHUNK);
            slot.identity(1, StreamClass.CARRIER, 1, 12, "test", RING, CHUNK);
            slot.putHeadWordVolatile(Slot.headWord(0, CHUNK));
            made.add(new RingProducer(slot, new DiscardingControl(), CHUNK, 0));
        }
        rings.addVirtual(made, new WallClock(), () -> false);
    }

    @AfterEach
    void free() {
        taken.forEach(UnsafeApi::freeMemory);
    }

    /** Somebody who lives and does not go on has the lock of each ring: a full stack of a debugger, or a suspension. */
    @Test
    void shouldWaitOnceForAllRingsWhenOthersHaveTheirLocks() throws Exception {
        final CountDownLatch isLocked = new CountDownLatch(1);
        final CountDownLatch mayEnd = new CountDownLatch(1);
        final Thread holder = new Thread(() -> {
            for (int i = 0; i < RINGS; i++) {
                rings.ofVirtual(i).begin(role);
            }
            isLocked.countDown();
            try {
                mayEnd.await();
            } catch (final InterruptedException e) {
                throw new IllegalStateException(e);
            }
            rings.abandon(null);
        });
        holder.start();
        isLocked.await();
        final List<Runnable> waits = List.of(() -> rings.adjust(List.of(new HeldPair(1, 2, false))), rings::pass,
            rings::forget, () -> rings.finish(HeldRings.deadlineNs()));
        for (int i = 0; i < waits.size(); i++) {
            final long begin = System.nanoTime();
            waits.get(i).run();
            assertThat(System.nanoTime() - begin).as("wait %d", i).isLessThan(ONE_WAIT_NS);
        }
        // Who sweeps inside of a fire does not wait at all.
        final long begin = System.nanoTime();
        for (int i = 0; i < RINGS; i++) {
            rings.end(i, true, begin);
        }
        assertThat(System.nanoTime() - begin).isLessThan(ONE_WAIT_NS);
        mayEnd.countDown();
        holder.join();
        final HeldEvents first = rings.ofVirtual(0);
        assertThat(first.begin(role)).as("the lock is free").isSameAs(first);
        first.abandon();
    }
}
