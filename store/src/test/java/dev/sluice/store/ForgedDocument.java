// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store;

import dev.sluice.store.format.DocumentDescriptor;
import dev.sluice.store.format.DocumentKind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * One document of a trace as a row of named values, any of which can be set to anything. What follows from other values
 * (checksum, lengths) fits as long as it is not set itself, so that a reader's checks behind it are reached. Immutable
 * but while it is made.
 */
public final class ForgedDocument {
    /** The words around the payload. */
    public enum Head {
        QUEUE_WORD, LENGTH, KIND, TARGET, CRC, PAYLOAD_LENGTH
    }

    /** What a value follows from, unless it is set. */
    private enum Fit {
        NOTHING, PADDED_BYTES, BITS, PADDED_BITS
    }

    /** Bytes, or a little-endian number of some width. */
    private record Value(String name, int width, long number, byte[] bytes, Fit fit) {
    }

    private static final String LENGTH = ".length";
    private static final int ALIGNMENT = 8;

    private final DocumentKind kind;
    private final int target;
    private final List<Value> values = new ArrayList<>();
    private final Map<Head, Long> heads = new EnumMap<>(Head.class);

    /** A document without values. */
    public ForgedDocument(final DocumentKind kind, final int target) {
        this.kind = kind;
        this.target = target;
    }

    private ForgedDocument(final ForgedDocument other) {
        this(other.kind, other.target);
        values.addAll(other.values);
        heads.putAll(other.heads);
    }

    /** Adds a number of 1, 2, 4 or 8 bytes. */
    public ForgedDocument add(final String name, final int width, final long number) {
        values.add(new Value(name, width, number, null, Fit.NOTHING));
        return this;
    }

    /** Adds the length of the whole payload, padded, in bytes. */
    ForgedDocument addPaddedBytes(final String name, final int width) {
        values.add(new Value(name, width, 0, null, Fit.PADDED_BYTES));
        return this;
    }

    /** Adds the length of the whole payload in bits. */
    ForgedDocument addBits(final String name) {
        values.add(new Value(name, Long.BYTES, 0, null, Fit.BITS));
        return this;
    }

    /** The same with padding. */
    ForgedDocument addPaddedBits(final String name) {
        values.add(new Value(name, Long.BYTES, 0, null, Fit.PADDED_BITS));
        return this;
    }

    /** Adds bytes that have no length of their own. */
    public ForgedDocument add(final String name, final byte[] bytes) {
        values.add(new Value(name, 0, 0, bytes, Fit.NOTHING));
        return this;
    }

    /** Adds bytes behind their length. */
    public ForgedDocument add(final String name, final int lengthWidth, final byte[] bytes) {
        return add(name + LENGTH, lengthWidth, bytes.length).add(name, bytes);
    }

    /** Adds a text behind its length. */
    public ForgedDocument add(final String name, final int lengthWidth, final String text) {
        return add(name, lengthWidth, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Its kind, unless the head is set to another. */
    public DocumentKind kind() {
        return kind;
    }

    /** Its target, unless the head is set to another. */
    public int target() {
        return target;
    }

    /** Names of all values, in their order. */
    public List<String> names() {
        return values.stream().map(Value::name).toList();
    }

    /** Bytes of a number, or 0 for bytes. */
    public int width(final int index) {
        return values.get(index).width();
    }

    /** A number; of one that follows from others, what follows. */
    public long number(final int index) {
        return number(values.get(index), length());
    }

    private int indexOf(final String name) {
        final int index = names().indexOf(name);
        if (index < 0) {
            throw new IllegalArgumentException("no such value: kind=" + kind + " name=" + name);
        }
        return index;
    }

    /** Another document in which a number is different. */
    public ForgedDocument with(final int index, final long number) {
        final ForgedDocument forged = new ForgedDocument(this);
        final Value value = values.get(index);
        forged.values.set(index, new Value(value.name(), value.width(), number, null, Fit.NOTHING));
        return forged;
    }

    /** The same by name. */
    public ForgedDocument with(final String name, final long number) {
        return with(indexOf(name), number);
    }

    /** Another document in which bytes are different, and the length before them too. */
    public ForgedDocument with(final int index, final byte[] bytes) {
        final ForgedDocument forged = new ForgedDocument(this);
        final String name = values.get(index).name();
        forged.values.set(index, new Value(name, 0, 0, bytes, Fit.NOTHING));
        if (index > 0 && values.get(index - 1).name().equals(name + LENGTH)) {
            return forged.with(index - 1, bytes.length);
        }
        return forged;
    }

    /** The same by name. */
    public ForgedDocument with(final String name, final byte[] bytes) {
        return with(indexOf(name), bytes);
    }

    /** Another document with a word of its head set. */
    public ForgedDocument with(final Head head, final long number) {
        final ForgedDocument forged = new ForgedDocument(this);
        forged.heads.put(head, number);
        return forged;
    }

    private int length() {
        return values.stream().mapToInt(value -> value.bytes() != null ? value.bytes().length : value.width()).sum();
    }

    private static long padded(final long length) {
        return length + ALIGNMENT - 1 & -ALIGNMENT;
    }

    private static long number(final Value value, final int length) {
        return switch (value.fit()) {
            case NOTHING -> value.number();
            case PADDED_BYTES -> padded(length);
            case BITS -> length * (long) Byte.SIZE;
            case PADDED_BITS -> padded(length) * Byte.SIZE;
        };
    }

    /** The payload. */
    public byte[] payload() {
        final int length = length();
        final boolean isPadded = values.stream().anyMatch(value ->
            value.name().equals(ForgedLayouts.ENTRY_LENGTH) || value.name().equals(ForgedLayouts.PACKET_SIZE));
        final ByteBuffer buffer = ByteBuffer.allocate((int) (isPadded ? padded(length) : length))
            .order(ByteOrder.LITTLE_ENDIAN);
        for (final Value value : values) {
            if (value.bytes() != null) {
                buffer.put(value.bytes());
            } else {
                final long number = number(value, length);
                for (int i = 0; i < value.width(); i++) {
                    buffer.put((byte) (number >>> i * Byte.SIZE));
                }
            }
        }
        return buffer.array();
    }

    /** The queue's word, head, payload and padding, for some offset in a file. */
    public byte[] encode(final long offset) {
        final byte[] payload = payload();
        final long begin = offset + DocumentDescriptor.QUEUE_WORD_LENGTH;
        final int least = DocumentDescriptor.PAYLOAD_OFFSET + payload.length;
        final int length =
            least + (int) (-(begin + least + DocumentDescriptor.QUEUE_WORD_LENGTH) & ALIGNMENT - 1);
        final CRC32C crc = new CRC32C();
        crc.update(payload);
        return ByteBuffer.allocate(DocumentDescriptor.QUEUE_WORD_LENGTH + length).order(ByteOrder.LITTLE_ENDIAN)
            .putInt((int) head(Head.QUEUE_WORD, length)).putInt((int) head(Head.LENGTH, length))
            .putShort((short) head(Head.KIND, kind.code())).putShort((short) head(Head.TARGET, target))
            .putInt((int) head(Head.CRC, crc.getValue())).putInt((int) head(Head.PAYLOAD_LENGTH, payload.length))
            .put(payload).array();
    }

    private long head(final Head head, final long fitting) {
        return heads.getOrDefault(head, fitting);
    }

    @Override
    public String toString() {
        return kind + " of target " + target;
    }
}
