// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.account;

import dev.sluice.testsupport.ChildProgram;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A JVM started by a test, that takes lines and signals; its output goes to files. Every wait ends with an
 * AssertionError after a minute. Closing kills it. For one thread.
 */
final class Child implements AutoCloseable {
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);

    private final String name;
    private final Process process;
    private final Path out;
    private final Path err;

    private Child(final String name, final Process process, final Path out, final Path err) {
        this.name = name;
        this.process = process;
        this.out = out;
        this.err = err;
    }

    /** Starts main class and arguments, with the flags that the launcher would give and some more. */
    static Child start(final Path directory, final String name, final List<String> flags, final String classPath,
                       final List<String> arguments) throws IOException {
        return startIn(List.of(), directory, name, flags, classPath, arguments);
    }

    /** The same, by a command that becomes the parent of the JVM and puts it into other namespaces, say. */
    static Child startIn(final List<String> wrapper, final Path directory, final String name,
                         final List<String> flags, final String classPath, final List<String> arguments)
        throws IOException {
        final List<String> command = new ArrayList<>(wrapper);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ChildProgram.launcherFlags());
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
        command.addAll(flags);
        command.addAll(List.of("-cp", classPath));
        command.addAll(arguments);
        final Path out = Files.createTempFile(directory, name, ".out");
        final Path err = Files.createTempFile(directory, name, ".err");
        return new Child(name, new ProcessBuilder(command).redirectOutput(out.toFile())
            .redirectError(err.toFile()).start(), out, err);
    }

    long pid() {
        return process.pid();
    }

    /** Process id of its only child, as seen from here. */
    long childPid() throws IOException {
        return Long.parseLong(
            Files.readString(Path.of("/proc/" + pid() + "/task/" + pid() + "/children")).trim());
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Gives it a line to read. */
    void send(final String line) {
        try {
            process.getOutputStream().write((line + '\n').getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (final IOException e) {
            throw new AssertionError("cannot write to " + this, e);
        }
    }

    /** Lines of its output that begin with a word. */
    int lines(final String word) {
        return linesOf(word).size();
    }

    private List<String> linesOf(final String word) {
        return output().lines().filter(line -> line.equals(word) || line.startsWith(word + ' ')).toList();
    }

    /** Sends a signal by name. */
    void signal(final String signal) throws IOException, InterruptedException {
        final int status =
            new ProcessBuilder("kill", "-" + signal, Long.toString(pid())).inheritIO().start().waitFor();
        if (status != 0) {
            throw new AssertionError("kill -" + signal + " of " + this + " failed: status=" + status);
        }
    }

    /** Sends SIGKILL, at once. */
    void kill() {
        process.destroyForcibly();
    }

    /** Waits for its end; returns its exit status. */
    int awaitExit() throws InterruptedException {
        if (!process.waitFor(TIMEOUT_NS, TimeUnit.NANOSECONDS)) {
            throw new AssertionError("no end within a minute: " + this);
        }
        return process.exitValue();
    }

    /** Waits until its output has a number of lines that begin with a word; returns the last of them. */
    String awaitLine(final String word, final int number) throws InterruptedException {
        final String[] last = {null};
        await(word + " for the " + number + "th time", () -> {
            // Aliveness first: what a dead process has written is all there.
            final boolean wasAlive = process.isAlive();
            final List<String> lines = linesOf(word);
            if (lines.size() < number && !wasAlive) {
                throw new AssertionError("ended without saying '" + word + "': " + this);
            }
            last[0] = lines.isEmpty() ? null : lines.get(lines.size() - 1);
            return lines.size() >= number;
        });
        return last[0];
    }

    /** The same for what may take longer: waits for so many seconds. */
    String awaitLine(final String word, final int number, final long timeoutS) throws InterruptedException {
        final long begin = System.nanoTime();
        // For most of the time, so that what says what is wrong is left to the other.
        while (lines(word) < number && process.isAlive()
            && System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(timeoutS) - TIMEOUT_NS) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return awaitLine(word, number);
    }

    /** Waits until something holds. */
    static void await(final String what, final BooleanSupplier condition) throws InterruptedException {
        final long begin = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - begin > TIMEOUT_NS) {
                throw new AssertionError("not within a minute: " + what);
            }
            TimeUnit.MICROSECONDS.sleep(500);
        }
    }

    private static String read(final Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (final IOException e) {
            return "(" + e + ")";
        }
    }

    String output() {
        return read(out);
    }

    @Override
    public String toString() {
        return name + " (process " + pid() + (process.isAlive() ? "" : ", ended with " + process.exitValue())
            + ") printed: " + output() + read(err);
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
