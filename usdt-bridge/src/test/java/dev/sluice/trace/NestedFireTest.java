// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static dev.sluice.trace.Field.float64;
import static dev.sluice.trace.Field.int64;
import static dev.sluice.trace.Field.string;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.SchemaCodec;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.ring.region.Slot;
import dev.sluice.target.LocalSession;
import dev.sluice.target.LocalTarget;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

/**
 * Events that are fired while another one is put together, by platform and by virtual threads, and events that no chunk
 * can hold. In this very process, with nobody attached to the drain probe.
 */
class NestedFireTest {
    private static final int DEPTH = 3;
    private static final Provider PROVIDER = Provider.named("nested");
    private static final Tracepoint INNER = PROVIDER.tracepoint("inner", int64("n"));
    private static final Tracepoint OUTER = PROVIDER.tracepoint("outer", string("s"), int64("n"), float64("d"));
    private static final Tracepoint LARGE = PROVIDER.tracepoint("large", strings());

    private LocalSession session;
    private LocalTarget target;

    /** One event as it lies in the ring. */
    private record Event(String name, long context, String fields) {
    }

    /** What a thread fired, and where. */
    private static final class Fired {
        private Slot slot;
        private long begin;
        private long end;
        private long threadId;
        private Throwable failure;
    }

    private static Field[] strings() {
        final Field[] fields = new Field[17];
        for (int i = 0; i < fields.length; i++) {
            fields[i] = string("s" + i);
        }
        return fields;
    }

    @BeforeEach
    void startSession() {
        session = LocalSession.start(PROVIDER, FullPolicy.DISCARD, 0);
        target = session.target();
    }

    @AfterEach
    void endSession() {
        session.close();
    }

    private static Thread startVirtual(final Runnable body) {
        try {
            // Compiled for Java 17, which does not know the method.
            return (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, body);
        } catch (final ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Thread startPlatform(final Runnable body) {
        final Thread thread = new Thread(body);
        thread.start();
        return thread;
    }

    /** Runs it in a thread; what it fires must lie in one chunk, so it is run again if it met the end of one. */
    private Fired run(final Function<Runnable, Thread> starter, final Runnable body) throws InterruptedException {
        Fired fired;
        do {
            final Fired now = new Fired();
            final Thread thread = starter.apply(() -> {
                try {
                    now.threadId = Thread.currentThread().getId();
                    INNER.fire(-1);
                    now.slot = target.ring().slot();
                    now.begin = now.slot.tailAcquire();
                    body.run();
                    now.end = now.slot.tailAcquire();
                } catch (final Throwable e) {
                    now.failure = e;
                }
            });
            LocalSession.join(thread);
            assertThat(now.failure).isNull();
            fired = now;
        } while (fired.begin / fired.slot.chunkLength() != (fired.end - 1) / fired.slot.chunkLength());
        return fired;
    }

    private List<Event> events(final Fired fired) {
        final Map<Integer, String> names = SchemaCodec.decode(target.memory().region().schemaLog()).stream()
            .collect(Collectors.toMap(EventSchema::id, EventSchema::tracepoint));
        final StreamClass streamClass = fired.slot.streamClass();
        final int context = streamClass.contextLength();
        final List<Event> events = new ArrayList<>();
        for (long at = fired.begin; at < fired.end;) {
            final long address = fired.slot.ringAddress() + (at & fired.slot.ringLength() - 1);
            final int length = target.events().walker().lengthOf(address, fired.end - at, streamClass);
            assertThat(length).isPositive();
            final String name = names.get(EventDescriptor.id(Memory.getLong(address)));
            final long body = address + EventDescriptor.HEADER_LENGTH + context;
            events.add(new Event(name, context == 0 ? 0 : Memory.getLong(address + EventDescriptor.HEADER_LENGTH),
                name.equals("inner") ? Long.toString(Memory.getLong(body)) : outer(body)));
            at += EventDescriptor.align(length);
        }
        return events;
    }

    private static String outer(final long body) {
        final int length = Short.toUnsignedInt(Memory.getShort(body));
        final long rest = body + Short.BYTES + length;
        return new String(Memory.getBytes(body + Short.BYTES, length)) + ' ' + Memory.getLong(rest) + ' '
            + Double.longBitsToDouble(Memory.getLong(rest + Long.BYTES));
    }

    /** The text of an argument, that fires for itself, and so on. */
    private static String firing(final int depth) {
        if (depth > 0) {
            INNER.fire(depth);
            OUTER.event().put(firing(depth - 1)).put(depth).put(depth / 2.0).fire();
        }
        return "depth " + depth;
    }

    private static List<Event> expected(final long context) {
        return List.of(new Event("inner", context, "3"), new Event("inner", context, "2"),
            new Event("inner", context, "1"), new Event("outer", context, "depth 0 1 0.5"),
            new Event("outer", context, "depth 1 2 1.0"), new Event("outer", context, "depth 2 3 1.5"));
    }

    @Test
    void shouldStoreBothWhenAnArgumentFires() throws InterruptedException {
        assertThat(events(run(NestedFireTest::startPlatform, () -> firing(DEPTH)))).isEqualTo(expected(0));
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21)
    void shouldStoreBothWithTheirThreadWhenAnArgumentFiresInAVirtualThread() throws InterruptedException {
        final Fired fired = run(NestedFireTest::startVirtual, () -> firing(DEPTH));
        assertThat(fired.slot.streamClass()).isEqualTo(StreamClass.CARRIER);
        assertThat(events(fired)).isEqualTo(expected(fired.threadId));
    }

    @Test
    @EnabledForJreRange(min = JRE.JAVA_21)
    void shouldStoreEveryTextWhenVirtualThreadsChangeCarriersWhilePuttingEventsTogether() throws InterruptedException {
        final long buffers = directBuffers();
        final List<String> wrong = new ArrayList<>();
        for (int round = 0; round < 20; round++) {
            final List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                final int number = i;
                threads.add(startVirtual(() -> {
                    final EventEncoder event = OUTER.event();
                    Thread.yield();
                    event.put("text " + number);
                    LockSupport.parkNanos(1);
                    if (!event.put(number).put(0.5).fire()) {
                        synchronized (wrong) {
                            wrong.add("event " + number);
                        }
                    }
                }));
            }
            for (final Thread thread : threads) {
                LocalSession.join(thread);
            }
        }
        assertThat(wrong).isEmpty();
        System.gc();
        LocalSession.await(() -> directBuffers() - buffers <= 16L * 2 * Runtime.getRuntime().availableProcessors());
    }

    private static long directBuffers() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct")).findFirst().orElseThrow().getCount();
    }

    @Test
    void shouldDiscardAndCountWhenAnEventIsLargerThanAChunk() throws InterruptedException {
        final int chunk = target.memory().region().chunkLength();
        final int limit = target.stringLimit();
        assertThat(chunk).isEqualTo(16 * limit);
        final String text = "x".repeat(limit);
        final long[] discarded = new long[1];
        final Fired fired = run(NestedFireTest::startPlatform, () -> {
            discarded[0] = target.ring().slot().discardedAcquire();
            // As long as a chunk, but for its header: 17 lengths, 15 texts and what is left for the 16th.
            final EventEncoder event = LARGE.event();
            for (int i = 0; i < 15; i++) {
                event.put(text);
            }
            assertThat(event.put(text.substring(17 * Short.BYTES)).put("").fire()).isTrue();
            INNER.fire(7);
        });
        assertThat(fired.slot.discardedAcquire()).isEqualTo(discarded[0] + 1);
        assertThat(events(fired)).isEqualTo(List.of(new Event("inner", 0, "7")));
        // Longer than anything that an encoder takes.
        final long refused = target.memory().refusedCount(RefusalCause.WRONG_ARGUMENTS);
        final EventEncoder event = LARGE.event();
        for (int i = 0; i < 17; i++) {
            event.put(text);
        }
        assertThat(event.fire()).isTrue();
        assertThat(target.memory().refusedCount(RefusalCause.WRONG_ARGUMENTS)).isEqualTo(refused + 1);
    }
}
