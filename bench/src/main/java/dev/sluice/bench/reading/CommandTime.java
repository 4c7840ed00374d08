// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.reading;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The processor time of commands. Stateless. */
public final class CommandTime {
    private static final long TIMEOUT_S = 1_800;

    private CommandTime() {
    }

    /**
     * Runs a command, and throws away what it prints.
     *
     * @return seconds of its process and of those that it has waited for, user and system
     * @throws IOException if it cannot be run or fails, with what it printed on standard error
     */
    public static double seconds(final List<String> command) throws IOException {
        // The shell's own "times" is in every shell; it counts its children that have ended.
        final List<String> words = new ArrayList<>(List.of("/bin/sh", "-c", "\"$@\" >/dev/null && times", "sh"));
        words.addAll(command);
        final Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        final String text = new String(process.getInputStream().readAllBytes());
        try {
            if (!process.waitFor(TIMEOUT_S, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(command.get(0) + ": " + text.strip());
            }
        } catch (final InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + command.get(0) + " ran", e);
        }
        final List<String> lines = text.strip().lines().toList();
        double seconds = 0;
        for (final String time : lines.get(lines.size() - 1).split(" ")) {
            final String[] parts = time.replace("s", "").split("m");
            seconds += Integer.parseInt(parts[0]) * 60 + Double.parseDouble(parts[1]);
        }
        return seconds;
    }
}
