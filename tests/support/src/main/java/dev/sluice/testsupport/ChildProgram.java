// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.testsupport;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Another program, started by a test, with no input and with its output in files. Closing it ends it. Every wait ends
 * after a minute with an AssertionError that says what the program printed.
 */
public final class ChildProgram implements AutoCloseable {
    private static final long TIMEOUT_S = 60;
    private static final int FIRST_WITH_FFM_FLAGS = 24;

    private final Process process;
    private final Path out;
    private final Path err;

    private ChildProgram(final Path directory, final List<String> command) throws IOException {
        out = Files.createTempFile(directory, "child", ".out");
        err = Files.createTempFile(directory, "child", ".err");
        process = new ProcessBuilder(command).redirectInput(new File("/dev/null"))
            .redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    }

    /**
     * Starts any program.
     *
     * @param directory for the files with its output
     * @param command   the program and its arguments
     * @throws IOException if it cannot be started
     */
    public static ChildProgram start(final Path directory, final List<String> command) throws IOException {
        return new ChildProgram(directory, command);
    }

    /**
     * Starts a JVM of the running JDK.
     *
     * @param directory for the files with its output
     * @param flags     JVM flags, such as {@link #launcherFlags()}
     * @param classPath its class path
     * @param arguments the main class and its arguments
     * @throws IOException if it cannot be started
     */
    public static ChildProgram startJava(final Path directory, final List<String> flags, final String classPath,
                                         final List<String> arguments) throws IOException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(List.of("-Xmx512m", "-cp", classPath));
        command.addAll(arguments);
        return new ChildProgram(directory, command);
    }

    /** The flags that the launcher gives to a JVM of the running JDK. */
    public static List<String> launcherFlags() {
        final String file = Runtime.version().feature() >= FIRST_WITH_FFM_FLAGS ? "jvm-24.args" : "jvm-17.args";
        return List.of("@" + root().resolve("config").resolve(file));
    }

    /** The checkout that is tested. */
    public static Path root() {
        return Path.of(System.getProperty("sluice.root"));
    }

    /** Waits for the end of the program and returns its exit status. */
    public int awaitExit() throws IOException, InterruptedException {
        return awaitExit(TIMEOUT_S);
    }

    /** The same for a program that takes longer: waits for so many seconds. */
    public int awaitExit(final long timeoutS) throws IOException, InterruptedException {
        if (!process.waitFor(timeoutS, TimeUnit.SECONDS)) {
            throw new AssertionError("no end within " + timeoutS + " s, printed: " + output() + errors());
        }
        return process.exitValue();
    }

    /** Waits for the first line of the program's output. */
    public String awaitFirstLine() throws IOException, InterruptedException {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_S);
        while (System.nanoTime() < deadline) {
            final boolean alive = process.isAlive();
            final String text = output();
            if (text.indexOf('\n') >= 0) {
                return text.substring(0, text.indexOf('\n'));
            }
            if (!alive) {
                throw new AssertionError("ended with " + process.exitValue() + " and no line: " + errors());
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
        throw new AssertionError("no line within " + TIMEOUT_S + " s, printed: " + errors());
    }

    /** What the program has printed so far. */
    public String output() throws IOException {
        return Files.readString(out, StandardCharsets.UTF_8);
    }

    /** What the program has printed on its error stream so far. */
    public String errors() throws IOException {
        return Files.readString(err, StandardCharsets.UTF_8);
    }

    /** The program's process id. */
    public long pid() {
        return process.pid();
    }

    /** Sends SIGTERM. */
    public void terminate() {
        process.destroy();
    }

    /** Sends SIGKILL and waits for the end. */
    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
