// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.ring;

import static dev.sluice.trace.Field.float64;
import static dev.sluice.trace.Field.int64;
import static dev.sluice.trace.Field.string;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.control.ControlFileDescriptor;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.drain.RingDrainer;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.region.ChunkDescriptor;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import dev.sluice.target.LocalSession;
import dev.sluice.target.LocalTarget;
import dev.sluice.target.memory.TargetMemory;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.trace.Provider;
import dev.sluice.trace.Sluice;
import dev.sluice.trace.TraceProvider;
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
    private static final String BEGIN = "begin";
    private static final String END = "end";

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
        final List<String> lines = lines(FirstEvents.class, flags);
        // An older JDK does not log which thread initializes a class. But owners alone need then what is written for
        // calls, and what drains, and the control thread where it comes first.
        assertThat(between(lines)).noneMatch(line -> line.contains(" by thread \"" + FirstEvents.THREAD)
            || line.contains("LambdaForm") || line.contains(RingDrainer.class.getPackageName()));
    }

    /** A place that calls a method handle is linked at its first call, and the JVM writes code for each such type. */
    @Test
    void shouldWriteNoCodeInTheFirstCallsOfTypedMethods() throws Exception {
        final List<String> flags = new ArrayList<>(ChildProgram.launcherFlags());
        flags.add("-Xlog:class+load:stdout");
        assertThat(between(lines(FirstCalls.class, flags))).noneMatch(line -> line.contains("LambdaForm"));
    }

    private List<String> lines(final Class<?> program, final List<String> flags) throws Exception {
        try (ChildProgram child = ChildProgram.startJava(directory, flags, System.getProperty("java.class.path"),
            List.of(program.getName()))) {
            assertThat(child.awaitExit()).as(child.toString()).isZero();
            return child.output().lines().toList();
        }
    }

    private static List<String> between(final List<String> lines) {
        assertThat(lines).contains(BEGIN, END);
        return lines.subList(lines.indexOf(BEGIN), lines.indexOf(END));
    }

    /** A process that calls methods of a typed interface for the first time. */
    public static final class FirstCalls {
        private FirstCalls() {
        }

        @TraceProvider("first_calls")
        interface Calls {
            boolean one(byte a, double b, String c, long d, float e);

            boolean other(double a, CharSequence b, boolean c, float d, int e);

            boolean isOneEnabled();
        }

        public static void main(final String[] arguments) throws Exception {
            final Calls calls = Sluice.provider(Calls.class);
            System.out.println(BEGIN);
            final boolean isOn = calls.isOneEnabled() || calls.one((byte) 1, 2, "c", 4, 5)
                || calls.other(1, "b", true, 4, 5);
            System.out.println(END);
            assertThat(isOn).isFalse();
            try (LocalSession session = LocalSession.enable("first_calls")) {
                assertThat(session.target().ring().eventCount()).as("what links the calls fires nothing").isZero();
                assertThat(calls.isOneEnabled()).isTrue();
                assertThat(calls.one((byte) 1, 2, "c", 4, 5)).isTrue();
                assertThat(calls.other(1, "b", true, 4, 5)).isTrue();
                assertThat(session.target().ring().eventCount()).isEqualTo(2);
            }
        }
    }

    /** A process whose threads fire their first events one after the other, of each kind. */
    public static final class FirstEvents {
        private static final String THREAD = "firing-";
        private static final int THREADS = 30;
        private static final int MORE_THAN_A_CHUNK = 3_000;

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
                    for (int k = 0; k < MORE_THAN_A_CHUNK; k++) {
                        numbers.fire(1, 2);
                    }
                    done.release();
                    // It lives on, because a dead thread's slot would go to the next one.
                    turn.acquireUninterruptibly();
                }, THREAD + i);
                thread.setDaemon(true);
                thread.start();
            }
            try (LocalSession session = LocalSession.start(provider, FullPolicy.DISCARD, 0)) {
                attach(session.target().memory().controlFile());
                System.out.println(BEGIN);
                for (final Semaphore turn : turns) {
                    turn.release();
                    assertThat(done.tryAcquire(3, TimeUnit.MINUTES)).isTrue();
                }
                System.out.println(END);
                final TargetMemory memory = session.target().memory();
                assertThat(memory.region().slotLimit()).isEqualTo(THREADS);
                assertThat(memory.region().slot(0).sequenceAcquire()).as("batches").isPositive();
                for (final RefusalCause cause : RefusalCause.values()) {
                    assertThat(memory.refusedCount(cause)).as("refused: %s", cause).isZero();
                }
            }
        }

        /** As if a consumer had attached to the batch probe, which does nothing else: owners drain from now on. */
        private static void attach(final ControlFile control) {
            final int epoch = TaggedWord.epoch(control.sessionVolatile());
            for (int i = 0; i < THREADS; i++) {
                control.compareAndSetReceived(i, control.receivedVolatile(i), TaggedWord.of(epoch, 0));
            }
            control.compareAndSetCreditsConsumed(control.creditsConsumedVolatile(), TaggedWord.of(epoch, 0));
            Memory.putInt(Memory.getLong(control.address() + ControlFileDescriptor.DRAIN_WORD_OFFSET), 1);
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
