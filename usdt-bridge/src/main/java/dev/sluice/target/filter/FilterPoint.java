// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.filter;

import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.where.EventTest;
import java.util.List;

/** What is filtered: a loaded tracepoint, as who controls sessions sees it. */
public interface FilterPoint {
    /** The tracepoint's fields, in encoded order. */
    List<FieldSchema> fields();

    /**
     * Makes code of a test, and has every fire that finds its filter bit set from now on call it. A fire that has found
     * the bit before may still call the code before this one. To be called before the bit is set, by one thread at a
     * time.
     *
     * @throws LinkageError      if the code cannot be defined, by a lack of memory for example
     * @throws RuntimeException  if it cannot be made
     */
    void filter(EventTest test);
}
