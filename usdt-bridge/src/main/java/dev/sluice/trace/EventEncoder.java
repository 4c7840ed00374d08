// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import dev.sluice.os.Remedy;
import dev.sluice.ring.event.FieldType;
import dev.sluice.ring.event.NullValue;
import dev.sluice.ring.memory.Memory;
import dev.sluice.ring.memory.Utf8;
import dev.sluice.target.ByteSequences;
import dev.sluice.target.LiveTarget;
import dev.sluice.target.jvm.OwnedByThreads;
import dev.sluice.target.jvm.Warnings;
import dev.sluice.target.ring.RehearsedFires;
import dev.sluice.usdt.StubProbe;
import java.nio.ByteBuffer;
import java.util.List;
import org.agrona.BufferUtil;

/**
 * Puts an event together field by field, for tracepoints with floats, bytes or several texts.
 * {@link Tracepoint#event()} returns it; the calling thread uses it for one event and ends with {@link #fire()}.
 * <pre>{@code
 * PLACED.event().put(id).put(price).put(Side.BUY).put(symbol).fire();
 * }</pre>
 * <p>
 * Fields go into a scratch buffer first and into the ring in one piece, so another event may be fired in between, for
 * example by a {@code toString}. If a value's type does not fit the field, the event counts as discarded; no method
 * throws.
 */
public final class EventEncoder {
    /** The encoder of a tracepoint that is off: it takes every value and fires nothing. */
    static final EventEncoder DISABLED = new EventEncoder(0);

    /** What is tried before the first event of a thread. */
    static final RehearsedFires FIRES = new Rehearsed();

    private static final int SCRATCH_LENGTH = 64 << 10;

    private final ByteBuffer scratch;
    private final long address;
    /**
     * The arguments of the tracepoint's own probe: the bits of numbers; for texts and bytes their place in the scratch
     * buffer.
     */
    private final long[] arguments = new long[StubProbe.MAX_ARGUMENTS];
    private Tracepoint tracepoint;
    private EventEncoder nextFree;
    private int length;
    private int field;
    private boolean wrong;
    /** The first field whose value did not fit, or -1. */
    private int wrongField;

    /**
     * A thread's encoders that are not in use. Their number follows how deeply the thread's events were nested. An
     * encoder that was begun and never fired, because an argument's expression threw, does not come back; the garbage
     * collector frees it. A virtual thread takes an encoder of its carrier and gives it to the carrier that it runs on
     * when it fires; no thread waits while a pool changes. Virtual threads may carry encoders from one carrier to
     * another again and again, so a pool's size has a bound.
     */
    private static final class Pool {
        private static final int MOST = 16;
        /** Loaded with a provider, once the target has started: then it is known whether carriers can be found. */
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

    /** Fires events of tracepoints that no provider has: they are in no trace. */
    private static final class Rehearsed implements RehearsedFires {
        private static final String PROVIDER = "sluice";
        private static final String TEXT = "text";

        @Override
        public void fire(final long wordAddress) {
            Memory.putInt(wordAddress, Tracepoint.RING_BIT);
            final Tracepoint words = point(wordAddress, Field.int64("a"), Field.int64("b"));
            words.fire(1, 2);
            words.fire(1, 2);
            point(wordAddress, Field.int32("a")).fire(1);
            point(wordAddress, Field.string("a"), Field.int64("b")).fire(TEXT, 1);
            final Tracepoint mixed = point(wordAddress, Field.int64("a"), Field.float32("b"), Field.float64("c"),
                Field.bool("d"), Field.string("e"), Field.string("f"), Field.bytes("g"), Field.bytes("h"),
                Field.bytes("i"), Field.enumeration("j", TEXT));
            mixed.event().put(1).put(1f).put(1d).put(true).put(TEXT).put((CharSequence) TEXT)
                .put(LiveTarget.NULL_BYTES).put(ByteBuffer.wrap(LiveTarget.NULL_BYTES)).put((byte[]) null)
                .put((Enum<?>) null).fire();
        }

        private static Tracepoint point(final long wordAddress, final Field... fields) {
            final Tracepoint point = new Tracepoint(PROVIDER, TEXT, List.of(fields));
            point.loaded(1, wordAddress, 0, Short.MAX_VALUE);
            return point;
        }

        @Override
        public void end() {
            Pool.OWN.set(null);
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
            Warnings.once("no encoder for " + tracepoint.qualifiedName() + ": " + Remedy.describe(e));
            return DISABLED;
        }
        encoder.tracepoint = tracepoint;
        encoder.length = 0;
        encoder.field = 0;
        encoder.wrong = false;
        encoder.wrongField = -1;
        return encoder;
    }

    /** The next field, of any integer type, bool or enum: the value is cut to the field's width. */
    public EventEncoder put(final long value) {
        final FieldType type = next();
        if (type != null && (type.isInteger() || type.isEnum() || type == FieldType.BOOL)) {
            putFixed(type, value);
        } else {
            refuse();
        }
        return this;
    }

    /** The next field: float32 with the same bits, or float64. */
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

    /** The next field: float64 with the same bits, or float32, rounded. */
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

    /** The next field: an enumeration, by ordinal. Null is a value; a constant that has no label does not fit. */
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

    /**
     * The next field: a text, as the sequence's {@code toString} returns it. If {@code toString} throws, the value does
     * not fit.
     */
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

    /** The next field: some bytes of an array. Null is a value; a range that is not inside the array does not fit. */
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

    /** The next field: the bytes between a buffer's position and limit, which do not change; null is a value. */
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
     * Fires the event. The encoder must not be used afterwards.
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

    /** Type of the next field, or null if all fields are set. */
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

    /**
     * Not for the disabled encoder, which all threads share: stores would move its cache line between processors again
     * and again.
     */
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
