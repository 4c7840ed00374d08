// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.flight;

import dev.sluice.cli.output.CommandException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A moment up to which a flight recorder has stored everything. Whoever asks for it reads the trace by itself, with its
 * own rights.
 *
 * @param atNs       CLOCK_MONOTONIC, ns
 * @param isComplete whether everything that was fired before is stored; else a target did not answer in time
 * @param bound      how much the recorder keeps
 * @param needed     bytes that the recording needs free on its file system; 0 if the recorder does not say
 */
public record SnapshotMark(long atNs, boolean isComplete, FlightBound bound, long needed) {
    static final String REQUEST = "mark";
    private static final int OLDER_WORDS = 8;

    /** The mark as an answer to {@link #REQUEST}. */
    String line() {
        return String.format(Locale.ROOT, "at %d complete %d window %d bytes %d needed %d", atNs, isComplete ? 1 : 0,
            bound.windowNs(), bound.bytes(), needed);
    }

    /**
     * Asks the recorder of a trace.
     *
     * @return empty if there is none that takes snapshots: whoever reads the trace says why
     * @throws CommandException if there is one, and it does not answer
     */
    static Optional<SnapshotMark> ask(final Path trace) {
        return RecorderSocket.ask(trace, List.of(REQUEST)).filter(answer -> !answer.equals(RecorderSocket.UNKNOWN))
            .map(SnapshotMark::of);
    }

    /** Reads an answer. A recorder of an older version does not say what it needs. */
    static SnapshotMark of(final String line) {
        final String[] words = line.split(" ");
        try {
            return new SnapshotMark(Long.parseLong(words[1]), words[3].equals("1"),
                new FlightBound(Long.parseLong(words[5]), Long.parseLong(words[7])),
                words.length == OLDER_WORDS ? 0 : Long.parseLong(words[9]));
        } catch (final ArrayIndexOutOfBoundsException | NumberFormatException e) {
            throw new CommandException("the recorder gave no answer: '" + line + "'; if it has ended meanwhile, try"
                + " again", e);
        }
    }
}
