// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.os.NativeCalls;
import dev.sluice.usdt.elf.Bytes;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The arguments' way into a stub is checked by calling code that stores what it was given. */
class StubCallsTest {
    private static final long FIRST = 0x1122334455667700L;

    private static final ByteBuffer SEEN = ByteBuffer.allocateDirect(12 * 8).order(ByteOrder.nativeOrder());

    @Test
    void shouldBeAvailableOnThisMachine() {
        assertThat(StubCalls.reason()).isEmpty();
        assertThat(StubCalls.available()).isTrue();
    }

    @Test
    void shouldPassEveryArgumentWhenCalledWithUpToSix() {
        final long stub = recorder(6);
        StubCalls.trap0(stub);
        StubCalls.trap1(stub, arg(0));
        assertSeen(1);
        StubCalls.trap2(stub, arg(0), arg(1));
        assertSeen(2);
        StubCalls.trap3(stub, arg(0), arg(1), arg(2));
        assertSeen(3);
        StubCalls.trap4(stub, arg(0), arg(1), arg(2), arg(3));
        assertSeen(4);
        StubCalls.trap5(stub, arg(0), arg(1), arg(2), arg(3), arg(4));
        assertSeen(5);
        StubCalls.trap6(stub, arg(0), arg(1), arg(2), arg(3), arg(4), arg(5));
        assertSeen(6);
        SEEN.putLong(0, 0);
        StubCalls.drain(stub, arg(0), arg(1), arg(2));
        assertSeen(3);
    }

    @Test
    void shouldPassSixOnTheStackWhenCalledWithTwelve() {
        final long stub = recorder(12);
        for (int i = 0; i < 20_000; i++) {
            SEEN.putLong(88, 0);
            StubCalls.trap12(stub, arg(0), arg(1), arg(2), arg(3), arg(4), arg(5), arg(6), arg(7), arg(8), arg(9),
                arg(10), arg(11));
            assertSeen(12);
        }
    }

    @Test
    void shouldAllocateNothingWhenCompiled() {
        final LoadedStubs stubs = StubLoader.load("alloc",
            List.of(new StubProbe("probe", Collections.nCopies(2, ArgumentType.INT64))));
        assertThat(stubs.hasStubs()).as(stubs.toString()).isTrue();
        final com.sun.management.ThreadMXBean threads =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        // Compilation happens in the background: repeat until a round has none of the interpreter's objects in it.
        for (int round = 0; round < 200 && least > 0; round++) {
            final long before = threads.getCurrentThreadAllocatedBytes();
            fire(stubs.stub(0), 20_000);
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).as("bytes per 20,000 calls").isLessThan(1_000);
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

    private static void assertSeen(final int count) {
        final long[] seen = new long[count];
        final long[] expected = IntStream.range(0, count).mapToLong(StubCallsTest::arg).toArray();
        for (int i = 0; i < count; i++) {
            seen[i] = SEEN.getLong(8 * i);
        }
        assertThat(seen).isEqualTo(expected);
    }

    /** Code in the place of a stub, which stores its arguments into a buffer; returns its address. */
    private static long recorder(final int arguments) {
        return recorder(arguments, SEEN);
    }

    /** The same with a buffer of twelve longs, which must stay reachable. */
    static long recorder(final int arguments, final ByteBuffer seen) {
        final NativeCalls calls = NativeCalls.get();
        final StubObject object = StubObject.ofFunctions(new X86Architecture(),
            List.of(new StubObject.Function("record", recorderCode(calls.addressOf(seen), arguments))));
        return StubLoader.loadObject(calls, "recorder", object, StubBacking.FILE).address() + object.codeOffset(0);
    }

    private static byte[] recorderCode(final long buffer, final int arguments) {
        final Bytes code = Bytes.of(0x48, 0xB8).u64(buffer);                  // mov $buffer,%rax
        final int[][] stores = {{0x48, 0x78}, {0x48, 0x70}, {0x48, 0x50}, {0x48, 0x48}, {0x4C, 0x40}, {0x4C, 0x48}};
        for (int i = 0; i < 6; i++) {
            code.u8(stores[i][0]).u8(0x89).u8(stores[i][1]).u8(8 * i);        // mov %reg,8*i(%rax)
        }
        for (int i = 6; i < arguments; i++) {
            code.u32(0x24548B48).u8(8 * (i - 5));                             // mov 8*(i-5)(%rsp),%rdx
            code.u8(0x48).u8(0x89).u8(0x50).u8(8 * i);                        // mov %rdx,8*i(%rax)
        }
        return code.u8(0xC3).toArray();
    }
}
