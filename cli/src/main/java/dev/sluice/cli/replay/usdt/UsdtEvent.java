// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay.usdt;

import dev.sluice.ring.memory.Memory;
import dev.sluice.store.read.EventView;
import dev.sluice.trace.EventEncoder;
import dev.sluice.trace.Tracepoint;

/** An event that is to be fired again, with a copy of its values: what one thread reads, another one fires. */
final class UsdtEvent {
    private final Tracepoint tracepoint;
    private final Object[] values;
    private final long dueNs;

    UsdtEvent(final Tracepoint tracepoint, final EventView event, final long dueNs) {
        this.tracepoint = tracepoint;
        this.dueNs = dueNs;
        values = new Object[event.fieldCount()];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (event.type(i)) {
                case STRING -> event.getString(i);
                case BYTES -> event.getBytes(i);
                // The bits are taken as they are, because a conversion would change those of some NaN.
                case FLOAT32 -> Float.intBitsToFloat(Memory.getInt(event.fieldAddress(i)));
                case FLOAT64 -> event.getDouble(i);
                default -> event.getLong(i);
            };
        }
    }

    /** When it is due on the replay's clock. */
    long dueNs() {
        return dueNs;
    }

    /** Fires it, for the calling thread. Returns whether a tracer wanted it. */
    boolean fire() {
        if (!tracepoint.isEnabled()) {
            return false;
        }
        final EventEncoder encoder = tracepoint.event();
        for (int i = 0; i < values.length; i++) {
            final Object value = values[i];
            if (value instanceof Long number) {
                encoder.put(number.longValue());
            } else if (value instanceof Double number) {
                encoder.put(number.doubleValue());
            } else if (value instanceof Float number) {
                encoder.put(number.floatValue());
            } else if (value instanceof byte[] bytes) {
                encoder.put(bytes);
            } else if (value instanceof String text) {
                encoder.put(text);
            } else if (tracepoint.fields().get(i).type().equals("string")) {
                encoder.put((String) null);
            } else {
                encoder.put((byte[]) null);
            }
        }
        encoder.fire();
        return true;
    }
}
