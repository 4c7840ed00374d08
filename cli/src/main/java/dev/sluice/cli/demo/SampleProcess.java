// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.demo;

import dev.sluice.cli.output.CommandException;
import dev.sluice.cli.output.Json;
import dev.sluice.cli.output.StopSignals;
import dev.sluice.store.text.FileText;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A sample program in a child JVM. A thread of its own reads the child's output. {@link #close()} ends the child if it
 * still runs. For one thread.
 */
final class SampleProcess implements AutoCloseable {
    private static final String MAIN_CLASS = "dev.sluice.samples.Main";
    private static final int FIRST_FFM_FLAGS_JDK = 24;
    private static final long START_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long END_GRACE_MS = 2000;
    private static final int POLL_MS = 20;

    private final Process process;
    private final String title;
    private final List<String> lines = new ArrayList<>();
    private final StringBuilder errors = new StringBuilder();
    private final Thread out;
    private final Thread err;

    private SampleProcess(final Process process, final String title) {
        this.process = process;
        this.title = title;
        out = reader("sample-out", process.inputReader(StandardCharsets.UTF_8), line -> {
            synchronized (lines) {
                lines.add(line);
            }
        });
        err = reader("sample-err", new BufferedReader(
            new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8)), line -> {
                synchronized (errors) {
                    errors.append(line).append(System.lineSeparator());
                }
            });
    }

    private static Thread reader(
        final String name, final BufferedReader reader, final Consumer<String> consumer) {
        final Thread thread = new Thread(() -> {
            try (reader) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    consumer.accept(line);
                }
            } catch (final IOException e) {
                consumer.accept("reading the sample's output failed: " + FileText.of(e));
            }
        }, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** The command line of a sample with arguments: this JDK with the flags that the launcher has chosen. */
    static List<String> command(final List<String> arguments) {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        final Path flags = flagsFile();
        if (flags != null) {
            command.add("@" + flags);
        }
        command.add("-cp");
        command.add(System.getProperty("sluice.target.classpath", System.getProperty("java.class.path")));
        command.add(MAIN_CLASS);
        command.addAll(arguments);
        return command;
    }

    private static Path flagsFile() {
        final String file = System.getProperty("sluice.jvm.args.file");
        if (file != null) {
            return Path.of(file);
        }
        final boolean hasFfmFlags = Runtime.version().feature() >= FIRST_FFM_FLAGS_JDK;
        final Path inTree = Path.of(System.getProperty("sluice.root", "."), "config",
            hasFfmFlags ? "jvm-24.args" : "jvm-17.args");
        return Files.exists(inTree) ? inTree : null;
    }

    /** Starts a sample. */
    static SampleProcess start(final List<String> arguments) {
        final String title = String.join(" ", arguments);
        try {
            return new SampleProcess(new ProcessBuilder(command(arguments)).start(), title);
        } catch (final IOException e) {
            throw new CommandException("cannot start the sample " + title + ": " + e.getMessage(), e);
        }
    }

    long pid() {
        return process.pid();
    }

    /** Waits for the first line, "pid N", which says that its probes can be found. */
    void awaitReady() {
        final long begin = System.nanoTime();
        while (lineCount() == 0) {
            checkStopped();
            if (!process.isAlive() || System.nanoTime() - begin > START_TIMEOUT_NS) {
                throw failed("did not start");
            }
            pause();
        }
    }

    private int lineCount() {
        synchronized (lines) {
            return lines.size();
        }
    }

    /** Waits for the sample's end and returns its last line, a JSON object. */
    Map<String, Object> result() {
        while (process.isAlive()) {
            checkStopped();
            pause();
        }
        try {
            out.join();
            err.join();
        } catch (final InterruptedException e) {
            throw interrupted(e);
        }
        if (process.exitValue() != 0 || lines.isEmpty()) {
            throw failed("ended with status " + process.exitValue());
        }
        return Json.readObject(lines.get(lines.size() - 1));
    }

    private void checkStopped() {
        if (StopSignals.isStopped()) {
            throw new CommandException("stopped");
        }
    }

    private void pause() {
        try {
            process.waitFor(POLL_MS, TimeUnit.MILLISECONDS);
        } catch (final InterruptedException e) {
            throw interrupted(e);
        }
    }

    private CommandException interrupted(final InterruptedException e) {
        Thread.currentThread().interrupt();
        return new CommandException("interrupted while the sample " + title + " ran", e);
    }

    private CommandException failed(final String what) {
        synchronized (errors) {
            return new CommandException("the sample " + title + " " + what + "; it said: "
                + (errors.isEmpty() ? "nothing" : errors.toString().strip()));
        }
    }

    /** Lets a sample continue that waits for a line. */
    void begin() {
        try {
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
        } catch (final IOException e) {
            throw failed("could not be told to begin: " + e.getMessage());
        }
    }

    /** What the sample wrote to standard error. */
    String errors() {
        synchronized (errors) {
            return errors.toString();
        }
    }

    @Override
    public void close() {
        if (process.isAlive()) {
            process.destroy();
            try {
                process.waitFor(END_GRACE_MS, TimeUnit.MILLISECONDS);
            } catch (final InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            process.destroyForcibly();
        }
    }
}
