// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.read;

import dev.sluice.ring.event.EventSchema;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;

/**
 * One event, copied out of its packet. Immutable: any thread. Values are Long for integers and for uint64 below 2^63,
 * BigInteger for greater uint64, Float, Double, Boolean, String for texts and labels, byte[] for byte sequences (each
 * call returns a new copy), and null.
 */
public final class StoredEvent {
    private final EventSchema schema;
    private final TargetTrace target;
    private final long monotonicNs;
    private final long wallTimeNs;
    private final int ring;
    private final int tid;
    private final long javaThreadId;
    private final long virtualThreadId;
    private final String threadName;
    private final Object[] values;

    private StoredEvent(final EventView event) {
        schema = event.schema();
        target = event.target();
        monotonicNs = event.monotonicNs();
        wallTimeNs = event.wallTimeNs();
        ring = event.ring();
        tid = event.tid();
        javaThreadId = event.javaThreadId();
        virtualThreadId = event.virtualThreadId();
        threadName = event.threadName();
        values = new Object[event.fieldCount()];
        for (int i = 0; i < values.length; i++) {
            values[i] = event.isNull(i) ? null : valueOf(event, i);
        }
    }

    static StoredEvent of(final EventView event) {
        return new StoredEvent(event);
    }

    private static Object valueOf(final EventView event, final int field) {
        return switch (event.type(field)) {
            case FLOAT32 -> (float) event.getDouble(field);
            case FLOAT64 -> event.getDouble(field);
            case BOOL -> event.getBoolean(field);
            case STRING, ENUM8, ENUM16 -> event.getString(field);
            case BYTES -> event.getBytes(field);
            case UINT64 -> event.getLong(field) >= 0 ? (Object) event.getLong(field)
                : new BigInteger(Long.toUnsignedString(event.getLong(field)));
            default -> event.getLong(field);
        };
    }

    /** The schema of the event. */
    public EventSchema schema() {
        return schema;
    }

    /** The event's name: "provider:tracepoint". */
    public String name() {
        return schema.name();
    }

    /** The target that fired the event. */
    public TargetTrace target() {
        return target;
    }

    /** CLOCK_MONOTONIC when the event was fired, ns. */
    public long monotonicNs() {
        return monotonicNs;
    }

    /** CLOCK_REALTIME when the event was fired, ns since 1970. */
    public long wallTimeNs() {
        return wallTimeNs;
    }

    /** Index of the ring's slot, or number of the trap stream. */
    public int ring() {
        return ring;
    }

    /** Kernel thread id as the target sees it. */
    public int tid() {
        return tid;
    }

    /** Thread.threadId of the ring's owner. For an event of a virtual thread, the owner is its carrier. */
    public long javaThreadId() {
        return javaThreadId;
    }

    /** Thread.threadId of the virtual thread that fired the event, or 0 if it was a platform thread. */
    public long virtualThreadId() {
        return virtualThreadId;
    }

    /** Name of the ring's owner, or an empty string if the trace does not have it. */
    public String threadName() {
        return threadName;
    }

    /** Values of all fields, in declared order; some may be null. */
    public List<Object> values() {
        final Object[] copies = values.clone();
        for (int i = 0; i < copies.length; i++) {
            copies[i] = copied(copies[i]);
        }
        return Collections.unmodifiableList(Arrays.asList(copies));
    }

    private static Object copied(final Object value) {
        return value instanceof byte[] bytes ? bytes.clone() : value;
    }

    /**
     * The value of a field.
     *
     * @throws IllegalArgumentException if the event has no field of that name
     */
    public Object get(final String field) {
        for (int i = 0; i < values.length; i++) {
            if (schema.fields().get(i).name().equals(field)) {
                return copied(values[i]);
            }
        }
        throw new IllegalArgumentException("no such field: event=" + name() + " field=" + field);
    }

    /**
     * The value of an integer field.
     *
     * @throws IllegalArgumentException if there is no such field, or its value is not an integer that fits into a long
     */
    public long getLong(final String field) {
        if (get(field) instanceof Long value) {
            return value;
        }
        throw new IllegalArgumentException("not an integer, or 2^63 and more: event=" + name() + " field=" + field
            + " value=" + get(field));
    }

    /**
     * The value of a floating-point field.
     *
     * @throws IllegalArgumentException if there is no such field, or the field has another type
     */
    public double getDouble(final String field) {
        final Object value = get(field);
        if (value instanceof Double || value instanceof Float) {
            return ((Number) value).doubleValue();
        }
        throw new IllegalArgumentException("not a floating-point number: event=" + name() + " field=" + field
            + " value=" + value);
    }

    /**
     * The value of a text, or the label of an enumeration. Returns null for a null.
     *
     * @throws IllegalArgumentException if there is no such field, or the field has another type
     */
    public String getString(final String field) {
        final Object value = get(field);
        if (value == null || value instanceof String) {
            return (String) value;
        }
        throw new IllegalArgumentException("not a text: event=" + name() + " field=" + field + " value=" + value);
    }

    /** The event for people, for example "shop:order [main 4711] price=100 ...". */
    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder(name()).append(" [").append(threadName)
            .append(threadName.isEmpty() ? "" : " ").append(tid).append(']');
        for (int i = 0; i < values.length; i++) {
            text.append(' ').append(schema.fields().get(i).name()).append('=')
                .append(values[i] instanceof byte[] bytes ? "0x" + HexFormat.of().formatHex(bytes)
                    : values[i]);
        }
        return text.toString();
    }
}
