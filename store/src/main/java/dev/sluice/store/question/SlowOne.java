// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.question;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.store.pair.ThreadId;
import dev.sluice.store.read.EventView;
import dev.sluice.store.report.FieldFigures;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/**
 * One of the pairs or events that took longest, and what happened around it. Immutable after it was made: any thread.
 */
public final class SlowOne {
    /** The longest comes first. Of two that are equally long, the one that ended first comes first. */
    static final Comparator<SlowOne> ORDER = (one, other) -> {
        final int byLength = one.compareLength(other);
        return byLength != 0 ? -byLength : Long.compare(one.endNs, other.endNs);
    };

    private final String subject;
    private final FieldSchema field;
    private final Number length;
    private final long beginNs;
    private final long endNs;
    private final ThreadId beginThread;
    private final ThreadId endThread;
    private final String threadName;
    private final EventPart part;
    private final List<Surrounding> surroundings = new ArrayList<>();
    private long leftOutOfThread;
    private long leftOutOfOthers;

    /** Tells whether an event around the slow one is a part of the slow one itself. */
    interface EventPart {
        /** Whether an event is the begin or the end of the slow one: it has that thread and that time. */
        boolean isPart(EventView event, boolean isBegin);
    }

    /**
     * Makes one of them.
     *
     * @param subject     name of the event, or label of the pairs
     * @param field       the field that is long
     * @param length      how long it is: Long (a uint64 as its 64 bits), or Double
     * @param beginNs     CLOCK_MONOTONIC of its begin, ns
     * @param endNs       CLOCK_MONOTONIC of its end, ns
     * @param beginThread the thread where it began
     * @param endThread   the thread where it ended
     * @param threadName  name of the thread where it began
     * @param part        tells which events are its own
     */
    SlowOne(final String subject, final FieldSchema field, final Number length, final long beginNs, final long endNs,
        final ThreadId beginThread, final ThreadId endThread, final String threadName, final EventPart part) {
        this.subject = subject;
        this.field = field;
        this.length = length;
        this.beginNs = beginNs;
        this.endNs = endNs;
        this.beginThread = beginThread;
        this.endThread = endThread;
        this.threadName = threadName;
        this.part = part;
    }

    int compareLength(final SlowOne other) {
        return compareLength(other.field, other.length);
    }

    int compareLength(final FieldSchema otherField, final Number other) {
        if (length instanceof Double || other instanceof Double) {
            return Double.compare(length.doubleValue(), other.doubleValue());
        }
        final boolean isOver = field.type() == FieldType.UINT64 && length.longValue() < 0;
        final boolean isOtherOver = otherField.type() == FieldType.UINT64 && other.longValue() < 0;
        return isOver == isOtherOver ? Long.compare(length.longValue(), other.longValue()) : isOver ? 1 : -1;
    }

    void add(final Surrounding line) {
        surroundings.add(line);
    }

    void leaveOut(final boolean isOfThread, final long count) {
        leftOutOfThread += isOfThread ? count : 0;
        leftOutOfOthers += isOfThread ? 0 : count;
    }

    boolean isOfThread(final ThreadId thread) {
        return thread.equals(beginThread) || thread.equals(endThread);
    }

    EventPart part() {
        return part;
    }

    /** Name of the event, or "BEGIN -> END" for pairs. */
    public String subject() {
        return subject;
    }

    /** The field that is long; for pairs, the latency. */
    public FieldSchema field() {
        return field;
    }

    /** How long it is: Long (a uint64 as its 64 bits) or Double, in the field's own unit; for pairs, ns. */
    public Number length() {
        return length;
    }

    /** How long it is, for people, with its unit. */
    String lengthText() {
        return field.type() == FieldType.UINT64 && length.longValue() < 0
            ? Long.toUnsignedString(length.longValue()) + (field.unit().isEmpty() ? "" : ' ' + field.unit())
            : FieldFigures.text(field, length);
    }

    /** When it began, CLOCK_MONOTONIC, ns. */
    public long beginNs() {
        return beginNs;
    }

    /** When it ended, CLOCK_MONOTONIC, ns. */
    public long endNs() {
        return endNs;
    }

    /** The thread where it began. */
    public ThreadId beginThread() {
        return beginThread;
    }

    /** The thread where it ended. */
    public ThreadId endThread() {
        return endThread;
    }

    /** Name of the thread where it began. */
    public String threadName() {
        return threadName;
    }

    /** Its own events and those around it, in the order of time. If there are very many, some are left out. */
    public List<Surrounding> surroundings() {
        return Collections.unmodifiableList(surroundings);
    }

    /** Number of events of its own thread that are left out. */
    public long leftOutOfThread() {
        return leftOutOfThread;
    }

    /** Number of events of other threads that are left out. */
    public long leftOutOfOthers() {
        return leftOutOfOthers;
    }
}
