// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.region;

import dev.sluice.ring.event.EventDescriptor;
import dev.sluice.ring.memory.Memory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.SystemEpochClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.errors.DistinctErrorLog;

/**
 * The target's side of the region's error log ({@link ErrorLogDescriptor}), and a reader for it. Any thread may record
 * an error: it holds a short lock, and calls nothing but the error's own {@code toString}.
 */
public final class ErrorLog {
    private final long address;
    private final DistinctErrorLog log;

    /** Makes the log at an address, whose {@link ErrorLogDescriptor#LENGTH} bytes are zero. */
    public ErrorLog(final long address) {
        this.address = address;
        this.log = new DistinctErrorLog(new UnsafeBuffer(address + ErrorLogDescriptor.RECORDS_OFFSET,
            ErrorLogDescriptor.LENGTH - ErrorLogDescriptor.RECORDS_OFFSET), SystemEpochClock.INSTANCE);
    }

    /** Counts an error. Two errors with the same class, message and stack count as the same. */
    public void record(final Throwable error) {
        if (!log.record(error)) {
            long seen;
            do {
                seen = Memory.getLongVolatile(address + ErrorLogDescriptor.UNRECORDED_OFFSET);
            } while (!Memory.compareAndSetLong(address + ErrorLogDescriptor.UNRECORDED_OFFSET, seen, seen + 1));
        }
    }

    /** Number of errors for which there was no room, from a copy of the section. */
    public static long unrecorded(final byte[] section) {
        return Math.max(0, wrap(section).getLong(ErrorLogDescriptor.UNRECORDED_OFFSET));
    }

    /**
     * Reads the records from a copy of the section, which is not trusted. Reading stops at the first record that is not
     * sound.
     *
     * @param section at least {@link ErrorLogDescriptor#RECORDS_OFFSET} bytes
     */
    public static List<DistinctError> read(final byte[] section) {
        final ByteBuffer bytes = wrap(section);
        final List<DistinctError> errors = new ArrayList<>();
        int at = ErrorLogDescriptor.RECORDS_OFFSET;
        while (at <= section.length - ErrorLogDescriptor.TEXT_OFFSET) {
            final int length = bytes.getInt(at + ErrorLogDescriptor.RECORD_LENGTH_OFFSET);
            if (length < ErrorLogDescriptor.TEXT_OFFSET || length > section.length - at) {
                break;
            }
            errors.add(new DistinctError(Integer.toUnsignedLong(bytes.getInt(at + ErrorLogDescriptor.COUNT_OFFSET)),
                bytes.getLong(at + ErrorLogDescriptor.FIRST_MS_OFFSET),
                bytes.getLong(at + ErrorLogDescriptor.LAST_MS_OFFSET),
                new String(section, at + ErrorLogDescriptor.TEXT_OFFSET, length - ErrorLogDescriptor.TEXT_OFFSET,
                    StandardCharsets.UTF_8).stripTrailing()));
            at += EventDescriptor.align(length);
        }
        return errors;
    }

    private static ByteBuffer wrap(final byte[] section) {
        return ByteBuffer.wrap(section).order(ByteOrder.LITTLE_ENDIAN);
    }
}
