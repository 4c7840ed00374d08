// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.pair;

import dev.sluice.store.read.EventView;
import java.io.IOException;

/** Gets events as {@link Slices} has understood them. For one thread. */
public interface SliceHandler {
    /**
     * An event that neither begins nor ends a slice of its thread.
     *
     * @throws IOException if it cannot be written
     */
    void instant(EventView event) throws IOException;

    /**
     * An event that begins a slice of its thread.
     *
     * @throws IOException if it cannot be written
     */
    void begin(EventView event) throws IOException;

    /**
     * An event that ends the youngest open slice of its thread.
     *
     * @throws IOException if it cannot be written
     */
    void end(EventView event) throws IOException;

    /**
     * The youngest open slice of a thread ends here without an event of its own.
     *
     * @param at  an event of the same target, at whose time the slice ends
     * @param why says in words why there is no event
     * @throws IOException if it cannot be written
     */
    void endUnseen(ThreadId thread, EventView at, String why) throws IOException;

    /**
     * Two events that belong together by the value of a field, so they may be of different threads. Each of them was
     * handed over as an event already.
     *
     * @param name both names, in words
     * @throws IOException if it cannot be written
     */
    void pair(String name, OpenBegin begin, EventView end) throws IOException;
}
