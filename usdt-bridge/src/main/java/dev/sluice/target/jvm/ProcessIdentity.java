// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.jvm;

import dev.sluice.os.proc.ProcessStat;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What /proc says of this process and its threads. */
public final class ProcessIdentity {
    private static final String LEFT_OUT = " ... ";

    private ProcessIdentity() {
    }

    /** Start time of this process, clock ticks since boot. */
    public static long startTime() throws IOException {
        return ProcessStat.read(Path.of("/proc/self")).startTime();
    }

    /**
     * Start time of a thread of this process.
     *
     * @return 0 if it does not exist
     */
    public static long threadStartTime(final int tid) {
        try {
            return ProcessStat.read(Path.of("/proc/self/task/" + tid)).startTime();
        } catch (final IOException e) {
            return 0;
        }
    }

    /**
     * Command line of this process, arguments separated by spaces; empty if it cannot be read.
     *
     * @param capacity characters to keep; of a longer command line, which a class path may fill, begin and end are kept
     */
    public static String commandLine(final int capacity) {
        try {
            // The String constructor replaces bytes that are no UTF-8, so such bytes cause no failure here.
            final String text = new String(Files.readAllBytes(Path.of("/proc/self/cmdline")), StandardCharsets.UTF_8)
                .replace('\0', ' ').trim();
            final int part = (capacity - LEFT_OUT.length()) / 2;
            return text.length() <= capacity ? text
                : text.substring(0, part) + LEFT_OUT + text.substring(text.length() - part);
        } catch (final IOException e) {
            // It is only a note.
            return "";
        }
    }
}
