// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.jvm;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.UUID;

/** What /proc says of this process and its threads. */
public final class ProcessIdentity {
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    /** Field 22 of a stat line, counted from the state, which follows the name in parentheses. */
    private static final int START_TIME_FIELD = 19;
    private static final String LEFT_OUT = " ... ";

    private ProcessIdentity() {
    }

    /** Start time of this process, clock ticks since boot. */
    public static long startTime() throws IOException {
        return startTime(Path.of("/proc/self/stat"));
    }

    /**
     * Start time of a thread of this process.
     *
     * @return 0 if it does not exist
     */
    public static long threadStartTime(final int tid) {
        try {
            return startTime(Path.of("/proc/self/task/" + tid + "/stat"));
        } catch (final IOException e) {
            return 0;
        }
    }

    private static long startTime(final Path stat) throws IOException {
        // The name in it is bytes: a thread's is cut after 15, in the middle of a letter where that comes out so.
        final String line = new String(Files.readAllBytes(stat), StandardCharsets.ISO_8859_1);
        final String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ");
        return Long.parseLong(fields[START_TIME_FIELD]);
    }

    /**
     * Command line of this process, arguments separated by spaces; empty if it cannot be read.
     *
     * @param capacity characters to keep: of a longer one, whose class path may fill it, begin and end
     */
    public static String commandLine(final int capacity) {
        try {
            // Bytes that are no UTF-8 must not fail: the constructor replaces them.
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

    /** Identity of this boot of the kernel. */
    public static UUID bootId() throws IOException {
        try {
            return UUID.fromString(Files.readString(BOOT_ID).trim());
        } catch (final IOException e) {
            throw new IOException("open(" + BOOT_ID + ") failed: "
                + (e instanceof NoSuchFileException ? "there is no such file" : e.toString())
                + "; where /proc is mounted with subset=pid, mount all of it", e);
        }
    }
}
