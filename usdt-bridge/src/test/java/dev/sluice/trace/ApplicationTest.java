// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static dev.sluice.trace.Field.int64;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.ring.control.Command;
import dev.sluice.ring.control.ControlFile;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.ring.memory.TaggedWord;
import dev.sluice.ring.region.RefusalCause;
import dev.sluice.target.ConsumerLife;
import dev.sluice.target.LocalTarget;
import dev.sluice.target.session.SessionTerms;
import dev.sluice.usdt.find.ProcessProbes;
import dev.sluice.usdt.find.UsdtProbe;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What an application does that a tracer must survive, and what a tracer must not do to it. In this very process, with
 * nobody attached to the drain probe.
 */
class ApplicationTest {
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(120);
    /** Threads that live at the same time. */
    private static final int WAVE = 64;
    private static int commands;

    private final LocalTarget target = LocalTarget.start();
    private final ControlFile control = target.memory().controlFile();
    private ConsumerLife life;

    private enum Side { BUY }

    private Tracepoint enabled(final String provider, final FullPolicy policy, final Field field) {
        return enabled(provider, policy, TimeUnit.MILLISECONDS.toNanos(5), field);
    }

    private Tracepoint enabled(final String provider, final FullPolicy policy, final long blockNs, final Field field) {
        final Tracepoint tracepoint = Provider.named(provider).tracepoint("t", field);
        Provider.named(provider).load();
        final int epoch = TaggedWord.nextEpoch(TaggedWord.epoch(control.sessionVolatile()));
        life = ConsumerLife.begin(epoch);
        assertThat(control.compareAndSetSession(control.sessionVolatile(), TaggedWord.of(epoch, 1))).isTrue();
        control.compareAndSetHeartbeat(control.heartbeatVolatile(), TaggedWord.of(epoch, System.nanoTime() / 1000));
        final Command command = new Command(epoch, Command.Kind.ENABLE, ++commands, new Command.Enable(
            Command.Source.BPF, policy, false, 1 << 20, blockNs,
            TimeUnit.SECONDS.toNanos(60), List.of(provider)).encode());
        assertThat(command.send(control)).isTrue();
        await(() -> Command.answer(control, command.word()) != null);
        assertThat(tracepoint.isEnabled()).isTrue();
        return tracepoint;
    }

    private static void await(final BooleanSupplier condition) {
        final long begin = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - begin).as("waited").isLessThan(TIMEOUT_NS);
            LockSupport.parkNanos(1_000_000);
        }
    }

    @AfterEach
    void endSession() {
        final long word = control.sessionVolatile();
        control.compareAndSetSession(word, TaggedWord.of(TaggedWord.epoch(word), 0));
        await(() -> target.session().current() == SessionTerms.NONE);
        if (life != null) {
            life.close();
        }
    }

    @Test
    void shouldKeepItsRingWhenAPoolErasesItsThreadsLocals() throws Exception {
        final Tracepoint tracepoint = enabled("pool", FullPolicy.DISCARD, int64("a"));
        final Set<Integer> slots = ConcurrentHashMap.newKeySet();
        final Set<Thread> threads = ConcurrentHashMap.newKeySet();
        // From JDK 19 on the common pool's threads forget their locals between tasks.
        for (int i = 0; i < 200; i++) {
            ForkJoinPool.commonPool().submit(() -> {
                tracepoint.fire(1);
                threads.add(Thread.currentThread());
                slots.add(target.ring().slot().index());
            }).get(120, TimeUnit.SECONDS);
        }
        assertThat(slots).hasSameSizeAs(threads);
    }

    @Test
    void shouldAllocateOnceWhenAnEventIsBegunAndNeverFired() {
        final Tracepoint tracepoint = enabled("abandoned", FullPolicy.DISCARD, int64("a"));
        tracepoint.event().put(1).fire();
        tracepoint.event();
        final long before = directBuffers();
        for (int i = 0; i < 50; i++) {
            final EventEncoder outer = tracepoint.event().put(1);
            assertThat(tracepoint.event().put(2).fire()).isTrue();
            assertThat(outer.fire()).isTrue();
        }
        assertThat(directBuffers() - before).isLessThanOrEqualTo(2);
    }

    /** A wave of threads that is not followed by others: what they had for their events goes with them. */
    @Test
    void shouldGiveThreadsBuffersBackWhenAllOfThemAreDead() throws Exception {
        final Tracepoint tracepoint = enabled("wave", FullPolicy.DISCARD, int64("a"));
        // What earlier tests have left is gone first.
        final long[] last = {-1, 0};
        await(() -> {
            System.gc();
            last[1] = directBuffers() == last[0] ? last[1] + 1 : 0;
            last[0] = directBuffers();
            return last[1] == 3;
        });
        final long before = last[0];
        final CountDownLatch haveFired = new CountDownLatch(WAVE);
        final List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < WAVE; i++) {
            final Thread thread = new Thread(() -> {
                tracepoint.event().put(1).fire();
                haveFired.countDown();
                awaitQuietly(haveFired);
            });
            thread.start();
            threads.add(thread);
        }
        assertThat(haveFired.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(directBuffers() - before).isGreaterThanOrEqualTo(WAVE);
        for (final Thread thread : threads) {
            thread.join(TimeUnit.NANOSECONDS.toMillis(TIMEOUT_NS));
        }
        threads.clear();
        await(() -> {
            System.gc();
            return directBuffers() - before < WAVE / 4;
        });
    }

    private static void awaitQuietly(final CountDownLatch latch) {
        try {
            latch.await(10, TimeUnit.SECONDS);
        } catch (final InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static long directBuffers() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct")).findFirst().orElseThrow().getCount();
    }

    @Test
    void shouldDiscardNothingWhenAnEnumIsNull() {
        final Tracepoint tracepoint = enabled("nothing", FullPolicy.DISCARD, Field.enumeration("e", Side.class));
        final long before = target.memory().refusedCount(RefusalCause.WRONG_ARGUMENTS);
        assertThat(tracepoint.event().put((Side) null).fire()).isTrue();
        assertThat(target.memory().refusedCount(RefusalCause.WRONG_ARGUMENTS)).isEqualTo(before);
    }

    @Test
    void shouldLeaveAThreadItsPermitWhenItWaitedForRoom() throws Exception {
        final Tracepoint tracepoint = enabled("permit", FullPolicy.BLOCK, int64("a"));
        final boolean[] hasReturned = new boolean[1];
        final Thread thread = new Thread(() -> {
            final long blocked = firstBlocked(tracepoint);
            LockSupport.unpark(Thread.currentThread());
            while (target.ring().slot().blockedNsAcquire() == blocked) {
                tracepoint.fire(1);
            }
            LockSupport.park();
            hasReturned[0] = true;
        });
        thread.setDaemon(true);
        thread.start();
        thread.join(TimeUnit.NANOSECONDS.toMillis(TIMEOUT_NS));
        assertThat(hasReturned[0]).isTrue();
    }

    /** Fires until its ring is full, and returns how long it has been blocked then. */
    private long firstBlocked(final Tracepoint tracepoint) {
        do {
            tracepoint.fire(1);
        } while (target.ring().slot().blockedNsAcquire() == 0);
        return target.ring().slot().blockedNsAcquire();
    }

    @Test
    void shouldLoadAndFireWhenTheThreadIsInterrupted() throws Exception {
        final Tracepoint[] loaded = new Tracepoint[1];
        final boolean[] wasInterrupted = new boolean[1];
        final Thread thread = new Thread(() -> {
            Thread.currentThread().interrupt();
            loaded[0] = enabled("interrupted", FullPolicy.DISCARD, int64("a"));
            loaded[0].fire(1);
            wasInterrupted[0] = Thread.currentThread().isInterrupted();
        });
        thread.start();
        thread.join(TimeUnit.NANOSECONDS.toMillis(TIMEOUT_NS));
        assertThat(ProcessProbes.of(ProcessHandle.current().pid())).extracting(UsdtProbe::provider)
            .contains("interrupted");
        assertThat(wasInterrupted[0]).isTrue();
    }

    /** {@code Thread.startVirtualThread}; the test is skipped where there is none. */
    private static Method startOfVirtual() throws ReflectiveOperationException {
        Method start = null;
        try {
            start = Thread.class.getMethod("startVirtualThread", Runnable.class);
            start.invoke(null, (Runnable) () -> { });
        } catch (final NoSuchMethodException e) {
            assumeTrue(false, "this JDK has no virtual threads");
        } catch (final InvocationTargetException e) {
            // JDK 19 and 20 have the method as a preview, which throws unless previews are enabled.
            assumeFalse(e.getCause() instanceof UnsupportedOperationException, "virtual threads are only a preview");
            throw e;
        }
        return start;
    }

    /**
     * Threads that are interrupted wait for room on every carrier, and nobody makes any. A thread that somebody else
     * wakes meanwhile gets a carrier, as long as they wait.
     */
    @Test
    void shouldLeaveCarriersToOthersWhenInterruptedVirtualThreadsWaitForRoom() throws Exception {
        final Method start = startOfVirtual();
        final long blockNs = TimeUnit.SECONDS.toNanos(10);
        final Tracepoint tracepoint = enabled("waiting", FullPolicy.BLOCK, blockNs, int64("a"));
        final AtomicBoolean isWoken = new AtomicBoolean();
        final CountDownLatch runs = new CountDownLatch(1);
        final Thread sleeper = (Thread) start.invoke(null, (Runnable) () -> {
            while (!isWoken.get()) {
                LockSupport.park();
            }
            runs.countDown();
        });
        final int waiting = 4 * Runtime.getRuntime().availableProcessors();
        final AtomicLongArray firesAt = new AtomicLongArray(waiting);
        final AtomicInteger interrupted = new AtomicInteger();
        final List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < waiting; i++) {
            final int index = i;
            threads.add((Thread) start.invoke(null, (Runnable) () -> {
                Thread.currentThread().interrupt();
                do {
                    firesAt.set(index, System.nanoTime());
                } while (tracepoint.fire(1));
                interrupted.addAndGet(Thread.interrupted() ? 1 : 0);
            }));
        }
        final long waitingNs = TimeUnit.MILLISECONDS.toNanos(500);
        await(() -> IntStream.range(0, waiting)
            .allMatch(i -> firesAt.get(i) != 0 && System.nanoTime() - firesAt.get(i) > waitingNs));
        isWoken.set(true);
        LockSupport.unpark(sleeper);
        assertThat(runs.await(blockNs / 2, TimeUnit.NANOSECONDS)).as("a thread that was woken has run").isTrue();
        endSession();
        for (final Thread thread : threads) {
            thread.join(TimeUnit.NANOSECONDS.toMillis(TIMEOUT_NS));
            assertThat(thread.isAlive()).isFalse();
        }
        assertThat(interrupted).hasValue(waiting);
    }
}
