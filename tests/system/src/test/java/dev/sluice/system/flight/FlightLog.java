// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.flight;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The log of {@link FlightProgram}: a plain file that both the program and the test map, and that outlives both. For
 * each event the time right before and right after its fire, by CLOCK_MONOTONIC; the newest {@link #CAPACITY} of each
 * thread. Knows nothing of Sluice.
 */
final class FlightLog {
    static final int THREADS = 3;
    static final int CAPACITY = 1 << 18;

    private static final VarHandle LONG =
        MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int END = 0;
    private static final int EAT = 8;
    private static final int ALARMS = 64;
    private static final int ALARM_MS = 72;
    private static final int ANSWERED = 128;
    private static final int COUNTS = 192;
    private static final int LINE = 64;
    private static final int TIMES = COUNTS + THREADS * LINE;
    private static final int ENTRY = 2 * Long.BYTES;

    private final ByteBuffer buffer;

    private FlightLog(final ByteBuffer buffer) {
        this.buffer = buffer;
    }

    static FlightLog open(final Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE,
            StandardOpenOption.CREATE)) {
            return new FlightLog(
                channel.map(FileChannel.MapMode.READ_WRITE, 0, TIMES + (long) THREADS * CAPACITY * ENTRY));
        }
    }

    private static int entry(final int thread, final long id) {
        return TIMES + (int) ((thread * (long) CAPACITY + id % CAPACITY) * ENTRY);
    }

    /** Notes an event. For its thread. */
    void fired(final int thread, final long id, final long beforeNs, final long afterNs) {
        buffer.putLong(entry(thread, id), Long.reverseBytes(beforeNs));
        buffer.putLong(entry(thread, id) + Long.BYTES, Long.reverseBytes(afterNs));
        LONG.setRelease(buffer, COUNTS + thread * LINE, id + 1);
    }

    /** Number of events of a thread whose fire has returned. */
    long count(final int thread) {
        return (long) LONG.getAcquire(buffer, COUNTS + thread * LINE);
    }

    long beforeNs(final int thread, final long id) {
        return Long.reverseBytes(buffer.getLong(entry(thread, id)));
    }

    long afterNs(final int thread, final long id) {
        return Long.reverseBytes(buffer.getLong(entry(thread, id) + Long.BYTES));
    }

    void end() {
        LONG.setVolatile(buffer, END, 1L);
    }

    boolean mustEnd() {
        return (long) LONG.getAcquire(buffer, END) != 0;
    }

    /** Has the program take memory without end. For the test. */
    void eat() {
        LONG.setVolatile(buffer, EAT, 1L);
    }

    boolean mustEat() {
        return (long) LONG.getAcquire(buffer, EAT) != 0;
    }

    /**
     * Has the program fire so many alarms, one right after the other, of so many ms and each of one more than the one
     * before. For the test. Returns the number of alarms that it has been told of.
     */
    long alarms(final long ms, final int count) {
        LONG.setVolatile(buffer, ALARM_MS, ms);
        final long next = alarms() + count;
        LONG.setVolatile(buffer, ALARMS, next);
        return next;
    }

    /** Number of alarms that the program has been told of. */
    long alarms() {
        return (long) LONG.getAcquire(buffer, ALARMS);
    }

    /** What the first of those has that are not answered yet. */
    long alarmMs() {
        return (long) LONG.getAcquire(buffer, ALARM_MS);
    }

    void answered(final long alarm) {
        LONG.setVolatile(buffer, ANSWERED, alarm);
    }

    /** Number of alarms that were fired. */
    long answered() {
        return (long) LONG.getAcquire(buffer, ANSWERED);
    }
}
