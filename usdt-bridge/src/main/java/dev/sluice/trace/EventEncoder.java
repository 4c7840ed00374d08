// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.ring.FieldType;
import dev.sluice.ring.Memory;
import dev.sluice.ring.NullValue;
import dev.sluice.ring.Utf8;
import dev.sluice.target.ByteSequences;
import dev.sluice.target.LiveTarget;
import dev.sluice.target.jvm.OwnedByThreads;
import dev.sluice.target.jvm.Warnings;
import dev.sluice.usdt.StubProbe;
import java.nio.ByteBuffer;
import org.agrona.BufferUtil;

/**
 * Puts an event together field by field, for tracepoints with floats, bytes or several texts. Got from
 * {@link Tracepoint#event()}, used by that thread for one event, finished by {@link #fire()}.
 * <pre>{@code
 * PLACED.event().put(id).put(price).put(Side.BUY).put(symbol).fire();
 * }</pre>
 * <p>
 * Fields go into a scratch buffer first and into the ring in one piece, so that an event fired in between, by a
 * {@code toString} say, is legal. A value whose type does not fit the field counts the event as discarded; nothing
 * throws.
 */
public final class EventEncoder {
    /** What a tracepoint that is off hands out: takes everything and fires nothing. */
    static final EventEncoder DISABLED = new EventEncoder(0);

    private static final int SCRATCH_LENGTH = 64 << 10;

    private final ByteBuffer scratch;
    private final long address;
    /** Of the tracepoint's own probe: numbers as their bits; where texts and bytes are in the scratch buffer. */
    private final long[] arguments = new long[StubProbe.MAX_ARGUMENTS];
    private Tracepoint tracepoint;
    private EventEncoder nextFree;
    private int length;
    private int field;
    private boolean wrong;
    /** The first field whose value did not fit, or -1. */
    private int wrongField;

    /**
     * A thread's encoders that are not in use: as many as its events were ever nested. One that was begun and never
     * fired, because an argument's expression threw, does not come back and is the collector's. Virtual threads take
     * their carrier's, and give it to the carrier that they are on when they fire: there is nothing to wait for while a
     * pool is changed. One carrier's may be taken and given to another again and again: so it takes no more than some.
     */
    private static final class Pool {
        private static final int MOST = 16;
        /** First used by an event that is enabled: then it is known whether carriers can be found. */
        private static final OwnedByThreads<Pool> OWN = new OwnedByThreads<>();
        private EventEncoder free;
        private int count;

        static EventEncoder take() {
            final Pool pool = OWN.get();
            final EventEncoder encoder = pool == null ? null : pool.free;
            if (encoder == null) {
                return new EventEncoder(SCRATCH_LENGTH);
            }
            pool.free = encoder.nextFree;
            pool.count--;
            return encoder;
        }

        static void give(final EventEncoder encoder) {
            Pool pool = OWN.get();
            if (pool == null) {
                pool = new Pool();
                OWN.set(pool);
            }
            if (pool.count < MOST) {
                encoder.nextFree = pool.free;
                pool.free = encoder;
                pool.count++;
            }
        }
    }

    private EventEncoder(final int scratchLength) {
        scratch = ByteBuffer.allocateDirect(scratchLength);
        address = scratchLength == 0 ? 0 : BufferUtil.address(scratch);
    }

    static EventEncoder of(final Tracepoint tracepoint) {
        final EventEncoder encoder;
        try {
            encoder = Pool.take();
        } catch (final OutOfMemoryError | StackOverflowError | LinkageError e) {
            Warnings.once("no encoder for " + tracepoint.qualifiedName() + ": " + e);
            return DISABLED;
        }
        encoder.tracepoint = tracepoint;
        encoder.length = 0;
        encoder.field = 0;
        encoder.wrong = false;
        encoder.wrongField = -1;
        return encoder;
    }

    /** The next field: any integer type, cut to its width; also bool and enum. */
    public EventEncoder put(final long value) {
        final FieldType type = next();
        if (type != null && (type.isInteger() || type.isEnum() || type == FieldType.BOOL)) {
            putFixed(type, value);
        } else {
            refuse();
        }
        return this;
    }

    /** The next field: float32, bit by bit, or float64. */
    public EventEncoder put(final float value) {
        final FieldType type = next();
        if (type == FieldType.FLOAT32) {
            putFixed(type, Float.floatToRawIntBits(value) & 0xFFFF_FFFFL);
        } else if (type == FieldType.FLOAT64) {
            putFixed(type, Double.doubleToRawLongBits(value));
        } else {
            refuse();
        }
        return this;
    }

    /** The next field: float64, bit by bit, or float32, rounded. */
    public EventEncoder put(final double value) {
        final FieldType type = next();
        if (type == FieldType.FLOAT64) {
            putFixed(type, Double.doubleToRawLongBits(value));
        } else if (type == FieldType.FLOAT32) {
            putFixed(type, Float.floatToRawIntBits((float) value) & 0xFFFF_FFFFL);
        } else {
            refuse();
        }
        return this;
    }

    /** The next field: bool. */
    public EventEncoder put(final boolean value) {
        return put(value ? 1L : 0L);
    }

    /** The next field: an enumeration, by ordinal; null is a value, but a constant without a label does not fit. */
    public EventEncoder put(final Enum<?> value) {
        final FieldType type = next();
        if (type != null && type.isEnum()
            && (value == null || value.ordinal() < tracepoint.shape().labels(field - 1))) {
            putFixed(type, LiveTarget.code(value, NullValue.code(type)));
        } else {
            refuse();
        }
        return this;
    }

    /** The next field: a text; null is a value. */
    public EventEncoder put(final String value) {
        final FieldType type = next();
        if (type != FieldType.STRING) {
            refuse();
            return this;
        }
        final String text = value == null ? NullValue.TEXT : value;
        final int limit = tracepoint.stringLimit();
        final int textLength = Utf8.encodedLength(text, limit);
        if (!hasRoom(Short.BYTES + textLength)) {
            return this;
        }
        Memory.putShort(address + length, (short) textLength);
        Utf8.put(text, address + length + Short.BYTES, textLength);
        argument(value == null ? 0 : address + length);
        length += Short.BYTES + textLength;
        return this;
    }

    /** The next field: a text, what the sequence's {@code toString} returns. If that throws, the event does not fit. */
    public EventEncoder put(final CharSequence value) {
        try {
            return put(this == DISABLED || value == null ? null : value.toString());
        } catch (final RuntimeException e) {
            return putNothing();
        }
    }

    /** The next field: bytes; null is a value. */
    public EventEncoder put(final byte[] value) {
        return put(value, 0, value == null ? 0 : value.length);
    }

    /** The next field: some bytes of an array; null is a value, but bytes that the array does not have do not fit. */
    public EventEncoder put(final byte[] value, final int offset, final int lengthBytes) {
        if (value == null) {
            return putNull();
        }
        if ((offset | lengthBytes) < 0 || lengthBytes > value.length - offset) {
            return putNothing();
        }
        final int bytes = beginBytes(lengthBytes);
        if (bytes >= 0) {
            Memory.putBytes(address + length, value, offset, bytes);
            endBytes(bytes, address + length);
        }
        return this;
    }

    /** The next field: bytes, those between a buffer's position and limit, which stay; null is a value. */
    public EventEncoder put(final ByteBuffer value) {
        if (value == null) {
            return putNull();
        }
        final int bytes = beginBytes(value.remaining());
        if (bytes >= 0) {
            ByteSequences.put(value, address + length, bytes);
            endBytes(bytes, address + length);
        }
        return this;
    }

    private EventEncoder putNull() {
        final int bytes = beginBytes(LiveTarget.NULL_BYTES.length);
        if (bytes >= 0) {
            Memory.putBytes(address + length, LiveTarget.NULL_BYTES, 0, bytes);
            endBytes(bytes, 0);
        }
        return this;
    }

    private EventEncoder putNothing() {
        next();
        refuse();
        return this;
    }

    /** Begins a byte sequence; returns how many bytes to put at the end, or -1 if it does not fit. */
    private int beginBytes(final int wanted) {
        if (next() != FieldType.BYTES) {
            refuse();
            return -1;
        }
        final int bytes = Math.min(wanted, tracepoint.stringLimit());
        if (!hasRoom(Short.BYTES + bytes)) {
            return -1;
        }
        Memory.putShort(address + length, (short) bytes);
        length += Short.BYTES;
        return bytes;
    }

    private void endBytes(final int bytes, final long argument) {
        argument(argument);
        length += bytes;
    }

    /**
     * Fires the event; the encoder is done.
     *
     * @return whether the ring bit was set
     */
    public boolean fire() {
        if (this == DISABLED || tracepoint == null) {
            return false;
        }
        final Tracepoint fired = tracepoint;
        try {
            if (wrongField >= 0) {
                return fired.refuseValue(fired.isRingOn(), wrongField);
            }
            return wrong || field != fired.shape().count() ? fired.refuseArguments(fired.isRingOn())
                : fired.fireEncoded(address, length, arguments);
        } finally {
            tracepoint = null;
            giveBack();
        }
    }

    private void giveBack() {
        try {
            Pool.give(this);
        } catch (final OutOfMemoryError | StackOverflowError e) {
            Warnings.failure("giving an encoder back", e);
        }
    }

    /** Type of the next field, or null if there is none. */
    private FieldType next() {
        if (this == DISABLED || tracepoint == null || field >= tracepoint.shape().count()) {
            return null;
        }
        return tracepoint.shape().type(field++);
    }

    private void putFixed(final FieldType type, final long value) {
        if (hasRoom(type.lengthBytes())) {
            EventShape.put(type, address + length, value);
            length += type.lengthBytes();
            argument(value);
        }
    }

    /** Not for the one that all threads share: its line would bounce between them. */
    private void refuse() {
        if (this != DISABLED) {
            wrong = true;
            if (wrongField < 0 && tracepoint != null && field > 0 && field <= tracepoint.shape().count()) {
                wrongField = field - 1;
            }
        }
    }

    private boolean hasRoom(final int bytes) {
        wrong |= length + bytes > SCRATCH_LENGTH;
        return !wrong;
    }

    private void argument(final long value) {
        if (field <= StubProbe.MAX_ARGUMENTS) {
            arguments[field - 1] = value;
        }
    }
}
