// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.measure;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A JVM like this one whose program takes orders, one a line, and is recorded by the command {@code sluice record}, a
 * process of its own. The program prints {@link #READY} and its process id first, and one line for each order. For one
 * thread; closing kills what still runs.
 */
public final class RecordedJvm implements AutoCloseable {
    /** What the program's first line begins with; its process id follows. */
    public static final String READY = "pid ";
    private static final long PATIENCE_S = 120;

    private final Process program;
    private final BufferedReader answers;
    private final Writer orders;
    private final String pid;
    private Process recorder;

    /**
     * Starts the program and waits for its first line.
     *
     * @param program with {@code main}, which is given no arguments
     * @param flags   of the JVM, after those of this one
     * @throws IllegalStateException if the program says something else first, or ends
     */
    public RecordedJvm(final Class<?> program, final List<String> flags) throws IOException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(flags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
        this.program = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        answers = new BufferedReader(new InputStreamReader(this.program.getInputStream(), StandardCharsets.UTF_8));
        orders = this.program.outputWriter(StandardCharsets.UTF_8);
        final String ready = answer();
        if (!ready.startsWith(READY)) {
            close();
            throw new IllegalStateException("the traced program has said: " + ready);
        }
        pid = ready.substring(READY.length());
    }

    /**
     * Starts the recorder, without waiting until it records.
     *
     * @param root    of the checkout, where the launcher is
     * @param pattern of the tracepoints
     * @param trace   directory of the trace, made by the recorder
     * @param mode    the drain mode, as {@code --mode} takes it
     * @param policy  what a full ring does, as {@code --policy} takes it
     */
    public void record(final Path root, final String pattern, final Path trace, final String mode,
                       final String policy) throws IOException {
        recorder = new ProcessBuilder(root.resolve("sluice").toString(), "record", "--no-build", "-p", pid, "-e",
            pattern, "--mode", mode, "--policy", policy, "-o", trace.toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        recorder.getOutputStream().close();
    }

    /** Gives the program an order, and waits for the line that answers the order. */
    public String ask(final String order) throws IOException {
        orders.write(order + "\n");
        orders.flush();
        return answer();
    }

    private String answer() throws IOException {
        final String line = answers.readLine();
        if (line == null) {
            throw new IllegalStateException("the traced program has ended early; see above");
        }
        return line;
    }

    /** The recorder's processor time up to now, as the kernel has counted it for all threads that live, in ns. */
    public long recorderProcessorNs() {
        if (!recorder.isAlive()) {
            throw new IllegalStateException("the recorder has ended early, with exit status " + recorder.exitValue()
                + "; see above");
        }
        return ProcessorTime.ofProcess(recorder.pid());
    }

    /** Ends the recording in order: everything is stored when this returns. */
    public void endRecording() throws InterruptedException {
        recorder.destroy();
        if (!recorder.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the recorder does not end");
        }
    }

    /** Removes a trace or another directory, if it is there. */
    public static void remove(final Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    @Override
    public void close() {
        program.destroyForcibly().onExit().join();
        if (recorder != null) {
            recorder.destroyForcibly().onExit().join();
        }
    }
}
