// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay;

import dev.sluice.cli.output.Notices;
import dev.sluice.cli.replay.pace.ReplayClock;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Lets somebody at a terminal pause a replay and step through it, by lines that they enter. Reads in a thread of its
 * own.
 */
final class ReplayControls {
    private static final Path STANDARD_INPUT = Path.of("/proc/self/fd/0");

    private static final String HELP = "Enter pauses and resumes, a number steps so many events, q ends";

    private final ReplayClock clock;
    private volatile boolean isQuit;

    ReplayControls(final ReplayClock clock) {
        this.clock = clock;
    }

    /** Whether standard input is a terminal. */
    static boolean hasTerminal() {
        try {
            return Files.readSymbolicLink(STANDARD_INPUT).toString().matches("/dev/(pts/\\d+|tty.*|console)");
        } catch (final IOException e) {
            return false;
        }
    }

    /** Begins to read. */
    void start(final InputStream in) {
        Notices.print("sluice replay: " + HELP);
        final Thread thread = new Thread(() -> read(in), "replay-controls");
        thread.setDaemon(true);
        thread.start();
    }

    /** Does what the lines say, until they end. */
    void read(final InputStream in) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                apply(line.strip());
            }
        } catch (final IOException e) {
            // The terminal has gone. The replay goes on, or ends by SIGHUP.
            return;
        }
    }

    private void apply(final String line) {
        if (line.isEmpty()) {
            clock.toggle();
            Notices.print(clock.isStopped() ? "sluice replay: paused" : "sluice replay: goes on");
        } else if (line.matches("[1-9][0-9]{0,8}")) {
            clock.step(Long.parseLong(line));
        } else if (line.equals("q")) {
            isQuit = true;
        } else {
            Notices.print("sluice replay: '" + line + "' is no control: " + HELP);
        }
    }

    /** Whether the user has asked for the end. */
    boolean isQuit() {
        return isQuit;
    }
}
