// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

import java.nio.file.Path;

/**
 * A place of a trace that readers have stepped over.
 *
 * @param file     file of the trace
 * @param offset   byte in it where the damage begins: of a document, where it begins; -1 if it is the whole file
 * @param document number of the document in the trace, from 0, or -1 if it is none
 * @param what     its kind, lower case, or "file"
 * @param target   index of the target that it says it is of, or -1
 * @param ring     of a packet: the ring that it says it is of, or -1
 * @param sequence of a packet: its sequence, or 0
 * @param events   of a packet: events that it says it holds, which are not read, or 0
 * @param problem  what is wrong
 */
public record TraceDamage(Path file, long offset, long document, String what, int target, int ring, long sequence,
    long events, String problem) {
    public TraceDamage withDocument(final long number) {
        return new TraceDamage(file, offset, number, what, target, ring, sequence, events, problem);
    }

    /** One line: the place, and what is wrong. */
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
