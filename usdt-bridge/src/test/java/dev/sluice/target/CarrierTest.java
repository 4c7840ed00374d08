// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target;

import static dev.sluice.trace.Field.int64;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import dev.sluice.target.memory.TargetMemory;
import dev.sluice.target.ring.Rings;
import dev.sluice.target.session.SessionTerms;
import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/**
 * Virtual threads on carriers of the test's own, which says where each runs next. Up to JDK 25, whose constructor of
 * such threads it knows.
 */
@EnabledForJreRange(min = JRE.JAVA_21, max = JRE.JAVA_25)
class CarrierTest {
    private static final Provider PROVIDER = Provider.named("carrier");
    private static final Tracepoint TRACEPOINT = PROVIDER.tracepoint("t", int64("n"));
    private static final long BLOCK_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private final List<ExecutorService> carriers = new ArrayList<>();
    /** Where what is to run next runs. */
    private final AtomicReference<Executor> next = new AtomicReference<>();

    /** Where one event lies, and whose it says it is. */
    private record Place(int slot, StreamClass streamClass, long threadId, long value) {
    }

    @BeforeEach
    void startCarriers() {
        for (int i = 0; i < 2; i++) {
            final int number = i;
            carriers.add(Executors.newSingleThreadExecutor(task -> new Thread(task, "carrier-" + number)));
        }
        next.set(carriers.get(0));
    }

    @AfterEach
    void endCarriers() throws InterruptedException {
        for (final ExecutorService carrier : carriers) {
            carrier.shutdown();
            assertThat(carrier.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    private Thread start(final Runnable body) throws ReflectiveOperationException {
        final Constructor<?> constructor = Class.forName("java.lang.VirtualThread")
            .getDeclaredConstructor(Executor.class, String.class, int.class, Runnable.class);
        constructor.setAccessible(true);
        final Thread thread =
            (Thread) constructor.newInstance((Executor) task -> next.get().execute(task), "moving", 0, body);
        thread.start();
        return thread;
    }

    private static Place fire(final long value) {
        final Slot slot = LocalTarget.start().ring().slot();
        assertThat(TRACEPOINT.fire(value)).isTrue();
        final boolean isOfCarrier = slot.streamClass() == StreamClass.CARRIER;
        final int length = isOfCarrier ? 24 : 16;
        final long address = slot.ringAddress() + (slot.tailAcquire() - length & slot.ringLength() - 1);
        return new Place(slot.index(), slot.streamClass(),
            isOfCarrier ? Memory.getLong(address + EventDescriptor.HEADER_LENGTH) : 0,
            Memory.getLong(address + length - Long.BYTES));
    }

    @Test
    void shouldUseTheRingOfTheCarrierWhenAThreadIsMoved() throws Exception {
        try (LocalSession session = LocalSession.start(PROVIDER, FullPolicy.DISCARD, 0)) {
            final List<Place> places = new ArrayList<>();
            final long[] ids = new long[2];
            for (int i = 0; i < 2; i++) {
                final int number = i;
                next.set(carriers.get(0));
                LocalSession.join(start(() -> {
                    ids[number] = Thread.currentThread().getId();
                    places.add(fire(10 + number));
                    next.set(carriers.get(1));
                    Thread.yield();
                    places.add(fire(20 + number));
                    next.set(carriers.get(0));
                    Thread.yield();
                    places.add(fire(30 + number));
                }));
            }
            final int first = places.get(0).slot();
            final int second = places.get(1).slot();
            assertThat(first).isNotEqualTo(second);
            final List<Place> expected = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                expected.add(new Place(first, StreamClass.CARRIER, ids[i], 10 + i));
                expected.add(new Place(second, StreamClass.CARRIER, ids[i], 20 + i));
                expected.add(new Place(first, StreamClass.CARRIER, ids[i], 30 + i));
            }
            assertThat(places).isEqualTo(expected);
            assertThat(session.target().memory().region().slot(first).name()).isEqualTo("carrier-0");
        }
    }

    @Test
    void shouldHaveARingOfItsOwnWhenTheCarrierFiresItself() throws Exception {
        try (LocalSession session = LocalSession.start(PROVIDER, FullPolicy.DISCARD, 0)) {
            final List<Place> places = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                LocalSession.join(start(() -> places.add(fire(1))));
                places.add(carriers.get(0).submit(() -> fire(2)).get(120, TimeUnit.SECONDS));
            }
            assertThat(places.get(1).streamClass()).isEqualTo(StreamClass.PLATFORM);
            assertThat(places.get(1)).isEqualTo(places.get(3));
            assertThat(places.get(0).slot()).isNotEqualTo(places.get(1).slot()).isEqualTo(places.get(2).slot());
            assertThat(session.target().session().current()).isNotSameAs(SessionTerms.NONE);
        }
    }

    @Test
    void shouldFreeTheRingWhenTheCarrierEndsAndItsEventsAreDrained() throws Exception {
        try (LocalSession session = LocalSession.start(PROVIDER, FullPolicy.DISCARD, 0)) {
            final List<Place> places = new ArrayList<>();
            LocalSession.join(start(() -> places.add(fire(1))));
            final Slot slot = session.target().memory().region().slot(places.get(0).slot());
            final int generation = SlotDescriptor.generation(slot.stateVolatile());
            assertThat(SlotDescriptor.state(slot.stateVolatile())).isEqualTo(SlotDescriptor.STATE_ACTIVE);
            endCarriers();
            LocalSession.await(() -> SlotDescriptor.state(slot.stateVolatile()) == SlotDescriptor.STATE_ORPHANED);
            // As a drainer would have moved it.
            slot.putHeadWordVolatile(Slot.headWord(1, slot.tailAcquire()));
            LocalSession.await(() -> SlotDescriptor.generation(slot.stateVolatile()) != generation
                || SlotDescriptor.state(slot.stateVolatile()) == SlotDescriptor.STATE_FREE);
        }
    }

    @Test
    void shouldLeaveItsCarrierToOthersWhenItWaitsForRoom() throws Exception {
        try (LocalSession session = LocalSession.start(PROVIDER, FullPolicy.BLOCK, TimeUnit.SECONDS.toNanos(10))) {
            final AtomicReference<Slot> slot = new AtomicReference<>();
            final AtomicBoolean isOver = new AtomicBoolean();
            final Thread blocked = start(() -> {
                slot.set(session.target().ring().slot());
                while (!isOver.get()) {
                    TRACEPOINT.fire(1);
                }
            });
            LocalSession.await(() -> slot.get() != null && isNearlyFull(slot.get()));
            // Only one that runs on the same carrier ends the wait.
            LocalSession.join(start(() -> {
                isOver.set(true);
                slot.get().putHeadWordVolatile(Slot.headWord(1, slot.get().tailAcquire()));
            }));
            LocalSession.join(blocked);
            assertThat(slot.get().discardedAcquire()).isZero();
            assertThat(slot.get().blockedNsAcquire()).isPositive();
        }
    }

    @Test
    void shouldDiscardAndCountWhenThereIsNoRoomWithinTheTimeout() throws Exception {
        try (LocalSession session = LocalSession.start(PROVIDER, FullPolicy.BLOCK, BLOCK_NS)) {
            final AtomicReference<Slot> slot = new AtomicReference<>();
            LocalSession.join(start(() -> {
                slot.set(session.target().ring().slot());
                while (slot.get().discardedAcquire() == 0) {
                    TRACEPOINT.fire(1);
                }
            }));
            assertThat(slot.get().discardedAcquire()).isEqualTo(1);
            assertThat(slot.get().blockedNsAcquire()).isGreaterThanOrEqualTo(BLOCK_NS);
        }
    }

    private static boolean isNearlyFull(final Slot slot) {
        return slot.ringLength() + slot.headVolatile(slot.tailAcquire()) - slot.tailAcquire()
            <= slot.chunkLength() / 16;
    }

    @Test
    void shouldGoOnElsewhereWhenItIsMovedWhileItWaitsForRoom() throws Exception {
        try (LocalSession session = LocalSession.start(PROVIDER, FullPolicy.BLOCK, TimeUnit.SECONDS.toNanos(10))) {
            final AtomicReference<Slot> slot = new AtomicReference<>();
            final List<Place> places = new ArrayList<>();
            final long[] ids = new long[1];
            final Thread thread = start(() -> {
                ids[0] = Thread.currentThread().getId();
                slot.set(session.target().ring().slot());
                long last = 0;
                // Nothing moves it but a fire that waits.
                while (session.target().ring().slot() == slot.get()) {
                    TRACEPOINT.fire(last++);
                }
                places.add(fire(last));
            });
            LocalSession.await(() -> slot.get() != null && isNearlyFull(slot.get()));
            next.set(carriers.get(1));
            LocalSession.join(thread);
            assertThat(places).hasSize(1);
            assertThat(places.get(0).slot()).isNotEqualTo(slot.get().index());
            assertThat(places.get(0).threadId()).isEqualTo(ids[0]);
            assertThat(slot.get().discardedAcquire()).isZero();
            assertThat(session.target().memory().region().slot(places.get(0).slot()).name()).isEqualTo("carrier-1");
        }
    }

    @Test
    void shouldCountOnceWhenItIsMovedToACarrierThatGetsNoRing() throws Exception {
        try (LocalSession session = LocalSession.start(PROVIDER, FullPolicy.BLOCK, TimeUnit.SECONDS.toNanos(10))) {
            final TargetMemory memory = session.target().memory();
            final long refused = memory.refusedCount(RefusalCause.NO_MEMORY);
            final AtomicReference<Slot> slot = new AtomicReference<>();
            final Thread thread = start(() -> {
                slot.set(session.target().ring().slot());
                while (memory.refusedCount(RefusalCause.NO_MEMORY) == refused) {
                    TRACEPOINT.fire(1);
                }
            });
            LocalSession.await(() -> slot.get() != null && isNearlyFull(slot.get()));
            refuseRings(session.target(), System.nanoTime() + TimeUnit.MINUTES.toNanos(1));
            try {
                next.set(carriers.get(1));
                LocalSession.join(thread);
            } finally {
                refuseRings(session.target(), 0);
            }
            assertThat(memory.refusedCount(RefusalCause.NO_MEMORY)).isEqualTo(refused + 1);
            assertThat(slot.get().discardedAcquire()).isZero();
        }
    }

    /** As after an attempt that found no memory. */
    private static void refuseRings(final LocalTarget target, final long untilNs) throws ReflectiveOperationException {
        final Field rings = LocalTarget.class.getDeclaredField("rings");
        rings.setAccessible(true);
        final Field until = Rings.class.getDeclaredField("noMemoryUntilNs");
        until.setAccessible(true);
        until.setLong(rings.get(target), untilNs);
    }
}
