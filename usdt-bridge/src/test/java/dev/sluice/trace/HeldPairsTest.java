// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static dev.sluice.trace.Field.bool;
import static dev.sluice.trace.Field.float64;
import static dev.sluice.trace.Field.int32;
import static dev.sluice.trace.Field.int64;
import static dev.sluice.trace.Field.int8;
import static dev.sluice.trace.Field.string;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.control.Command;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.region.Region;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import dev.sluice.target.LocalSession;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Events of pairs of which a session wants only those that last long enough, on every way to fire one. Each test has a
 * thread, and so rings, of its own: nobody drains them.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HeldPairsTest {
    private enum Side { BUY, SELL }

    @TraceProvider("held_typed")
    private interface Typed {
        boolean queryBegin(byte i8, long id, CharSequence sql, Side side, double price, byte[] raw, ByteBuffer more,
                           boolean last);

        boolean queryEnd(long id, String result);

        boolean other(long id);
    }

    @TraceProvider("held_later")
    private interface Later {
        boolean opBegin(long id);

        boolean opEnd(long id);
    }

    @SuppressWarnings("deprecation")
    private static long threadId() {
        return Thread.currentThread().getId();
    }

    /** The thread's ring for events that are held back; null if it has none. */
    private static Slot heldSlot(final LocalSession session, final long threadId, final int other) throws IOException {
        final Region region = session.target().memory().region();
        for (int i = 0; i < region.slotLimit(); i++) {
            final Slot slot = region.slot(i);
            final int state = SlotDescriptor.state(slot.stateVolatile());
            if (i != other && slot.javaThreadId() == threadId && (state == SlotDescriptor.STATE_ACTIVE
                || state == SlotDescriptor.STATE_ORPHANED)) {
                return slot;
            }
        }
        return null;
    }

    private static Slot heldSlot(final LocalSession session) throws IOException {
        return heldSlot(session, threadId(), session.target().ring().slot().index());
    }

    private static byte[] bytes(final Slot slot, final long begin, final int length) {
        return Memory.getBytes(slot.ringAddress() + (begin & slot.ringLength() - 1) + Long.BYTES, length - Long.BYTES);
    }

    private interface Fire {
        boolean fire();
    }

    /** Fires an event that is not held back; its bytes behind the header word. */
    private static byte[] plain(final LocalSession session, final Fire event) {
        final long before = session.tail();
        assertThat(event.fire()).isTrue();
        return session.newest((int) (session.tail() - before));
    }

    /** Checks that both events of a pair come to the other ring, with the same bytes as without being held back. */
    private static void assertPair(final String provider, final Fire begin, final Fire end) throws IOException {
        final byte[] plainBegin;
        final byte[] plainEnd;
        try (LocalSession session = LocalSession.enable(provider)) {
            // A ring's first event is where its first chunk begins.
            plain(session, begin);
            plainBegin = plain(session, begin);
            plainEnd = plain(session, end);
        }
        try (LocalSession session = LocalSession.enable(provider + ":* >=1ns")) {
            final long tail = session.tail();
            assertThat(begin.fire()).as("it is held back").isFalse();
            assertThat(end.fire()).isTrue();
            final Slot slot = heldSlot(session);
            assertThat(slot).isNotNull();
            final long before = slot.tailAcquire();
            assertThat(begin.fire()).as("it is held back").isFalse();
            assertThat(slot.tailAcquire()).isEqualTo(before);
            assertThat(end.fire()).isTrue();
            assertThat(session.tail()).isEqualTo(tail);
            final int beginLength = plainBegin.length + Long.BYTES;
            final int endLength = plainEnd.length + Long.BYTES;
            assertThat(slot.tailAcquire() - before).isEqualTo(beginLength + endLength);
            assertThat(bytes(slot, before, beginLength)).isEqualTo(plainBegin);
            assertThat(bytes(slot, before + beginLength, endLength)).isEqualTo(plainEnd);
            assertThat(session.select(provider + ":* >=24h").result()).isEqualTo(Command.Result.OK);
            assertThat(begin.fire()).isFalse();
            assertThat(end.fire()).isFalse();
            assertThat(slot.tailAcquire() - before).isEqualTo(beginLength + endLength);
            assertThat(session.tail()).isEqualTo(tail);
        }
    }

    @Test
    void shouldWriteBothEventsWhenFiredTypedAndFieldByField() throws Exception {
        final Typed typed = Sluice.provider(Typed.class);
        final Tracepoint begin = Provider.named("held_typed").find("queryBegin");
        final Tracepoint end = Provider.named("held_typed").find("queryEnd");
        final byte[] raw = {1, 2, 3};
        assertPair("held_typed", () -> typed.queryBegin((byte) -3, 7, new StringBuilder("select grüße"), Side.SELL,
            1.5, raw, ByteBuffer.wrap(raw), true), () -> typed.queryEnd(7, "ok"));
        assertPair("held_typed", () -> typed.queryBegin((byte) 0, 7, null, null, 1.5, null, null, false),
            () -> typed.queryEnd(7, null));
        assertPair("held_typed", () -> begin.event().put(-3).put(7).put("x".repeat(4000)).put(Side.BUY).put(2.0)
            .put(raw).put(ByteBuffer.wrap(raw)).put(true).fire(), () -> end.event().put(7).put("").fire());
    }

    @Test
    void shouldWriteBothEventsWhenFiredByName() throws Exception {
        final Provider provider = Provider.named("held_words");
        final Tracepoint begin = provider.tracepoint("op_begin", int64("a"), int64("b"));
        final Tracepoint end = provider.tracepoint("op_end", int8("a"), bool("b"), int32("c"));
        final Provider texts = Provider.named("held_texts");
        final Tracepoint textBegin = texts.tracepoint("op_begin", string("s"), int8("a"), int32("b"));
        final Tracepoint textEnd = texts.tracepoint("op_end", float64("d"), string("s"));
        provider.load();
        texts.load();
        assertPair("held_words", () -> begin.fire(1, 2), () -> end.fire(300, 1, -1));
        assertPair("held_texts", () -> textBegin.fire("grüße", 1, -2),
            () -> textEnd.event().put(1.5).put("x").fire());
    }

    @Test
    void shouldFilterFirstAndLeaveOtherEventsAlone() throws Exception {
        final Typed typed = Sluice.provider(Typed.class);
        try (LocalSession session = LocalSession.enable("held_typed:queryBegin[id > 10] >=1ns",
            "held_typed:queryEnd >=1ns", "held_typed:other >=1ns")) {
            assertThat(typed.other(1)).isTrue();
            assertThat(typed.queryBegin((byte) 0, 10, "", Side.BUY, 0, null, null, true)).isFalse();
            assertThat(typed.queryEnd(10, "")).as("the end of what the filter refused").isFalse();
            assertThat(typed.queryBegin((byte) 0, 11, "", Side.BUY, 0, null, null, true)).isFalse();
            assertThat(typed.queryEnd(11, "")).isTrue();
            assertThat(heldSlot(session).tailAcquire()).isPositive();
        }
        assertThat(typed.queryEnd(11, "")).isFalse();
    }

    @Test
    void shouldTellPairsApartByTheirKeys() throws Exception {
        final Typed typed = Sluice.provider(Typed.class);
        try (LocalSession session =
                 LocalSession.enable("held_typed >=1ns{held_typed:queryBegin,held_typed:queryEnd,id,thread}")) {
            assertThat(typed.queryBegin((byte) 0, 1, "", Side.BUY, 0, null, null, true)).isFalse();
            assertThat(typed.queryEnd(2, "")).isFalse();
            assertThat(typed.queryEnd(1, "")).isTrue();
            assertThat(typed.queryEnd(1, "")).isFalse();
            assertThat(session.select("held_typed >=24h{held_typed:queryBegin,held_typed:queryEnd,sql=result,thread}")
                .result()).isEqualTo(Command.Result.OK);
            assertThat(typed.queryBegin((byte) 0, 1, "a", Side.BUY, 0, null, null, true)).isFalse();
            assertThat(typed.queryEnd(1, "a")).isFalse();
        }
    }

    @Test
    void shouldLoseNoPairWhenTheSelectionChanges() throws Exception {
        final Later later = Sluice.provider(Later.class);
        try (LocalSession session = LocalSession.enable("held_later")) {
            assertThat(later.opBegin(1)).isTrue();
            session.select("held_later >=24h");
            // Its begin is recorded.
            assertThat(later.opEnd(1)).isTrue();
            assertThat(later.opBegin(2)).isFalse();
            final Slot slot = heldSlot(session);
            final long before = slot.tailAcquire();
            session.select("held_later");
            assertThat(slot.tailAcquire()).as("its end is recorded from now on").isEqualTo(before + 16);
            assertThat(later.opEnd(2)).isTrue();
            session.select("held_later >=24h");
            assertThat(later.opBegin(3)).isFalse();
            assertThat(later.opEnd(3)).isFalse();
            session.select("held_later >=1ns");
            assertThat(later.opBegin(4)).isFalse();
            assertThat(later.opEnd(4)).isTrue();
        }
    }

    @Test
    void shouldWriteABeginThatHasLastedLongEnoughWhenNothingFollows() throws Exception {
        final Later later = Sluice.provider(Later.class);
        try (LocalSession session = LocalSession.enable("held_later >=20ms")) {
            assertThat(later.opEnd(9)).isFalse();
            final Slot slot = heldSlot(session);
            final long before = slot.tailAcquire();
            assertThat(later.opBegin(1)).isFalse();
            LocalSession.await(() -> slot.tailAcquire() > before);
            assertThat(later.opEnd(1)).isTrue();
            // What a thread that has ended had begun is not over before it is swept. Who is swept within 20 ms has left
            // nothing that is wanted.
            boolean isWritten = false;
            for (int i = 0; i < 5 && !isWritten; i++) {
                isWritten = isWrittenAfterDeath(session, later);
            }
            assertThat(isWritten).isTrue();
        }
    }

    private static boolean isWrittenAfterDeath(final LocalSession session, final Later later) throws Exception {
        final AtomicLong id = new AtomicLong();
        final AtomicLong tail = new AtomicLong();
        final AtomicReference<Slot> slot = new AtomicReference<>();
        final Thread thread = new Thread(() -> {
            id.set(threadId());
            later.opEnd(9);
            try {
                slot.set(heldSlot(session));
            } catch (final IOException e) {
                throw new IllegalStateException(e);
            }
            tail.set(slot.get().tailAcquire());
            later.opBegin(5);
        });
        thread.start();
        LocalSession.join(thread);
        LocalSession.await(() -> isSwept(session, id.get()));
        return slot.get().tailAcquire() > tail.get();
    }

    @Test
    void shouldRecordTheEndWhenTheKeysChangeMeanwhile() throws Exception {
        final Later later = Sluice.provider(Later.class);
        try (LocalSession session =
                 LocalSession.enable("held_later >=24h{held_later:opBegin,held_later:opEnd,id,thread}")) {
            assertThat(later.opBegin(1)).isFalse();
            final Slot slot = heldSlot(session);
            final long before = slot.tailAcquire();
            session.select("held_later >=24h{held_later:opBegin,held_later:opEnd,thread}");
            assertThat(slot.tailAcquire()).as("its begin is written").isGreaterThan(before);
            assertThat(later.opEnd(1)).isTrue();
        }
    }

    /** A virtual thread that has been started, or null where there are none. */
    private static Thread virtual(final Runnable run) {
        try {
            return (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, run);
        } catch (final ReflectiveOperationException e) {
            return null;
        }
    }

    @Test
    void shouldHoldBackForEachVirtualThread() throws Exception {
        final Later later = Sluice.provider(Later.class);
        final AtomicLong fired = new AtomicLong();
        final AtomicLong problems = new AtomicLong();
        try (LocalSession session = LocalSession.enable("held_later >=24h")) {
            for (final long wanted : new long[] {0, 1}) {
                final List<Thread> threads = new ArrayList<>();
                for (int i = 0; i < 200; i++) {
                    final int id = i;
                    threads.add(virtual(() -> {
                        problems.addAndGet(later.opBegin(id) ? 1 : 0);
                        Thread.yield();
                        problems.addAndGet(later.opBegin(id) ? 1 : 0);
                        Thread.yield();
                        fired.addAndGet(later.opEnd(id) ? 1 : 0);
                        fired.addAndGet(later.opEnd(id) ? 1 : 0);
                        // There are no more begins of this thread.
                        problems.addAndGet(later.opEnd(id) ? 1 : 0);
                    }));
                    if (threads.get(0) == null) {
                        return;
                    }
                }
                for (final Thread thread : threads) {
                    LocalSession.join(thread);
                }
                assertThat(fired.get()).isEqualTo(400 * wanted);
                assertThat(session.select("held_later >=1ns").result()).isEqualTo(Command.Result.OK);
            }
            assertThat(problems.get()).isZero();
        }
    }

    private static boolean isSwept(final LocalSession session, final long threadId) {
        try {
            final Region region = session.target().memory().region();
            for (int i = 0; i < region.slotLimit(); i++) {
                if (region.slot(i).javaThreadId() == threadId
                    && SlotDescriptor.state(region.slot(i).stateVolatile()) == SlotDescriptor.STATE_ACTIVE) {
                    return false;
                }
            }
            return true;
        } catch (final IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldRefuseManyShortPairsWithoutARing() throws Exception {
        final Later later = Sluice.provider(Later.class);
        try (LocalSession session = LocalSession.enable("held_later >=24h")) {
            for (int i = 0; i < 200_000; i++) {
                assertThat(later.opBegin(i) || later.opEnd(i)).isFalse();
            }
            final Slot slot = heldSlot(session);
            assertThat(Memory.getLong(slot.address() + SlotDescriptor.DISCARDED_OFFSET)).isZero();
            assertThat(slot.tailAcquire()).as("nothing was ever written").isZero();
        }
    }
}
