// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.fire;

import java.io.IOException;
import java.nio.file.Path;

/**
 * One way in which a Java program reports the event that all of them report: two longs and the time. A JVM has one of
 * them only, so that the compiler sees one kind of call. It has a public constructor without arguments, or with one
 * text. All of it is called by the thread that is measured.
 */
public interface FirePath extends AutoCloseable {
    /**
     * Prepares the way and starts its other side.
     *
     * @param directory where files may go: empty, and removed afterwards
     */
    void open(Path directory) throws IOException, InterruptedException;

    /**
     * Reports one event. What is returned only keeps the compiler from leaving the call out.
     *
     * @param a of {@link Values#first}
     * @param b the event's number
     */
    long fire(long a, long b);

    /**
     * Waits until everything has arrived on the other side, and counts it there. Called once, before {@link #close}.
     *
     * @param fired how many events were reported
     * @throws IllegalStateException if something else arrived than was reported
     */
    Stored finish(long fired) throws IOException, InterruptedException;

    @Override
    default void close() throws IOException {
    }
}
