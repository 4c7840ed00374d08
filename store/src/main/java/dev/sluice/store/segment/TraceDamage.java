// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

import java.nio.file.Path;

/**
 * A place of a trace that readers have stepped over.
 *
 * @param file     the file of the trace
 * @param offset   byte of the file where the damage begins: the begin of a damaged document, or -1 if it is the whole
 *                 file
 * @param document number of the document in the trace, from 0, or -1 if the place is not a document
 * @param what     kind of the document, in lower case, or "file"
 * @param target   index of the target that the document names, or -1
 * @param ring     for a packet, the ring that it names; else -1
 * @param sequence for a packet, its sequence number; else 0
 * @param events   for a packet, the number of events that it claims to hold, which are not read; else 0
 * @param problem  what is wrong
 */
public record TraceDamage(Path file, long offset, long document, String what, int target, int ring, long sequence,
    long events, String problem) {
    public TraceDamage withDocument(final long number) {
        return new TraceDamage(file, offset, number, what, target, ring, sequence, events, problem);
    }

    /** One line that names the place and says what is wrong. */
    public String describe() {
        final StringBuilder text = new StringBuilder();
        if (document >= 0) {
            text.append("document ").append(document).append(" (").append(what).append(')');
        } else {
            text.append(what);
        }
        if (ring >= 0) {
            text.append(", sequence ").append(sequence).append(" of ring ").append(ring);
        }
        if (target > 0) {
            text.append(" of target ").append(target);
        }
        if (offset >= 0) {
            text.append(", at byte ").append(offset);
        }
        text.append(" of ").append(file).append(": ").append(problem);
        if (events > 0) {
            text.append("; ").append(events).append(" events are not read");
        }
        return text.toString();
    }
}
