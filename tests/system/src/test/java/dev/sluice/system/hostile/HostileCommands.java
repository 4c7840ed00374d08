// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.hostile;

import dev.sluice.testsupport.ChildProgram;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A JVM that runs commands of sluice, watched from outside: each must end in time, in little memory, and without an
 * unexpected failure. For one thread. Closing kills it.
 */
final class HostileCommands implements AutoCloseable {
    private static final long LIMIT_MS = 10_000;
    /**
     * What a command says when it has waited for a target that gives no answer, as long as an honest one that is busy
     * may take: the 8 s of docs/protocol.md, section 4. It does everything else within the limit all the same.
     */
    private static final Pattern WAITED = Pattern.compile(" did not answer command [A-Z_]+ within (\\d+) ms: ");
    /** Of these, 64 MiB are the BPF ring buffer, whose 32 MiB are mapped twice in a row. */
    private static final long LIMIT_KIB = 256 * 1024;
    /** After that a command is not waited for any more. */
    private static final long GIVE_UP_MS = 90_000;
    private static final List<String> FLAGS =
        List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xmx96m");

    private final Path directory;
    private final Path workingDirectory;
    private final List<String> faults = new ArrayList<>();
    private final Map<String, Integer> outcomes = new TreeMap<>();
    private Process process;
    private Path errors;
    private long errorsSeen;
    private long longestMs;
    private String longest = "";
    private long highestKib;
    private String highest = "";
    private String lastErrors = "";
    private int commands;

    /**
     * Starts the JVM.
     *
     * @param directory        for the files with its output
     * @param workingDirectory where it runs
     */
    HostileCommands(final Path directory, final Path workingDirectory) throws IOException {
        this.directory = directory;
        this.workingDirectory = workingDirectory;
        start();
    }

    private void start() throws IOException {
        errors = Files.createTempFile(directory, "host", ".err");
        errorsSeen = 0;
        final List<String> command =
            new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(ChildProgram.launcherFlags());
        command.addAll(FLAGS);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), HostileHost.class.getName()));
        process = new ProcessBuilder(command).directory(workingDirectory.toFile()).redirectError(errors.toFile())
            .start();
        if (!"ready".equals(answer())) {
            throw new AssertionError("the JVM for commands does not start: " + Files.readString(errors));
        }
    }

    private String answer() {
        final CompletableFuture<String> line = new CompletableFuture<>();
        final Thread reader = new Thread(() -> {
            try {
                line.complete(process.inputReader().readLine());
            } catch (final IOException e) {
                line.complete(null);
            }
        }, "hostile-answer");
        reader.setDaemon(true);
        reader.start();
        try {
            return line.get(GIVE_UP_MS, TimeUnit.MILLISECONDS);
        } catch (final TimeoutException e) {
            return "hangs";
        } catch (final InterruptedException | ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Runs a command.
     *
     * @param durationMs how long it was asked to run
     * @return its exit status; -1 if it did not end
     */
    int run(final long durationMs, final String... arguments) throws IOException {
        commands++;
        process.getOutputStream().write((String.join("\t", arguments) + '\n').getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
        final String answer = answer();
        if (answer == null || !answer.startsWith("done ")) {
            fault(answer == null ? "the JVM has died" : "hangs for more than " + GIVE_UP_MS + " ms:\n" + threads(),
                arguments);
            close();
            start();
            return -1;
        }
        final String[] words = answer.split(" ");
        final String said = errorsSince();
        final long tookMs =
            Long.parseLong(words[2]) - durationMs - Long.parseLong(words[3]) - waitedMs(said, arguments);
        final long kib = Long.parseLong(words[4]);
        if (tookMs > longestMs) {
            longestMs = tookMs;
            longest = String.join(" ", arguments);
        }
        if (kib > highestKib) {
            highestKib = kib;
            highest = String.join(" ", arguments);
        }
        if (tookMs > LIMIT_MS) {
            fault("took " + tookMs + " ms more than it was asked to", arguments);
        }
        if (kib > LIMIT_KIB) {
            fault("took " + kib + " KiB", arguments);
        }
        if (said.contains("unexpected failure") || said.contains("\tat ") || said.contains("Exception in thread")
            || said.contains("OutOfMemoryError")) {
            fault("failed unexpectedly", arguments);
        }
        lastErrors = said;
        final int status = Integer.parseInt(words[1]);
        outcomes.merge(arguments[0] + ' ' + status, 1, Integer::sum);
        return status;
    }

    private long waitedMs(final String said, final String... arguments) throws IOException {
        long waitedMs = 0;
        for (final Matcher waited = WAITED.matcher(said); waited.find();) {
            final long ms = Long.parseLong(waited.group(1));
            if (ms > LIMIT_MS) {
                fault("waited " + ms + " ms for an answer", arguments);
            }
            waitedMs += ms;
        }
        return waitedMs;
    }

    /** What the last command printed on standard error. */
    String errors() {
        return lastErrors;
    }

    private String errorsSince() throws IOException {
        final byte[] all = Files.readAllBytes(errors);
        final String said = new String(all, (int) errorsSeen, (int) (all.length - errorsSeen), StandardCharsets.UTF_8);
        errorsSeen = all.length;
        return said;
    }

    private String threads() throws IOException {
        final Process jstack = new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "jstack").toString(), Long.toString(process.pid()))
            .redirectErrorStream(true).start();
        return new String(jstack.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    private void fault(final String what, final String... arguments) throws IOException {
        faults.add(String.join(" ", arguments) + ": " + what + "\n" + Files.readString(errors));
    }

    /** What went wrong since it was asked last. */
    List<String> takeFaults() {
        final List<String> taken = List.copyOf(faults);
        faults.clear();
        return taken;
    }

    /** How often each command ended with each status. */
    Map<String, Integer> outcomes() {
        return outcomes;
    }

    /** Commands that were run. */
    int commands() {
        return commands;
    }

    /** The longest time of a command beyond what it was asked to and its waits for an answer or a processor, ms. */
    long longestMs() {
        return longestMs;
    }

    /** The command that took it. */
    String longest() {
        return longest;
    }

    /** The command that had the most memory. */
    String highest() {
        return highest;
    }

    /** The most memory that a command had, KiB. */
    long highestKib() {
        return highestKib;
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().orTimeout(1, TimeUnit.MINUTES).join();
    }
}
