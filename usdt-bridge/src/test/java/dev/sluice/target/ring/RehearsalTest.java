// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.ring;

import static dev.sluice.trace.Field.float64;
import static dev.sluice.trace.Field.int64;
import static dev.sluice.trace.Field.string;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.region.ChunkDescriptor;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import dev.sluice.target.LocalSession;
import dev.sluice.target.LocalTarget;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is tried before a session leaves nothing behind. */
@Timeout(400)
class RehearsalTest {
    @TempDir
    private Path directory;

    @Test
    void shouldLeaveTheFirstSlotAsItWasWhenASessionBegins() throws Exception {
        ChildProgram.runJava(directory, Child.class);
    }

    /**
     * Whatever is loaded or written in a first event costs its thread a millisecond or so. The JVM writes code for a
     * method handle at its 128th call, which was in the event of the third or fourth thread.
     */
    @Test
    void shouldLoadNoClassInTheFirstEventsOfThreads() throws Exception {
        final List<String> flags = new ArrayList<>(ChildProgram.launcherFlags());
        flags.addAll(List.of("-Xlog:class+load:stdout", "-Xlog:class+init=info:stdout"));
        try (ChildProgram child = ChildProgram.startJava(directory, flags, System.getProperty("java.class.path"),
            List.of(FirstEvents.class.getName()))) {
            assertThat(child.awaitExit()).as(child.toString()).isZero();
            final List<String> lines = child.output().lines().toList();
            assumeTrue(lines.stream().anyMatch(line -> line.contains(" by thread \"")),
                "this JDK does not log which thread initializes a class");
            assertThat(lines).contains("begin", "end");
            assertThat(lines.subList(lines.indexOf("begin"), lines.indexOf("end")))
                .noneMatch(line -> line.contains(" by thread \"" + FirstEvents.THREAD));
        }
    }

    /** A process whose threads fire their first events one after the other, of each kind. */
    public static final class FirstEvents {
        private static final String THREAD = "firing-";
        private static final int THREADS = 30;

        private FirstEvents() {
        }

        public static void main(final String[] arguments) throws Exception {
            final Provider provider = Provider.named("first");
            final Tracepoint numbers = provider.tracepoint("numbers", int64("a"), int64("b"));
            final Tracepoint text = provider.tracepoint("text", string("s"), int64("b"));
            final Tracepoint mixed = provider.tracepoint("mixed", int64("a"), string("s"), float64("d"));
            provider.load();
            // What the program itself needs for its calls is not what is asked here.
            fire(numbers, text, mixed);
            final List<Semaphore> turns = new ArrayList<>();
            final Semaphore done = new Semaphore(0);
            for (int i = 0; i < THREADS; i++) {
                final Semaphore turn = new Semaphore(0);
                turns.add(turn);
                final Thread thread = new Thread(() -> {
                    turn.acquireUninterruptibly();
                    fire(numbers, text, mixed);
                    done.release();
                }, THREAD + i);
                thread.setDaemon(true);
                thread.start();
            }
            try (LocalSession session = LocalSession.start(provider, FullPolicy.DISCARD, 0)) {
                System.out.println("begin");
                for (final Semaphore turn : turns) {
                    turn.release();
                    assertThat(done.tryAcquire(3, TimeUnit.MINUTES)).isTrue();
                }
                System.out.println("end");
                assertThat(session.target().memory().region().slotLimit()).isEqualTo(THREADS);
            }
        }

        private static void fire(final Tracepoint numbers, final Tracepoint text, final Tracepoint mixed) {
            numbers.fire(1, 2);
            text.fire("text", 1);
            mixed.event().put(1).put("text").put(1.5).fire();
        }
    }

    /** A process of its own: what is tried is tried at its first session only. */
    public static final class Child {
        private static final int EVENTS = 10;
        /** Header and one number. */
        private static final long EVENT_LENGTH = EventDescriptor.HEADER_LENGTH + Long.BYTES;

        private Child() {
        }

        public static void main(final String[] arguments) throws IOException {
            final Provider provider = Provider.named("rehearsed");
            final Tracepoint tracepoint = provider.tracepoint("t", int64("a"));
            try (LocalSession session = LocalSession.start(provider, FullPolicy.DISCARD, 0)) {
                final LocalTarget target = session.target();
                final Slot slot = target.memory().region().slot(0);
                final long before = slot.stateVolatile();
                assertThat(SlotDescriptor.generation(before)).as("what was tried took the slot").isOne();
                assertThat(SlotDescriptor.state(before)).isEqualTo(SlotDescriptor.STATE_FREE);
                assertThat(slot.tailAcquire()).isZero();
                assertThat(slot.headVolatile(slot.tailAcquire())).isZero();
                assertThat(slot.discardedAcquire()).isZero();
                assertThat(slot.sequenceAcquire()).isZero();
                for (int i = 0; i < EVENTS; i++) {
                    assertThat(tracepoint.fire(i)).isTrue();
                }
                assertThat(target.ring().slot().index()).isZero();
                assertThat(SlotDescriptor.generation(slot.stateVolatile())).isEqualTo(2);
                assertThat(SlotDescriptor.state(slot.stateVolatile())).isEqualTo(SlotDescriptor.STATE_ACTIVE);
                assertThat(target.ring().eventCount()).isEqualTo(EVENTS);
                // The ring has pages in its first chunk only, so that is where its events are.
                final long tail = slot.tailAcquire();
                final long begin = tail & -slot.ringLength();
                final long chunk = slot.chunkAddress(begin, slot.ringLength());
                assertThat(Memory.getLong(chunk + ChunkDescriptor.BEGIN_POSITION_OFFSET)).isEqualTo(begin);
                assertThat(Memory.getLong(chunk + ChunkDescriptor.EVENTS_BEFORE_OFFSET)).isZero();
                assertThat(tail - begin).isEqualTo(EVENTS * EVENT_LENGTH);
                assertThat(slot.discardedAcquire()).isZero();
            }
        }
    }
}
