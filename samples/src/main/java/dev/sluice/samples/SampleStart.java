// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import dev.sluice.trace.Provider;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.time.Duration;

/** How every sample begins and ends: says its pid, waits for a tracer if asked, and stops in good order on a signal. */
final class SampleStart {
    private static final Duration DEFAULT_WAIT = Duration.ofSeconds(60);
    private static final long LAST_WORDS_MS = 5_000;

    private final boolean wait;
    private final boolean waitsForLine;
    private final Duration timeout;
    private volatile boolean started;

    SampleStart(final SampleOptions options) {
        wait = options.has("--wait");
        waitsForLine = options.has("--wait-line");
        timeout = options.duration("--wait-timeout", DEFAULT_WAIT);
    }

    /**
     * Prints {@code pid N} and, if asked to, waits until a tracer has enabled one of the provider's tracepoints, or
     * until a line comes on standard input.
     *
     * @param stop called on SIGINT and SIGTERM, from another thread and perhaps before this call returns; after it, the
     *             calling thread has some seconds to say what it did and end
     * @return false if nobody attached in time, or standard input ends before a line
     */
    boolean begin(final Provider provider, final Runnable stop, final PrintStream out, final PrintStream err)
        throws InterruptedException {
        started = !wait && !waitsForLine;
        onTermination(stop);
        out.println("pid " + ProcessHandle.current().pid());
        out.flush();
        if (wait && !provider.awaitEnabled(timeout)) {
            err.println("sluice sample: nobody attached within " + timeout.toMillis() + " ms, or tracing is off (then a"
                + " warning above says why): attach with 'sluice record -p PID', or wait longer with --wait-timeout");
            return false;
        }
        if (waitsForLine && !hasLine(System.in)) {
            err.println("sluice sample: standard input has ended before the line that --wait-line waits for");
            return false;
        }
        started = true;
        return true;
    }

    /** Waits for a line. Returns false at the end of the input, for example if the process that writes it has died. */
    private static boolean hasLine(final InputStream in) {
        try {
            int read;
            do {
                read = in.read();
            } while (read != '\n' && read != -1);
            return read == '\n';
        } catch (final IOException e) {
            return false;
        }
    }

    private void onTermination(final Runnable stop) {
        final Thread main = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            stop.run();
            try {
                if (started) {
                    main.join(LAST_WORDS_MS);
                }
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }, "sample-stop"));
    }
}
