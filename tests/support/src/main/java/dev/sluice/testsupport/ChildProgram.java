// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.testsupport;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * Another program, started by a test, that takes lines and signals; its output goes to files. Every wait ends after
 * three minutes, time enough on a busy machine, with an AssertionError that says what the program printed. Closing it
 * kills it. For one thread.
 */
public final class ChildProgram implements AutoCloseable {
    private static final int SIGINT = 2;
    private static final long TIMEOUT_S = 180;
    /** Between looks at what is waited for: a hundredth of the time that it has taken, so that waiting costs little. */
    private static final long LEAST_NAP_NS = 500_000;
    private static final long LONGEST_NAP_NS = 20_000_000;
    private static final long NAPS = 100;
    private static final int FIRST_WITH_FFM_FLAGS = 24;

    private final String name;
    private final Process process;
    private final Path out;
    private final Path err;

    private ChildProgram(final Path directory, final String name, final List<String> command, final boolean hasInput)
        throws IOException {
        this.name = name;
        out = Files.createTempFile(directory, name, ".out");
        err = Files.createTempFile(directory, name, ".err");
        final ProcessBuilder builder =
            new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
        process = (hasInput ? builder : builder.redirectInput(new File("/dev/null"))).start();
    }

    /**
     * Starts any program, with no input.
     *
     * @param directory for the files with its output
     * @param command   the program and its arguments
     * @throws IOException if it cannot be started
     */
    public static ChildProgram start(final Path directory, final List<String> command) throws IOException {
        return new ChildProgram(directory, "child", command, false);
    }

    /**
     * Starts a JVM of the running JDK, with no input.
     *
     * @param directory for the files with its output
     * @param flags     JVM flags, such as {@link #launcherFlags()}; the heap is 512 MiB unless they say otherwise
     * @param classPath its class path
     * @param arguments the main class and its arguments
     * @throws IOException if it cannot be started
     */
    public static ChildProgram startJava(final Path directory, final List<String> flags, final String classPath,
                                         final List<String> arguments) throws IOException {
        final List<String> all = new ArrayList<>(List.of("-Xmx512m"));
        all.addAll(flags);
        return start(directory, javaCommand(List.of(), all, classPath, arguments));
    }

    /**
     * Runs a main class of this JVM's class path to its end, which must be 0, with the launcher's flags and some more.
     *
     * @param directory for the files with its output
     * @throws IOException if it cannot be started
     */
    public static void runJava(final Path directory, final Class<?> program, final String... flags)
        throws IOException, InterruptedException {
        final List<String> all = new ArrayList<>(launcherFlags());
        all.addAll(List.of(flags));
        try (ChildProgram child = startJava(
            directory, all, System.getProperty("java.class.path"), List.of(program.getName()))) {
            if (child.awaitExit() != 0) {
                throw new AssertionError(child.toString());
            }
        }
    }

    /**
     * Starts a JVM of the running JDK that starts fast, with the flags that the launcher would give and some more, and
     * that takes lines ({@link #send}).
     *
     * @param directory for the files with its output
     * @param name      what messages call it
     * @param flags     JVM flags beside the launcher's
     * @param classPath its class path
     * @param arguments the main class and its arguments
     * @throws IOException if it cannot be started
     */
    public static ChildProgram startServant(final Path directory, final String name, final List<String> flags,
                                            final String classPath, final List<String> arguments) throws IOException {
        return startServantBy(List.of(), directory, name, flags, classPath, arguments);
    }

    /**
     * Starts a servant by another command. That command becomes the JVM, as setpriv does, or becomes its parent and
     * puts it into other namespaces, as unshare does.
     */
    public static ChildProgram startServantBy(final List<String> wrapper, final Path directory, final String name,
                                              final List<String> flags, final String classPath,
                                              final List<String> arguments) throws IOException {
        final List<String> all = new ArrayList<>(launcherFlags());
        all.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
        all.addAll(flags);
        return new ChildProgram(directory, name, javaCommand(wrapper, all, classPath, arguments), true);
    }

    /**
     * A command that starts a JVM of the running JDK.
     *
     * @param wrapper   what stands before it, such as setpriv with its arguments
     * @param flags     JVM flags, such as {@link #launcherFlags()}
     * @param classPath its class path
     * @param arguments the main class and its arguments
     */
    public static List<String> javaCommand(final List<String> wrapper, final List<String> flags,
                                           final String classPath, final List<String> arguments) {
        final List<String> command = new ArrayList<>(wrapper);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        try {
            final ClassArchive archive = ClassArchive.of(classPath, arguments.get(0));
            command.addAll(archive == null ? List.of() : archive.flags());
            command.addAll(flags);
            command.addAll(List.of("-cp", archive == null ? classPath : archive.classPath()));
        } catch (final IOException e) {
            throw new UncheckedIOException("no archive of classes can be made", e);
        }
        command.addAll(arguments);
        return command;
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

    /** Gives it a line to read. */
    public void send(final String line) {
        try {
            process.getOutputStream().write((line + '\n').getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (final IOException e) {
            throw new AssertionError("cannot write to " + this, e);
        }
    }

    /** Sends a signal by name. */
    public void signal(final String signal) throws IOException, InterruptedException {
        final int status =
            new ProcessBuilder("kill", "-" + signal, Long.toString(pid())).inheritIO().start().waitFor();
        if (status != 0) {
            throw new AssertionError("kill -" + signal + " of " + this + " failed: status=" + status);
        }
    }

    /**
     * Sends SIGINT, as Ctrl-C does. A program that a script has started in the background ignores it, and so do all
     * that it starts: they get SIGTERM in its place.
     */
    public void interrupt() throws IOException, InterruptedException {
        final String ignored = Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("SigIgn:")).findFirst().orElseThrow();
        final boolean isIgnored = (Long.parseUnsignedLong(ignored.split("\\s+")[1], 16) & 1 << SIGINT - 1) != 0;
        signal(isIgnored ? "TERM" : "INT");
    }

    /**
     * Stops the program, and waits until each of its threads stands: the signal has been sent when {@link #signal}
     * returns, and a thread that runs on another processor meanwhile goes on for a moment.
     */
    public void stop() throws IOException, InterruptedException {
        signal("STOP");
        await("all threads are stopped: " + this, () -> {
            try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid() + "/task"))) {
                return tasks.allMatch(ChildProgram::isStopped);
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static boolean isStopped(final Path task) {
        try {
            final String stat = Files.readString(task.resolve("stat"));
            return stat.charAt(stat.lastIndexOf(')') + 2) == 'T';
        } catch (final IOException e) {
            // The thread has ended.
            return true;
        }
    }

    /** Waits for the end of the program and returns its exit status. */
    public int awaitExit() throws InterruptedException {
        return awaitExit(TIMEOUT_S);
    }

    /** Waits, for at most so many seconds, for the end of the program and returns its exit status. */
    public int awaitExit(final long timeoutS) throws InterruptedException {
        if (!process.waitFor(timeoutS, TimeUnit.SECONDS)) {
            throw new AssertionError("no end within " + timeoutS + " s: " + this);
        }
        return process.exitValue();
    }

    /** Waits for the first line of the program's output. */
    public String awaitFirstLine() throws InterruptedException {
        final String[] first = {null};
        await("a line of " + name, () -> {
            // Aliveness first: what a dead process has written is all there.
            final boolean wasAlive = process.isAlive();
            final String text = read(out);
            if (text.indexOf('\n') < 0 && !wasAlive) {
                throw new AssertionError("ended without a line: " + this);
            }
            first[0] = text.indexOf('\n') < 0 ? null : text.substring(0, text.indexOf('\n'));
            return first[0] != null;
        }, TIMEOUT_S);
        return first[0];
    }

    /** Waits until its output has a number of lines that begin with a word; returns the last of them. */
    public String awaitLine(final String word, final int number) throws InterruptedException {
        return awaitLine(word, number, TIMEOUT_S);
    }

    /**
     * Waits, for at most so many seconds, until the program's output has a number of lines that begin with a word.
     * Returns the last of these lines.
     */
    public String awaitLine(final String word, final int number, final long timeoutS) throws InterruptedException {
        final String[] last = {null};
        await(word + " for the " + number + "th time: " + name, () -> {
            // Whether the process lives is asked first: if it is dead, everything that it has written is there.
            final boolean wasAlive = process.isAlive();
            final List<String> lines = linesOf(word);
            if (lines.size() < number && !wasAlive) {
                throw new AssertionError("ended without saying '" + word + "': " + this);
            }
            last[0] = lines.isEmpty() ? null : lines.get(lines.size() - 1);
            return lines.size() >= number;
        }, timeoutS);
        return last[0];
    }

    /** Waits until something holds. */
    public static void await(final String what, final BooleanSupplier condition) throws InterruptedException {
        await(what, condition, TIMEOUT_S);
    }

    private static void await(final String what, final BooleanSupplier condition, final long timeoutS)
        throws InterruptedException {
        final long begin = System.nanoTime();
        while (!condition.getAsBoolean()) {
            final long waitedNs = System.nanoTime() - begin;
            if (waitedNs > TimeUnit.SECONDS.toNanos(timeoutS)) {
                throw new AssertionError("not within " + timeoutS + " s: " + what);
            }
            TimeUnit.NANOSECONDS.sleep(Math.max(LEAST_NAP_NS, Math.min(LONGEST_NAP_NS, waitedNs / NAPS)));
        }
    }

    /** Lines of its output that begin with a word. */
    public int lines(final String word) {
        return linesOf(word).size();
    }

    private List<String> linesOf(final String word) {
        return read(out).lines().filter(line -> line.equals(word) || line.startsWith(word + ' ')).toList();
    }

    /** What the program has printed so far. */
    public String output() throws IOException {
        return Files.readString(out, StandardCharsets.UTF_8);
    }

    /** What the program has printed on its error stream so far. */
    public String errors() throws IOException {
        return Files.readString(err, StandardCharsets.UTF_8);
    }

    private static String read(final Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (final IOException e) {
            return "(" + e + ")";
        }
    }

    /** The program's process id. */
    public long pid() {
        return process.pid();
    }

    /** Process id of its only child, as seen from here. */
    public long childPid() throws IOException {
        return Long.parseLong(
            Files.readString(Path.of("/proc/" + pid() + "/task/" + pid() + "/children")).trim());
    }

    /** Whether it runs, or is stopped. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Sends SIGTERM. */
    public void terminate() {
        process.destroy();
    }

    /** Sends SIGKILL, at once. */
    public void kill() {
        process.destroyForcibly();
    }

    @Override
    public String toString() {
        return name + " (process " + pid() + (process.isAlive() ? "" : ", ended with " + process.exitValue())
            + ") printed: " + read(out) + read(err);
    }

    /** Sends SIGKILL and waits for the end. */
    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
