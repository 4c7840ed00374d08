// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.fire;

import dev.sluice.bench.measure.HardwareCounts;
import dev.sluice.bench.measure.ProcessorTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What a measured JVM leaves in a file for the JVM that has started it.
 *
 * @param fired   events that were reported, those of the warm-up included
 * @param stored  what was found on the other side
 * @param spent   processor time in the iterations that were measured
 * @param failure what went wrong; empty if nothing did
 */
public record Account(long fired, Stored stored, ProcessorTime.PerEvent spent, String failure) {
    private static final int LINES = 13;

    /**
     * One whose other side has no more than was reported.
     *
     * @throws IllegalStateException if more arrived
     */
    public Account {
        stored.requireAtMost(fired);
    }

    /** Of a JVM that has failed. */
    public static Account failed(final String failure) {
        return new Account(0, Stored.nothing(), ProcessorTime.PerEvent.UNKNOWN, failure);
    }

    /** Writes it. */
    void write(final Path file) throws IOException {
        Files.write(file, List.of(Long.toString(fired), Long.toString(stored.events()), stored.means(),
            Long.toString(stored.traps()), Long.toString(stored.bytes()), stored.place().text(),
            Double.toString(spent.firing()), Double.toString(spent.other()),
            Double.toString(spent.counts().instructions()), Double.toString(spent.counts().cycles()),
            Double.toString(spent.counts().cacheMisses()), Double.toString(spent.allocated()),
            failure.replace('\n', ' ')));
    }

    /** Reads it; a file that is not there, or empty, means that the JVM has ended before it could tell anything. */
    public static Account read(final Path file) throws IOException {
        final List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
        return lines.size() < LINES ? failed("its JVM has ended early")
            : new Account(Long.parseLong(lines.get(0)), new Stored(Long.parseLong(lines.get(1)), lines.get(2),
                    Long.parseLong(lines.get(3)), Long.parseLong(lines.get(4)), Stored.Place.of(lines.get(5))),
                new ProcessorTime.PerEvent(Double.parseDouble(lines.get(6)), Double.parseDouble(lines.get(7)),
                    new HardwareCounts(Double.parseDouble(lines.get(8)), Double.parseDouble(lines.get(9)),
                        Double.parseDouble(lines.get(10))), Double.parseDouble(lines.get(11))), lines.get(12));
    }
}
