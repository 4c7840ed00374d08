// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The arguments' way into a stub is checked by calling code that stores what it was given. */
class StubCallsTest {
    private static final long FIRST = 0x1122334455667700L;
    /** It takes a tenth of a second where a processor is free. */
    private static final long COMPILED_WITHIN_NS = TimeUnit.SECONDS.toNanos(60);
    /** Less than one object in a hundred calls. */
    private static final long FEW_BYTES = 1_000;

    private final RecordingStub six = new RecordingStub(6);
    private final RecordingStub twelve = new RecordingStub(12);

    @Test
    void shouldBeAvailableOnThisMachine() {
        assertThat(StubCalls.reason()).isEmpty();
        assertThat(StubCalls.available()).isTrue();
    }

    @Test
    void shouldPassEveryArgumentWhenCalledWithUpToSix() {
        final long stub = six.address();
        StubCalls.trap0(stub);
        StubCalls.trap1(stub, arg(0));
        assertSeen(six, 1);
        StubCalls.trap2(stub, arg(0), arg(1));
        assertSeen(six, 2);
        StubCalls.trap3(stub, arg(0), arg(1), arg(2));
        assertSeen(six, 3);
        StubCalls.trap4(stub, arg(0), arg(1), arg(2), arg(3));
        assertSeen(six, 4);
        StubCalls.trap5(stub, arg(0), arg(1), arg(2), arg(3), arg(4));
        assertSeen(six, 5);
        StubCalls.trap6(stub, arg(0), arg(1), arg(2), arg(3), arg(4), arg(5));
        assertSeen(six, 6);
        six.forgetArguments();
        StubCalls.drain(stub, arg(0), arg(1), arg(2));
        assertSeen(six, 3);
        assertThat(six.calls()).isEqualTo(8);
    }

    @Test
    void shouldPassSixOnTheStackWhenCalledWithTwelve() {
        final long stub = twelve.address();
        for (int i = 0; i < 20_000; i++) {
            twelve.forgetArguments();
            StubCalls.trap12(stub, arg(0), arg(1), arg(2), arg(3), arg(4), arg(5), arg(6), arg(7), arg(8), arg(9),
                arg(10), arg(11));
            assertSeen(twelve, 12);
        }
    }

    @Test
    void shouldAllocateNothingWhenCompiled() {
        final LoadedStubs stubs = StubLoader.load("alloc",
            List.of(new StubProbe("probe", Collections.nCopies(2, ArgumentType.INT64))));
        assertThat(stubs.hasStubs()).as(stubs.toString()).isTrue();
        final com.sun.management.ThreadMXBean threads =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        final long deadlineNs = System.nanoTime() + COMPILED_WITHIN_NS;
        long least = Long.MAX_VALUE;
        // Compilation happens in the background, and on a busy machine after seconds: repeat until a round has none of
        // the interpreter's objects in it.
        while (least >= FEW_BYTES && System.nanoTime() < deadlineNs) {
            final long before = threads.getCurrentThreadAllocatedBytes();
            fire(stubs.stub(0), 20_000);
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).as("bytes per 20,000 calls").isLessThan(FEW_BYTES);
    }

    @Test
    void shouldAllocateNothingWhenTheCounterIsReadBeforeAnythingIsCompiled() {
        final com.sun.management.ThreadMXBean threads =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long bytes = 0;
        // The first round links the call.
        for (int round = 0; round < 2; round++) {
            final long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 500; i++) {
                StubCalls.counter();
            }
            bytes = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat(bytes).as("bytes per 500 calls").isLessThan(500);
    }

    @Test
    void shouldGrowWhenTheCounterIsReadAgain() {
        long last = StubCalls.counter();
        for (int i = 0; i < 1_000; i++) {
            final long now = StubCalls.counter();
            assertThat(now).isGreaterThanOrEqualTo(last);
            last = now;
        }
        assertThat(last).isPositive();
    }

    private static void fire(final long stub, final int times) {
        for (int i = 0; i < times; i++) {
            StubCalls.trap2(stub, i, times);
        }
    }

    private static long arg(final int index) {
        return FIRST + index;
    }

    private static void assertSeen(final RecordingStub stub, final int count) {
        final long[] seen = new long[count];
        final long[] expected = IntStream.range(0, count).mapToLong(StubCallsTest::arg).toArray();
        for (int i = 0; i < count; i++) {
            seen[i] = stub.argument(i);
        }
        assertThat(seen).isEqualTo(expected);
    }
}
