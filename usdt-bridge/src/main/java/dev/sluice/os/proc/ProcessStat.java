// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os.proc;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The file {@code stat} in /proc of a process or a thread, as it was when it was read.
 *
 * @param state     a letter: R runs, S and D wait, T and t are stopped, Z and X have ended
 * @param startTime when it started, in the kernel's clock ticks since boot
 */
public record ProcessStat(char state, long startTime) {
    /** Field 22 of the line, counted from the state, which follows the name in parentheses. */
    private static final int START_TIME_FIELD = 19;

    /**
     * Reads the file.
     *
     * @param directory directory of the process or the thread: {@code /proc/PID} or {@code /proc/PID/task/TID}
     * @throws IOException if the process or thread has ended, or this user may not look at it
     */
    public static ProcessStat read(final Path directory) throws IOException {
        // The name in the file is bytes: a thread's name is cut after 15 bytes, perhaps in the middle of a character.
        return of(new String(Files.readAllBytes(directory.resolve("stat")), StandardCharsets.ISO_8859_1));
    }

    /** Parses a line. The name may itself contain blanks and parentheses. */
    static ProcessStat of(final String line) {
        final String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ");
        return new ProcessStat(fields[0].charAt(0), Long.parseLong(fields[START_TIME_FIELD]));
    }

    /** Whether the process or thread is stopped, by a signal or by a debugger. */
    public boolean isStopped() {
        return state == 'T' || state == 't';
    }
}
