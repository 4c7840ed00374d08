// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.pair;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.RingProducer;
import dev.sluice.ring.clock.Clock;
import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.packet.StreamClass;
import dev.sluice.ring.region.Slot;
import dev.sluice.ring.region.SlotDescriptor;
import dev.sluice.target.filter.FilterClass;
import dev.sluice.target.ring.DiscardingControl;
import java.lang.ref.WeakReference;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.agrona.UnsafeApi;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is written of events that are held back, into a ring in plain memory that nobody drains, by a clock of ours. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HeldEventsTest {
    private static final int CHUNK = 64 << 10;
    private static final long RING = 1L << 20;
    private static final long LEAST = 100;
    private static final int NESTED_BEGIN = 1;
    private static final int NESTED_END = 2;
    private static final int KEYED_BEGIN = 3;
    private static final int KEYED_END = 4;
    private static final int TEXT_BEGIN = 5;
    private static final int TEXT_END = 6;
    private static final int HANDLER_FRAMES = 4;
    private static final List<FieldSchema> WORD = List.of(new FieldSchema("key", FieldType.INT64));
    private static final List<FieldSchema> TEXT =
        List.of(new FieldSchema("key", FieldType.STRING), new FieldSchema("n", FieldType.INT8));

    private final HeldRole[] roles = new HeldRole[TEXT_END + 1];
    private final TestClock clock = new TestClock();
    private final AtomicInteger refused = new AtomicInteger();
    private long slotAddress;
    private long ringAddress;
    private Slot slot;
    private HeldEvents held;

    private static final class TestClock implements Clock {
        private long now = 1000;
        private Runnable nested = () -> { };

        @Override
        public long ticks() {
            nested.run();
            return now;
        }

        @Override
        public int kind() {
            return KIND_NANO;
        }

        @Override
        public long frequency() {
            // No slack for the control thread: less than one tick.
            return 999;
        }
    }

    /** An event as it was fired, or as it is in the ring. */
    private record Event(long ticks, int id, long key) {
    }

    @BeforeAll
    static void open() {
        assertThat(Memory.open()).isNull();
    }

    @BeforeEach
    void begin() {
        begin(RING, StreamClass.PLATFORM);
    }

    private void begin(final long ringLength, final StreamClass streamClass) {
        free();
        slotAddress = UnsafeApi.allocateMemory(SlotDescriptor.LENGTH);
        Memory.zero(slotAddress, SlotDescriptor.LENGTH);
        ringAddress = UnsafeApi.allocateMemory(ringLength);
        Memory.zero(ringAddress, ringLength);
        slot = new Slot(0, slotAddress, ringAddress, ringLength, CHUNK);
        slot.identity(4711, streamClass, 1, 12, "test", ringLength, CHUNK);
        slot.putHeadWordVolatile(Slot.headWord(0, CHUNK));
        final RingProducer ring = new RingProducer(slot, new DiscardingControl(), CHUNK, 0);
        held = new HeldEvents(null, ring, streamClass == StreamClass.CARRIER, clock, () -> false,
            refused::incrementAndGet);
        setRoles(LEAST, false);
    }

    private void setRoles(final long least, final boolean isLenient) {
        final HeldPair nested = new HeldPair(1, least, isLenient);
        final HeldPair keyed = new HeldPair(2, least, isLenient);
        final HeldPair text = new HeldPair(3, least, isLenient);
        roles[NESTED_BEGIN] = new HeldRole(nested, true, null, 0);
        roles[NESTED_END] = new HeldRole(nested, false, null, 0);
        roles[KEYED_BEGIN] = new HeldRole(keyed, true, FilterClass.key(WORD, List.of(0)), 1);
        roles[KEYED_END] = new HeldRole(keyed, false, FilterClass.key(WORD, List.of(0)), 1);
        roles[TEXT_BEGIN] = new HeldRole(text, true, FilterClass.key(TEXT, List.of(0)), 1);
        roles[TEXT_END] = new HeldRole(text, false, FilterClass.key(TEXT, List.of(0)), 1);
    }

    @AfterEach
    void free() {
        if (slotAddress != 0) {
            UnsafeApi.freeMemory(slotAddress);
            UnsafeApi.freeMemory(ringAddress);
            slotAddress = 0;
        }
    }

    private static String text(final long key) {
        return "x".repeat((int) (key % 23)) + key;
    }

    private boolean fire(final int id, final long key) {
        held.begin(roles[id]);
        if (id < TEXT_BEGIN) {
            final long address = held.claim(16);
            assertThat(address).isNotZero();
            Memory.putLong(address + 8, key);
            return held.commit(id, 16);
        }
        final byte[] bytes = text(key).getBytes(StandardCharsets.UTF_8);
        final int length = 8 + 2 + bytes.length + 1;
        final long address = held.claim(EventDescriptor.align(length));
        assertThat(address).isNotZero();
        Memory.putShort(address + 8, (short) bytes.length);
        Memory.putBytes(address + 10, bytes, 0, bytes.length);
        Memory.putByte(address + 10 + bytes.length, (byte) key);
        return held.commit(id, length);
    }

    /** What lies in the ring, in its order. */
    private List<Event> written() {
        final List<Event> events = new ArrayList<>();
        final long tail = slot.tailAcquire();
        for (long at = CHUNK; at < tail;) {
            final long header = Memory.getLong(ringAddress + at % slot.ringLength());
            final int id = EventDescriptor.id(header);
            if (id == 0 || id > TEXT_END) {
                // The rest of a chunk.
                at = (at / CHUNK + 1) * CHUNK;
                continue;
            }
            final int context = slot.streamClass().contextLength();
            if (context > 0) {
                assertThat(Memory.getLong(ringAddress + at % slot.ringLength() + 8)).isEqualTo(threadId());
            }
            at += context;
            final long address = ringAddress + at % slot.ringLength();
            if (id < TEXT_BEGIN) {
                events.add(new Event(EventDescriptor.ticks48(header), id, Memory.getLong(address + 8)));
                at += 16;
            } else {
                final int length = Memory.getShort(address + 8);
                final String text = new String(Memory.getBytes(address + 10, length), StandardCharsets.UTF_8);
                events.add(new Event(EventDescriptor.ticks48(header), id,
                    Long.parseLong(text.replace("x", ""))));
                at += EventDescriptor.align(8 + 2 + length + 1);
            }
        }
        return events;
    }

    @SuppressWarnings("deprecation")
    private static long threadId() {
        return Thread.currentThread().getId();
    }

    private boolean fireAt(final long ticks, final int id, final long key) {
        clock.now = ticks;
        return fire(id, key);
    }

    @Test
    void shouldWriteBothEventsWhenAPairLastsLongEnough() {
        assertThat(fireAt(1000, NESTED_BEGIN, 7)).isFalse();
        assertThat(written()).isEmpty();
        assertThat(fireAt(1100, NESTED_END, 8)).isTrue();
        assertThat(written()).containsExactly(new Event(1000, NESTED_BEGIN, 7), new Event(1100, NESTED_END, 8));
        assertThat(fireAt(1200, NESTED_BEGIN, 9)).isFalse();
        assertThat(fireAt(1299, NESTED_END, 10)).isFalse();
        assertThat(written()).hasSize(2);
    }

    @Test
    void shouldWriteWhatEnclosesALongPairBeforeIt() {
        fireAt(1000, NESTED_BEGIN, 1);
        fireAt(1010, NESTED_BEGIN, 2);
        assertThat(fireAt(1020, NESTED_END, 2)).isFalse();
        fireAt(1030, NESTED_BEGIN, 3);
        assertThat(fireAt(1130, NESTED_END, 3)).isTrue();
        assertThat(written()).containsExactly(new Event(1000, NESTED_BEGIN, 1), new Event(1030, NESTED_BEGIN, 3),
            new Event(1130, NESTED_END, 3));
        assertThat(fireAt(1140, NESTED_END, 1)).isTrue();
        assertThat(fireAt(1150, NESTED_END, 1)).as("an end without a begin").isFalse();
        assertThat(written()).hasSize(4);
    }

    @Test
    void shouldKeepTheOrderOfTimeWhenPairsOverlap() {
        fireAt(1000, KEYED_BEGIN, 1);
        fireAt(1050, KEYED_BEGIN, 2);
        // It is to be written, and has to wait: what begins before may still end in time.
        assertThat(fireAt(1110, KEYED_END, 1)).isTrue();
        assertThat(written()).containsExactly(new Event(1000, KEYED_BEGIN, 1));
        assertThat(fireAt(1120, KEYED_END, 2)).isFalse();
        assertThat(written()).containsExactly(new Event(1000, KEYED_BEGIN, 1), new Event(1110, KEYED_END, 1));
        fireAt(1200, KEYED_BEGIN, 3);
        fireAt(1250, KEYED_BEGIN, 4);
        assertThat(fireAt(1310, KEYED_END, 3)).isTrue();
        // The control thread looks, when nothing happens any more.
        clock.now = 1349;
        held.tend();
        assertThat(written()).hasSize(3);
        clock.now = 1350;
        held.tend();
        assertThat(written()).hasSize(5).endsWith(new Event(1250, KEYED_BEGIN, 4), new Event(1310, KEYED_END, 3));
        assertThat(fireAt(1351, KEYED_END, 4)).isTrue();
        assertThat(written()).hasSize(6);
    }

    @Test
    void shouldWriteEndsWithoutABeginWhenTheirBeginsMayBeRecorded() {
        setRoles(LEAST, true);
        assertThat(fireAt(1000, KEYED_END, 1)).isTrue();
        assertThat(written()).containsExactly(new Event(1000, KEYED_END, 1));
    }

    @Test
    void shouldWriteWhatIsLeftWhenItIsPassedOrFinished() {
        fireAt(1000, KEYED_BEGIN, 1);
        clock.now = 1050;
        held.pass(System.nanoTime());
        assertThat(written()).containsExactly(new Event(1000, KEYED_BEGIN, 1));
        fireAt(1060, KEYED_BEGIN, 2);
        fireAt(1120, KEYED_BEGIN, 3);
        clock.now = 1160;
        held.finish(System.nanoTime());
        assertThat(written()).containsExactly(new Event(1000, KEYED_BEGIN, 1), new Event(1060, KEYED_BEGIN, 2));
        assertThat(fireAt(1500, KEYED_END, 2)).as("begun before the end").isFalse();
        fireAt(1600, KEYED_BEGIN, 4);
        held.forget(System.nanoTime());
        assertThat(fireAt(1900, KEYED_END, 4)).isFalse();
        assertThat(written()).hasSize(2);
    }

    @Test
    void shouldDecideByTheNewDurationWhenItChanges() {
        fireAt(1000, NESTED_BEGIN, 1);
        held.adjust(List.of(new HeldPair(1, 50, false), new HeldPair(2, 1, false)), System.nanoTime());
        clock.now = 1049;
        held.tend();
        assertThat(written()).isEmpty();
        assertThat(fireAt(1050, NESTED_END, 1)).isTrue();
        assertThat(written()).hasSize(2);
    }

    @Test
    void shouldWriteTheOldestBeginsAndTheirEndsWhenThereAreTooMany() {
        final int many = 5000;
        for (int i = 0; i < many; i++) {
            clock.now = 1000;
            fire(TEXT_BEGIN, i);
        }
        final int forced = written().size();
        assertThat(forced).isEqualTo(many - 4096);
        int ends = 0;
        for (int i = 0; i < many; i++) {
            ends += fire(TEXT_END, i) ? 1 : 0;
        }
        assertThat(ends).isEqualTo(forced);
        // What the first events are is known: they were the oldest.
        assertThat(written()).hasSize(2 * forced).startsWith(new Event(1000, TEXT_BEGIN, 0))
            .endsWith(new Event(1000, TEXT_END, forced - 1));
    }

    @Test
    void shouldLetOthersFireWhenOneThatSharesItHasFailed() throws Exception {
        begin(RING, StreamClass.CARRIER);
        clock.nested = () -> {
            clock.nested = () -> { };
            assertThat(held.begin(roles[KEYED_BEGIN])).as("nested").isSameAs(HeldEvents.NONE);
            held.abandon();
            clock.nested = () -> { };
        };
        fireAt(1000, KEYED_BEGIN, 0);
        assertThat(HeldEvents.NONE.claim(16)).isZero();
        held.begin(roles[KEYED_BEGIN]);
        held.claim(16);
        assertThat(held.begin(roles[KEYED_BEGIN])).as("left behind by an error").isSameAs(held);
        held.claim(16);
        held.abandon();
        assertThat(held.commit(KEYED_BEGIN, 16)).as("refused").isTrue();
        assertThat(refused).hasValue(1);
        final Thread other = new Thread(() -> {
            fireAt(1000, KEYED_BEGIN, 1);
            held.abandon();
        });
        other.start();
        other.join(60_000);
        assertThat(other.isAlive()).isFalse();
        // It is another thread's.
        assertThat(fireAt(1200, KEYED_END, 1)).isFalse();
        assertThat(Memory.getLong(slotAddress + SlotDescriptor.DISCARDED_OFFSET)).isEqualTo(1);
    }

    /** Takes the shared lock on another thread, which keeps it until it may go on. */
    private Thread lockElsewhere(final CountDownLatch mayEnd, final boolean isReleased) throws Exception {
        final CountDownLatch isLocked = new CountDownLatch(1);
        final Thread holder = new Thread(() -> {
            held.begin(roles[KEYED_BEGIN]);
            isLocked.countDown();
            try {
                mayEnd.await();
            } catch (final InterruptedException e) {
                throw new IllegalStateException(e);
            }
            if (isReleased) {
                held.abandon();
            }
        });
        holder.start();
        isLocked.await();
        return holder;
    }

    @Test
    void shouldLeaveTheApplicationItsPermitWhenItWaitsForAnother() throws Exception {
        begin(RING, StreamClass.CARRIER);
        final CountDownLatch mayEnd = new CountDownLatch(1);
        final Thread holder = lockElsewhere(mayEnd, true);
        final Thread waiting = new Thread(() -> {
            LockSupport.unpark(Thread.currentThread());
            fire(KEYED_BEGIN, 1);
            LockSupport.park();
        });
        waiting.start();
        while (waiting.getState() != Thread.State.TIMED_WAITING && waiting.isAlive()) {
            Thread.onSpinWait();
        }
        mayEnd.countDown();
        holder.join();
        waiting.join(20_000);
        final boolean isParked = waiting.isAlive();
        LockSupport.unpark(waiting);
        waiting.join();
        assertThat(isParked).isFalse();
    }

    @Test
    void shouldRefuseTheEventWhenAnotherHasTheLockForTooLongAndTakeItOverFromTheDead() throws Exception {
        begin(RING, StreamClass.CARRIER);
        final CountDownLatch mayEnd = new CountDownLatch(1);
        final Thread holder = lockElsewhere(mayEnd, false);
        assertThat(held.begin(roles[KEYED_BEGIN])).isSameAs(HeldEvents.NONE);
        assertThat(refused).hasValue(1);
        mayEnd.countDown();
        holder.join();
        assertThat(fireAt(1000, KEYED_BEGIN, 1)).isFalse();
        assertThat(fireAt(1200, KEYED_END, 1)).isTrue();
        assertThat(refused).hasValue(1);
        assertThat(written()).hasSize(2);
        lockElsewhere(mayEnd, false).join();
        clock.now = 1300;
        held.finish(System.nanoTime() + 10_000_000_000L);
        assertThat(fireAt(1400, KEYED_END, 1)).isFalse();
        assertThat(refused).hasValue(1);
    }

    @Test
    void shouldLetTheHolderRunWhenInterruptedVirtualThreadsWaitForIt() throws Exception {
        final Method start;
        try {
            start = Thread.class.getMethod("startVirtualThread", Runnable.class);
        } catch (final NoSuchMethodException e) {
            return;
        }
        begin(RING, StreamClass.CARRIER);
        final CountDownLatch isLocked = new CountDownLatch(1);
        final List<Thread> threads = new ArrayList<>();
        final AtomicInteger begun = new AtomicInteger();
        final int waiting = 4 * Runtime.getRuntime().availableProcessors();
        threads.add((Thread) start.invoke(null, (Runnable) () -> {
            held.begin(roles[KEYED_BEGIN]);
            isLocked.countDown();
            // All carriers are taken by then, unless those who wait let others run.
            LockSupport.parkNanos(50_000_000);
            held.claim(16);
            held.commit(KEYED_BEGIN, 16);
        }));
        isLocked.await();
        for (int i = 0; i < waiting; i++) {
            threads.add((Thread) start.invoke(null, (Runnable) () -> {
                Thread.currentThread().interrupt();
                begun.addAndGet(fire(KEYED_BEGIN, 1) || !Thread.interrupted() ? 0 : 1);
            }));
        }
        for (final Thread thread : threads) {
            thread.join();
        }
        assertThat(refused).hasValue(0);
        assertThat(begun).hasValue(waiting);
    }

    /** Runs something with a full stack, and then with a little more room each time, up to so many frames. */
    private static int fill(final int frames, final Runnable action) {
        int above = 0;
        try {
            above = fill(frames, action) + 1;
        } catch (final StackOverflowError e) {
            // There is no room for another frame.
            above = 0;
        }
        if (above <= frames) {
            try {
                action.run();
            } catch (final StackOverflowError e) {
                // As the fire of an application does that has no room to handle it either.
                return above;
            }
        }
        return above;
    }

    private static HeldLock lock(final HeldEvents of) {
        try {
            final Field lock = HeldEvents.class.getDeclaredField("lock");
            lock.setAccessible(true);
            return (HeldLock) lock.get(of);
        } catch (final ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Abandons as LiveTarget does, which takes some frames, and so may fail. */
    private void abandon(final int frames) {
        if (frames > 0) {
            abandon(frames - 1);
        } else {
            held.abandon();
        }
    }

    /** An error that ends a fire where the stack is full must not keep others from the lock, whatever was done. */
    @ParameterizedTest
    @EnumSource(names = {"PLATFORM", "CARRIER"})
    void shouldLeaveNoLockBehindWhenTheStackIsFull(final StreamClass streamClass) throws Exception {
        begin(RING, streamClass);
        // What is done for the first time needs more stack.
        for (int i = 0; i < 2000; i++) {
            fireAt(1000 + i, KEYED_BEGIN, i);
            fireAt(1000 + i, KEYED_END, i);
        }
        final AtomicInteger failed = new AtomicInteger();
        final AtomicInteger fired = new AtomicInteger();
        final AtomicInteger left = new AtomicInteger();
        final HeldLock lock = lock(held);
        final Thread thread = new Thread(null, () -> fill(300, () -> {
            try {
                held.begin(roles[KEYED_BEGIN]);
                Memory.putLong(held.claim(16) + 8, 1);
                held.commit(KEYED_BEGIN, 16);
                fired.setPlain(fired.getPlain() + 1);
            } catch (final StackOverflowError e) {
                failed.setPlain(failed.getPlain() + 1);
                abandon(HANDLER_FRAMES);
            } finally {
                left.setPlain(left.getPlain() + (lock.state == HeldLock.FREE ? 0 : 1));
            }
        }), "full", 512 << 10);
        thread.start();
        thread.join(60_000);
        assertThat(thread.isAlive()).isFalse();
        assertThat(failed.get()).isPositive();
        assertThat(fired.get()).isPositive();
        assertThat(left.get()).as("%s failed, %s fired", failed, fired).isZero();
        assertThat(lock.state).isEqualTo(HeldLock.FREE);
    }

    private WeakReference<Object> weakly(final String field) throws ReflectiveOperationException {
        final Field of = HeldEvents.class.getDeclaredField(field);
        of.setAccessible(true);
        final Object value = of.get(held);
        assertThat(value).as(field).isNotNull();
        return new WeakReference<>(value);
    }

    /** What a recording has made threads hold back, and the room for it, goes when it ends, and not with the thread. */
    @Test
    void shouldLeaveNothingToTheHeapWhenTheRecordingHasEnded() throws Exception {
        for (int i = 0; i < 3000; i++) {
            fireAt(1000, KEYED_BEGIN, i);
        }
        for (int i = 0; i < 1000; i++) {
            fireAt(1001, KEYED_END, i);
        }
        final List<WeakReference<Object>> made = List.of(weakly("first"), weakly("last"), weakly("lastOpen"),
            weakly("free"), weakly("buckets"));
        clock.now = 1002;
        held.finish(System.nanoTime() + 10_000_000_000L);
        for (int i = 0; i < 100 && made.stream().anyMatch(each -> each.get() != null); i++) {
            System.gc();
            LockSupport.parkNanos(1_000_000);
        }
        assertThat(made).allMatch(each -> each.get() == null);
        assertThat(written()).isEmpty();
        // The next recording begins anew.
        fireAt(2000, KEYED_BEGIN, 7);
        assertThat(fireAt(2100, KEYED_END, 7)).isTrue();
        assertThat(written()).hasSize(2);
    }

    @Test
    void shouldLimitWhatWaitsWhenEventsAreSmall() {
        setRoles(LEAST, true);
        clock.now = 1000;
        fire(KEYED_BEGIN, 0);
        final int ends = 20_000;
        for (int i = 1; i <= ends; i++) {
            assertThat(fire(KEYED_END, i)).isTrue();
        }
        // A MiB of events of 17 words or more.
        assertThat(written().size()).isGreaterThan(ends - (1 << 17) / 17);
    }

    @Test
    void shouldCountWhatFindsNoRoom() {
        begin(4 * CHUNK, StreamClass.PLATFORM);
        final int pairs = 20_000;
        int fired = 0;
        for (int i = 0; i < pairs; i++) {
            clock.now += 1000;
            fired += fire(NESTED_BEGIN, i) ? 1 : 0;
            clock.now += 1000;
            fired += fire(NESTED_END, i) ? 1 : 0;
        }
        assertThat(fired).as("ends").isEqualTo(pairs);
        final long discarded = Memory.getLong(slotAddress + SlotDescriptor.DISCARDED_OFFSET);
        assertThat(written().size() + discarded).isEqualTo(2L * pairs);
        assertThat(discarded).isPositive();
    }

    /** What must be written, found in another way: by looking at each pair for itself. */
    private static final class Model {
        private final Map<String, Deque<Event>> begun = new HashMap<>();
        private final List<Event> written = new ArrayList<>();

        void begin(final Event event, final boolean isNested) {
            final Deque<Event> others = begun.computeIfAbsent(name(event, isNested), unused -> new ArrayDeque<>());
            if (!isNested && !others.isEmpty()) {
                decide(others.pop(), event.ticks);
            }
            others.push(event);
        }

        boolean end(final Event event, final boolean isNested) {
            final Deque<Event> others = begun.get(name(event, isNested));
            if (others == null || others.isEmpty()) {
                return false;
            }
            final boolean isLong = decide(others.pop(), event.ticks);
            if (isLong) {
                written.add(event);
            }
            return isLong;
        }

        private static String name(final Event event, final boolean isNested) {
            return (event.id + 1) / 2 + (isNested ? "" : "/" + event.key);
        }

        private boolean decide(final Event begin, final long now) {
            if (now - begin.ticks >= LEAST) {
                written.add(begin);
            }
            return now - begin.ticks >= LEAST;
        }

        List<Event> finish(final long now) {
            begun.values().forEach(others -> others.forEach(begin -> decide(begin, now)));
            written.sort(Comparator.comparingLong(Event::ticks));
            return written;
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"PLATFORM", "CARRIER"})
    void shouldWriteExactlyTheLongPairsWhateverIsFired(final StreamClass streamClass) {
        final long seed = Long.getLong("sluice.seed", System.nanoTime());
        System.out.println("HeldEventsTest: seed=" + seed);
        final Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            begin(RING, streamClass);
            final Model model = new Model();
            final int keys = 1 + random.nextInt(40);
            final int pace = 1 + random.nextInt(60);
            for (int i = 0; i < 400; i++) {
                // No two events have the same time, so that their order is known.
                clock.now += 1 + random.nextInt(pace);
                final int id = 1 + random.nextInt(TEXT_END);
                final Event event = new Event(clock.now, id, random.nextInt(keys));
                final boolean isNested = id <= NESTED_END;
                if ((id & 1) == 1) {
                    model.begin(event, isNested);
                    assertThat(fire(id, event.key)).isFalse();
                } else {
                    assertThat(fire(id, event.key)).as("seed=%d round=%d %s", seed, round, event)
                        .isEqualTo(model.end(event, isNested));
                }
                if (random.nextInt(10) == 0) {
                    held.tend();
                }
            }
            held.finish(System.nanoTime());
            assertThat(written()).as("seed=%d round=%d", seed, round).isEqualTo(model.finish(clock.now));
        }
    }
}
