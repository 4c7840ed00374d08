// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.turn;

import java.io.IOException;
import java.nio.file.Path;

/**
 * One way to report an event, as a row of the table.
 *
 * @param name    short, for options and files
 * @param what    for people
 * @param isRival whether it is another tracer, log or queue, and not a way of Sluice or the kernel
 * @param missing why it cannot take part; empty if it can
 * @param runner  measures it; not used if something is missing
 */
public record Contestant(String name, String what, boolean isRival, String missing, Runner runner) {
    /** Measures one turn in processes of its own. */
    @FunctionalInterface
    public interface Runner {
        /**
         * Measures.
         *
         * @param directory for files; removed by the caller
         */
        Turn run(Path directory, Effort effort) throws IOException, InterruptedException;

        /** The same for a way that loses no event: a turn after which one is not on the other side has failed. */
        default Runner losingNone() {
            return (directory, effort) -> {
                final Turn turn = run(directory, effort);
                return turn.hasFailed() || turn.lost() == 0 ? turn : Turn.failed("events were lost where none may be:"
                    + " fired=" + turn.fired() + " found=" + turn.stored().events());
            };
        }
    }

    public boolean isMissing() {
        return !missing.isEmpty();
    }
}
