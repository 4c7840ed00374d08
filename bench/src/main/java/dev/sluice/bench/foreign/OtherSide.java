// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.foreign;

import dev.sluice.bench.fire.Stored;
import java.io.IOException;
import java.nio.file.Path;

/** Who listens to a program in C. Used by one thread; closed once, whatever happened. */
public interface OtherSide extends AutoCloseable {
    /** Starts before the program does. */
    default void open(final Path directory) throws IOException, InterruptedException {
    }

    /**
     * Attaches to the program, which waits meanwhile.
     *
     * @param siteOffset of the probe in the program's file; 0 if it has none
     */
    default void attach(final long pid, final Path program, final long siteOffset) {
    }

    /** Counts what has arrived; the program still runs. */
    Stored finish(long fired) throws IOException, InterruptedException;

    @Override
    default void close() throws IOException {
    }

    /** Nobody listens. */
    static OtherSide nobody() {
        return fired -> Stored.nothing();
    }
}
