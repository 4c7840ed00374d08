// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.hostile;

import dev.sluice.testsupport.ChildProgram;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A running {@code hostile_target.c}. For one thread. Closing kills it. */
final class HostileTarget implements AutoCloseable {
    private static final long COMPILE_TIMEOUT_S = 180;

    private final Process process;
    private final BufferedReader out;
    private final String story;

    private HostileTarget(final Process process, final BufferedReader out, final String story) {
        this.process = process;
        this.out = out;
        this.story = story;
    }

    /** Compiles the program; returns its path. */
    static Path compile(final Path directory) throws IOException, InterruptedException {
        final Path source = ChildProgram.root().resolve("consumer/src/test/c/hostile_target.c");
        final Path program = directory.resolve("hostile_target");
        final Path log = directory.resolve("gcc.log");
        final Process gcc = new ProcessBuilder("gcc", "-Wall", "-Wextra", "-Werror", "-O2", "-o", program.toString(),
            source.toString(), "-lpthread").redirectErrorStream(true).redirectOutput(log.toFile()).start();
        if (!gcc.waitFor(COMPILE_TIMEOUT_S, TimeUnit.SECONDS) || gcc.exitValue() != 0) {
            gcc.destroyForcibly();
            throw new AssertionError("gcc failed: " + Files.readString(log));
        }
        return program;
    }

    /**
     * Starts it.
     *
     * @param program   what was compiled
     * @param errors    what its standard error is: a file that it has open for writing, and that is somebody's
     * @param arguments seed, run, directory and "honest", "moves" or nothing
     */
    static HostileTarget start(final Path program, final Path errors, final List<String> arguments)
        throws IOException {
        final List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(arguments);
        final Process process =
            new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile())).start();
        final BufferedReader out = process.inputReader();
        final String story = out.readLine();
        if (story == null || !story.startsWith("ready ")) {
            process.destroyForcibly();
            throw new AssertionError(command + " does not start: " + story);
        }
        return new HostileTarget(process, out, story);
    }

    long pid() {
        return process.pid();
    }

    /** Has one that was started to move go to other namespaces, and waits until it is there. */
    void move() throws IOException {
        process.getOutputStream().write('\n');
        process.getOutputStream().flush();
        final String said = out.readLine();
        if (!"moved".equals(said)) {
            throw new AssertionError(story + " does not move: " + said);
        }
    }

    /** The file that is its region; null if that is memory. */
    Path regionFile() {
        final String path = story.split(" ")[2];
        return path.equals("-") ? null : Path.of(path);
    }

    /** What it does, and the two numbers that make it do that again. */
    String story() {
        return story;
    }

    @Override
    public void close() {
        kill();
    }

    /** Kills it and waits for its end. */
    void kill() {
        process.destroyForcibly().onExit().orTimeout(1, TimeUnit.MINUTES).join();
    }
}
