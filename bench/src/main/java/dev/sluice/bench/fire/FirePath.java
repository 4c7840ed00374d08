// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.fire;

import java.io.IOException;
import java.nio.file.Path;

/**
 * One way in which a Java program reports the event that all of them report: two longs and the time. A JVM has one of
 * them only, so that the compiler sees one kind of call. It has a public constructor without arguments, or with one
 * text. All of it is called by the thread that is measured; where several fire, each does by its own {@link #ofThread},
 * and one of them opens and, once nobody fires any more, finishes.
 */
public interface FirePath extends Firing, AutoCloseable {
    /**
     * Prepares the way and starts its other side.
     *
     * @param directory where files may go: empty, and removed afterwards
     */
    void open(Path directory) throws IOException, InterruptedException;

    /**
     * By what one of several threads fires: this, for a way whose {@link #fire} many threads may call at once. Called
     * once for each thread, by that thread, after {@link #open}.
     *
     * @param index of the thread, from 0 on
     */
    default Firing ofThread(final int index) {
        return this;
    }

    /**
     * Waits until everything has arrived on the other side, and counts it there. Called once, before {@link #close}.
     *
     * @param fired how many events were reported; their numbers are all those from 0 on
     * @throws IllegalStateException if something else arrived than was reported
     */
    Stored finish(long fired) throws IOException, InterruptedException;

    @Override
    default void close() throws IOException {
    }
}
