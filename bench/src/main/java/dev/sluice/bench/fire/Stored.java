// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.fire;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What was found on the other side.
 *
 * @param events how many, or {@link #NOTHING} where a way neither stores nor counts any
 * @param means  how they were counted, in a few words
 * @param traps  how often the firing threads were trapped into the kernel for them, or {@link #NOTHING} where nobody
 *               has counted that, or it is no way of traps
 * @param bytes  that the other side has of them, counted there; 0 where it has none of them, but a number or a sum
 * @param place  where it has them
 */
public record Stored(long events, String means, long traps, long bytes, Place place) {
    /** Number where nothing is stored. */
    public static final long NOTHING = -1;

    /** Where events are in the end. */
    public enum Place {
        /** In files. */
        DISK,
        /** Handed over in memory, to a thread that took them; gone after that. */
        MEMORY,
        /** Nowhere: there is nothing of single events. */
        NOWHERE;

        /** Its name in files and tables: "disk", "memory", "nowhere". */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The place of a name that {@link #text} gave. */
        public static Place of(final String text) {
            return valueOf(text.toUpperCase(Locale.ROOT));
        }
    }

    /** Of a way without traps, which stores nothing of single events. */
    public Stored(final long events, final String means) {
        this(events, means, NOTHING, 0, Place.NOWHERE);
    }

    /**
     * This, if no more has arrived than was reported. What a way checks by itself besides is its own business.
     *
     * @param fired how many were reported
     * @throws IllegalStateException if more arrived
     */
    public Stored requireAtMost(final long fired) {
        if (events > fired || events < NOTHING) {
            throw new IllegalStateException("what arrived is not what was reported: reported=" + fired + " arrived="
                + events + " (" + means + ")");
        }
        return this;
    }

    /** The same with traps that were counted. */
    public Stored withTraps(final long counted) {
        return new Stored(events, means, counted, bytes, place);
    }

    /** The same of events that were handed over in memory, in so many bytes. */
    public Stored inMemory(final long counted) {
        return new Stored(events, means, traps, counted, Place.MEMORY);
    }

    /** The same of events that are in files of so many bytes. */
    public Stored onDisk(final long counted) {
        return new Stored(events, means, traps, counted, Place.DISK);
    }

    /** The same of events that are in a file, or in all files of a directory: their lengths. */
    public Stored onDisk(final Path files) throws IOException {
        try (Stream<Path> all = Files.walk(files)) {
            return onDisk(all.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum());
        }
    }

    /** Bytes for each event that was found; NaN where nothing of single events is stored, or none was found. */
    public double bytesPerEvent() {
        return place == Place.NOWHERE || events <= 0 ? Double.NaN : (double) bytes / events;
    }

    /** Of a way that stores nothing. */
    public static Stored nothing() {
        return new Stored(NOTHING, "");
    }
}
