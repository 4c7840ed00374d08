// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.region;

import dev.sluice.ring.control.ControlFileDescriptor;

/**
 * Layout of the region's error log: the errors that happened inside the tracer, each distinct error once with its count
 * and times. After the first line lies a log of Agrona's {@code DistinctErrorLog}.
 * <pre>
 *     0  +--------------------------------------------------------------+
 *        | number of errors that found no room in the log (target, CAS) |
 *   128  +--------------------------------------------------------------+
 *        | records, each aligned to 8; the first of length 0 is the end |
 *        |   i32 length of the record, without padding; stored last     |
 *        |   i32 how often it was seen; added to                        |
 *        |   i64 when it was seen last, ms since 1970                   |
 *        |   i64 when it was seen first, ms since 1970                  |
 *        |   text, UTF-8: the error, then where it came from            |
 *        +--------------------------------------------------------------+
 * </pre>
 * Only the target writes; anyone may read at any time.
 */
public final class ErrorLogDescriptor {
    public static final int UNRECORDED_OFFSET = 0;
    public static final int RECORDS_OFFSET = UNRECORDED_OFFSET + ControlFileDescriptor.LINE_LENGTH;
    /** Length of the whole section. */
    public static final int LENGTH = 64 << 10;

    static final int RECORD_LENGTH_OFFSET = 0;
    static final int COUNT_OFFSET = RECORD_LENGTH_OFFSET + Integer.BYTES;
    static final int LAST_MS_OFFSET = COUNT_OFFSET + Integer.BYTES;
    static final int FIRST_MS_OFFSET = LAST_MS_OFFSET + Long.BYTES;
    static final int TEXT_OFFSET = FIRST_MS_OFFSET + Long.BYTES;

    private ErrorLogDescriptor() {
    }
}
