// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target;

import dev.sluice.ring.Memory;
import dev.sluice.ring.NullValue;
import dev.sluice.ring.Utf8;
import dev.sluice.target.jvm.VirtualThreads;
import dev.sluice.usdt.StubCalls;
import dev.sluice.usdt.StubProbe;
import java.nio.ByteBuffer;
import org.agrona.BufferUtil;

/**
 * Fires a tracepoint's own probe, one trap an event, with any number of arguments. Texts go as pointers to
 * NUL-terminated UTF-8 in a buffer of the thread's, valid during the call only.
 */
public final class TrapCaller {
    private static final int TEXT_AREA_LENGTH = 64 << 10;
    /** A carrier's for virtual threads: nothing is waited for between a text and the call. */
    private static final ThreadLocal<ByteBuffer> TEXT_AREA = VirtualThreads.newCarrierLocal();

    private TrapCaller() {
    }

    /** Fires with the first six arguments of which only some are declared. */
    public static void integers(final long stub, final int count, final long a, final long b, final long c,
        final long d, final long e, final long f) {
        switch (count) {
            case 0 -> StubCalls.trap0(stub);
            case 1 -> StubCalls.trap1(stub, a);
            case 2 -> StubCalls.trap2(stub, a, b);
            case 3 -> StubCalls.trap3(stub, a, b, c);
            case 4 -> StubCalls.trap4(stub, a, b, c, d);
            case 5 -> StubCalls.trap5(stub, a, b, c, d, e);
            default -> StubCalls.trap6(stub, a, b, c, d, e, f);
        }
    }

    /** Fires with twelve arguments, the undeclared ones being 0. */
    static void twelve(final long stub, final long[] a) {
        if (a.length != StubProbe.MAX_ARGUMENTS) {
            throw new IllegalArgumentException("arguments=" + a.length);
        }
        StubCalls.trap12(stub, a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11]);
    }

    /**
     * Puts a text into the thread's area.
     *
     * @param offset where, as the sum of what earlier calls for the same event used
     * @param limit  greatest length in bytes, cut as events are
     * @return its address, or 0 for {@link NullValue#TEXT} and where no room is left
     */
    public static long text(final String value, final int offset, final int limit) {
        if (value == NullValue.TEXT || offset + limit + 1 > TEXT_AREA_LENGTH) {
            return 0;
        }
        final long address = BufferUtil.address(area()) + offset;
        final int length = Utf8.encodedLength(value, limit);
        Utf8.put(value, address, length);
        Memory.putByte(address + length, (byte) 0);
        return address;
    }

    private static ByteBuffer area() {
        ByteBuffer area = TEXT_AREA.get();
        if (area == null) {
            area = ByteBuffer.allocateDirect(TEXT_AREA_LENGTH);
            TEXT_AREA.set(area);
        }
        return area;
    }
}
