// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.output;

/**
 * Turns SIGINT, SIGTERM and SIGHUP (a closed terminal) into a flag, so that a recording ends in good order and the
 * command decides the exit code. A signal that was ignored from the start, such as SIGHUP under nohup, stays ignored. A
 * shutdown hook would be no replacement: it would run at the same time as the hooks of libraries that still have to
 * write. A second signal ends the process at once.
 */
public final class StopSignals {
    private static final int SIGNAL_EXIT = 128;

    private static volatile boolean isStopped;
    private static boolean isInstalled;

    private StopSignals() {
    }

    /** Whether somebody asked to stop. Any thread. */
    public static boolean isStopped() {
        return isStopped;
    }

    /** Takes over the signals, once. */
    public static synchronized void install() {
        if (isInstalled) {
            return;
        }
        isInstalled = true;
        for (final String name : new String[] {"INT", "TERM", "HUP"}) {
            // Where the JVM does not give it away, it ends the process, as it does by default.
            Signals.handle(name, StopSignals::handle);
        }
    }

    private static void handle(final int number) {
        if (isStopped) {
            Runtime.getRuntime().halt(SIGNAL_EXIT + number);
        }
        isStopped = true;
    }
}
