// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.field;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.store.read.EventView;

/** Writes threads as values of a field: "main 4711", "ForkJoinPool-1-worker-1 4712 v77". For one thread. */
public final class ThreadLabel {
    /** A field that stands for the thread, although no event has it as a field. */
    public static final FieldSchema FIELD = new FieldSchema(FieldName.THREAD, FieldType.STRING);

    private String lastName;
    private int lastTid;
    private long lastVirtual;
    private String last;

    /** The thread of an event. */
    public String of(final EventView event) {
        final String name = event.threadName();
        final long virtual = event.virtualThreadId();
        if (last == null || lastName != name || lastTid != event.tid() || lastVirtual != virtual) {
            lastName = name;
            lastTid = event.tid();
            lastVirtual = virtual;
            last = name + (name.isEmpty() ? "" : " ") + lastTid + (virtual == 0 ? "" : " v" + virtual);
        }
        return last;
    }
}
