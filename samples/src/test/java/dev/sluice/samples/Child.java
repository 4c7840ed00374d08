// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Another program, started by a test, whose output goes to files. Closing it ends it. */
final class Child implements AutoCloseable {
    private static final long TIMEOUT_S = 60;
    private static final int FIRST_WITH_FFM_FLAGS = 24;

    private final Process process;
    private final Path out;
    private final Path err;

    private Child(final List<String> command, final Path directory) throws IOException {
        out = Files.createTempFile(directory, "child", ".out");
        err = Files.createTempFile(directory, "child", ".err");
        process = new ProcessBuilder(command).redirectInput(new File("/dev/null"))
            .redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    }

    /** Starts any program. */
    static Child start(final Path directory, final List<String> command) throws IOException {
        return new Child(command, directory);
    }

    /** Starts a JVM with the flags that Sluice asks for and the class path given. */
    static Child startJava(final Path directory, final String classPath, final List<String> arguments)
        throws IOException {
        final String flags = Runtime.version().feature() >= FIRST_WITH_FFM_FLAGS ? "jvm-24.args" : "jvm-17.args";
        final List<String> command = new ArrayList<>(List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "@" + root().resolve("config").resolve(flags), "-Xmx512m", "-cp", classPath));
        command.addAll(arguments);
        return new Child(command, directory);
    }

    /** The checkout that is tested. */
    static Path root() {
        return Path.of(System.getProperty("sluice.root"));
    }

    /** Waits for the end of the program and returns its exit status. */
    int awaitExit() throws InterruptedException {
        if (!process.waitFor(TIMEOUT_S, TimeUnit.SECONDS)) {
            throw new AssertionError("no end within " + TIMEOUT_S + " s: " + process.info());
        }
        return process.exitValue();
    }

    /** Waits for the first line of the program's output. */
    String awaitFirstLine() throws IOException, InterruptedException {
        final long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_S);
        while (System.nanoTime() < deadline) {
            final String text = output();
            if (text.indexOf('\n') >= 0) {
                return text.substring(0, text.indexOf('\n'));
            }
            if (!process.isAlive()) {
                throw new AssertionError("ended with " + process.exitValue() + " and no line: " + errors());
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
        throw new AssertionError("no line within " + TIMEOUT_S + " s");
    }

    String output() throws IOException {
        return Files.readString(out, StandardCharsets.UTF_8);
    }

    String errors() throws IOException {
        return Files.readString(err, StandardCharsets.UTF_8);
    }

    long pid() {
        return process.pid();
    }

    /** Sends SIGTERM. */
    void terminate() {
        process.destroy();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
