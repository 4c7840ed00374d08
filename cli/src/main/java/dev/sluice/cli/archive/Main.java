// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.archive;

import static dev.sluice.trace.Field.int64;
import static dev.sluice.trace.Field.string;

import dev.sluice.trace.Provider;
import dev.sluice.trace.Tracepoint;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs each command that is usually over in a moment, so that a JVM that lists its classes
 * ({@code -XX:DumpLoadedClassList}) lists what they load, with the classes that it makes for their lambdas. The process
 * traces itself in shared mode, which needs no privilege and no other program. A command that fails has loaded
 * something all the same: where a package is installed, what a recording needs may be missing.
 */
public final class Main {
    private static final long LIMIT_S = 60;
    private static final long EVENT_EVERY_NS = TimeUnit.MICROSECONDS.toNanos(100);

    private Main() {
    }

    /**
     * Runs the commands, and prints their exit statuses. The one argument names a directory, in which traces are left.
     */
    public static void main(final String[] arguments) {
        if (arguments.length != 1) {
            throw new IllegalArgumentException("one directory is needed: arguments=" + List.of(arguments));
        }
        final PrintStream out = System.out;
        // What the commands print is of this machine, and nobody asked for it.
        System.setOut(new PrintStream(OutputStream.nullOutputStream()));
        start("archive-limit", Main::endInTime);
        final Provider provider = Provider.named("archive");
        final Tracepoint event = provider.tracepoint("event", int64("n"), string("text"));
        provider.load();
        start("archive-events", () -> fire(event));
        final String self = Long.toString(ProcessHandle.current().pid());
        final Path directory = Path.of(arguments[0]);
        final String trace = directory.resolve("trace").toString();
        run(out, "record", "-p", self, "--mode", "shared", "--duration", "100ms", "-o", trace);
        run(out, "list", "-p", self);
        run(out, "list", "-p", self, "--json");
        run(out, "list");
        run(out, "stat", "-p", self, "-i", "10ms", "-n", "2");
        run(out, "doctor");
        run(out, "report", trace);
        run(out, "report", trace, "--json");
        run(out, "print", trace, "-n", "3");
        run(out, "print", trace, "-n", "3", "--json");
        run(out, "tail", trace, "-n", "3");
        run(out, "replay", trace, "-n", "3");
        run(out, "diff", trace, trace);
        run(out, "snapshot", trace, "-o", directory.resolve("snapshot").toString());
        run(out, "control", "-p", self, "-e", "*");
        run(out, "export", trace, "--format", "jsonl", "-o", directory.resolve("events").toString());
        run(out, "salvage", self, "-o", directory.resolve("salvage").toString());
        run(out, "help");
        // Threads of the recording and of the traced side are left.
        System.exit(0);
    }

    private static void run(final PrintStream out, final String... words) {
        try {
            out.println(dev.sluice.cli.Main.run(words) + " " + String.join(" ", words));
        } catch (final LinkageError | RuntimeException e) {
            // What it was to load is missing in the archive, and loaded from its jar.
            out.println(e + " " + String.join(" ", words));
        }
    }

    private static void start(final String name, final Runnable task) {
        final Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void fire(final Tracepoint event) {
        for (long n = 0;; n++) {
            event.event().put(n).put("text").fire();
            LockSupport.parkNanos(EVENT_EVERY_NS);
        }
    }

    /** Nobody waits for a command that hangs: what was loaded until then is listed. */
    private static void endInTime() {
        try {
            TimeUnit.SECONDS.sleep(LIMIT_S);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(0);
    }
}
