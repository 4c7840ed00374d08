// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target;

import dev.sluice.ring.event.NullValue;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.Utf8;
import dev.sluice.target.jvm.OwnedByThreads;
import dev.sluice.usdt.StubProbe;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.agrona.BufferUtil;

/**
 * The arguments of one call of a tracepoint's own probe that has texts, bytes or more than six: begin, put each, fire.
 * Texts and bytes go as pointers into an area of the thread's, valid during the call only: texts as NUL-terminated
 * UTF-8. No code of the application runs in between, and nothing is waited for: virtual threads use their carrier's.
 * One per thread, reused; more than twelve are left out.
 */
public final class TrapArguments {
    private static final int AREA_LENGTH = 64 << 10;
    private static final OwnedByThreads<TrapArguments> OWN = new OwnedByThreads<>();

    private final ByteBuffer area = ByteBuffer.allocateDirect(AREA_LENGTH);
    private final long address = BufferUtil.address(area);
    private final long[] arguments = new long[StubProbe.MAX_ARGUMENTS];
    private int count;
    private int used;

    private TrapArguments() {
    }

    /** The calling thread's, empty. */
    public static TrapArguments begin() {
        TrapArguments own = OWN.get();
        if (own == null) {
            own = new TrapArguments();
            OWN.set(own);
        }
        own.count = 0;
        own.used = 0;
        return own;
    }

    /** Calls code that does nothing, with arguments that are not the calling thread's. */
    static void rehearse(final long nothing) {
        OWN.get();
        final TrapArguments own = new TrapArguments();
        own.put(0);
        own.put("text", Short.MAX_VALUE);
        own.put(LiveTarget.NULL_BYTES, Short.MAX_VALUE);
        own.put(LiveTarget.NULL_BUFFER, Short.MAX_VALUE);
        own.fire(nothing);
    }

    /** An integer, or a number's bits. */
    public void put(final long value) {
        if (count < arguments.length) {
            arguments[count++] = value;
        }
    }

    /** A text, cut as events are; a null pointer for null and where no room is left. */
    public void put(final String value, final int limit) {
        if (value == NullValue.TEXT) {
            put(0);
            return;
        }
        final int length = Utf8.encodedLength(value, limit);
        final long at = take(length + 1);
        if (at != 0) {
            Utf8.put(value, at, length);
            Memory.putByte(at + length, (byte) 0);
        }
        put(at);
    }

    /** A text that is encoded already, its length before it, or 0 for null; a null pointer where no room is left. */
    public void putEncoded(final long encoded) {
        if (encoded == 0) {
            put(0);
            return;
        }
        final int length = Short.toUnsignedInt(Memory.getShort(encoded));
        final long at = take(length + 1);
        if (at != 0) {
            Memory.copy(encoded + Short.BYTES, at, length);
            Memory.putByte(at + length, (byte) 0);
        }
        put(at);
    }

    /** Bytes, cut as events are; a null pointer where no room is left. */
    public void put(final byte[] value, final int limit) {
        if (value == LiveTarget.NULL_BYTES) {
            put(0);
            return;
        }
        final int length = Math.min(value.length, limit);
        final long at = take(length);
        if (at != 0) {
            ByteSequences.put(value, at, length);
        }
        put(at);
    }

    /** Bytes between position and limit, cut as in events; a null pointer where no room is left. */
    public void put(final ByteBuffer value, final int limit) {
        if (value == LiveTarget.NULL_BUFFER) {
            put(0);
            return;
        }
        final int length = Math.min(value.remaining(), limit);
        final long at = take(length);
        if (at != 0) {
            ByteSequences.put(value, at, length);
        }
        put(at);
    }

    /** What was put as an argument, counted from 0: a number's bits, or the pointer to a text or to bytes. */
    public long argument(final int index) {
        return arguments[index];
    }

    private long take(final int lengthBytes) {
        if (count == arguments.length || used + lengthBytes > AREA_LENGTH) {
            return 0;
        }
        final long at = address + used;
        used += lengthBytes;
        return at;
    }

    /** Calls the stub. */
    public void fire(final long stub) {
        Arrays.fill(arguments, count, arguments.length, 0);
        TrapCaller.twelve(stub, arguments);
    }
}
