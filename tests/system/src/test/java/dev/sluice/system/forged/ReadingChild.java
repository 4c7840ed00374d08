// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.forged;

import dev.sluice.testsupport.ChildProgram;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A small JVM that runs reading commands and is watched from outside: none may take longer than ten seconds, print
 * anything that steers a terminal or a stack trace, fail in a way of which the command knows nothing, or end the JVM.
 * For one thread.
 */
final class ReadingChild implements AutoCloseable {
    /** Most memory that it may come to, KiB. */
    static final long MOST_KIB = 256 << 10;
    private static final long LIMIT_NS = TimeUnit.SECONDS.toNanos(10);
    /** On a busy machine, where it has had less than the limit of processor time, and gets some. */
    private static final long BUSY_LIMIT_NS = TimeUnit.SECONDS.toNanos(120);
    private static final long STUCK_NS = TimeUnit.SECONDS.toNanos(8);
    /** A command that ends sooner is not watched. */
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long SOME_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final Pattern UNSAFE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}\uFFFD&&[^\n\uFFFD]]");
    private static final Pattern FAULT = Pattern.compile(
        "unexpected failure|defect of sluice|^\\s+at [a-z]\\w*\\.|Exception in thread|OutOfMemory", Pattern.MULTILINE);
    private static final int SHOWN = 3000;
    private static final long MOST_PAUSE_US = 1000;

    /** How a command ended. */
    record Result(int status, String out, String err) {
    }

    private final Path out;
    private final Path err;
    private final Path answers;
    private final Path console;
    private final Process process;
    private int commands;
    /** Size of the answers when the last command had ended: as long as it is the same, there is nothing to read. */
    private long answered;
    private long longestNs;
    private String longest = "";
    private long longestCpuNs;

    ReadingChild(final Path directory, final List<String> wrapper) throws IOException {
        out = Files.createTempFile(directory, "reading", ".out");
        err = Files.createTempFile(directory, "reading", ".err");
        answers = Files.createTempFile(directory, "reading", ".answers");
        console = Files.createTempFile(directory, "reading", ".console");
        final List<String> command = new ArrayList<>(wrapper);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ChildProgram.launcherFlags());
        // The optimising compiler takes up to 100 MiB for one method. That memory comes from no trace, and would hide
        // the memory that does.
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx96m",
            "-XX:MaxDirectMemorySize=32m",
            "-XX:ErrorFile=" + directory.resolve("hs_err.txt"), "-cp", System.getProperty("java.class.path"),
            ReadingHost.class.getName(), out.toString(), err.toString()));
        process = new ProcessBuilder(command).redirectOutput(answers.toFile()).redirectError(console.toFile()).start();
    }

    /** Runs a command and checks what must hold of any; the name of what it reads goes into messages. */
    Result run(final String name, final String... words) throws IOException, InterruptedException {
        final String what = words[0] + " of " + name;
        final long begin = System.nanoTime();
        final long cpuBefore = cpuNs();
        final OutputStream in = process.getOutputStream();
        in.write((String.join("\t", words) + '\n').getBytes(StandardCharsets.UTF_8));
        in.flush();
        commands++;
        await(what, begin, cpuBefore);
        final long took = System.nanoTime() - begin;
        if (took > longestNs) {
            longestNs = took;
            longest = what;
        }
        final List<String> lines = Files.readAllLines(answers);
        final Result result = new Result(Integer.parseInt(lines.get(commands - 1)), read(out), read(err));
        check(what, result.out());
        check(what, result.err());
        final long peak = peakKib();
        if (peak >= MOST_KIB) {
            throw new AssertionError(what + ": the JVM has come to " + peak + " KiB");
        }
        return result;
    }

    private void await(final String what, final long begin, final long cpuBefore)
        throws IOException, InterruptedException {
        long seenAt = begin;
        long seenCpu = cpuBefore;
        for (long pauseUs = 50; Files.size(answers) == answered || newlines() < commands;
            pauseUs = Math.min(MOST_PAUSE_US, pauseUs * 2)) {
            final long now = System.nanoTime();
            final long cpu = now - begin > LOOK_NS ? cpuNs() : seenCpu;
            if (!process.isAlive()) {
                throw new AssertionError(what + ": the JVM ended with " + process.exitValue() + ": " + read(console)
                    + shown(read(err)));
            }
            if (cpu - seenCpu > SOME_NS) {
                seenAt = now;
                seenCpu = cpu;
            }
            if (now - begin > LIMIT_NS
                && (cpu - cpuBefore > LIMIT_NS || now - seenAt > STUCK_NS || now - begin > BUSY_LIMIT_NS)) {
                throw new AssertionError(what + ": no end within " + (now - begin) / 1_000_000 + " ms, of which "
                    + (cpu - cpuBefore) / 1_000_000 + " ms of processor time: " + stacks());
            }
            TimeUnit.MICROSECONDS.sleep(pauseUs);
        }
        answered = Files.size(answers);
        longestCpuNs = Math.max(longestCpuNs, cpuNs() - cpuBefore);
    }

    private int newlines() throws IOException {
        return (int) Files.readString(answers).chars().filter(c -> c == '\n').count();
    }

    /** What its threads were doing. */
    private String stacks() throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-QUIT", Long.toString(process.pid())).start().waitFor(1, TimeUnit.SECONDS);
        TimeUnit.MILLISECONDS.sleep(500);
        return Files.readString(answers);
    }

    private static void check(final String what, final String printed) {
        final Matcher unsafe = UNSAFE.matcher(printed);
        if (unsafe.find()) {
            throw new AssertionError(String.format("%s: U+%04X in: %s", what, unsafe.group().codePointAt(0),
                shown(printed.substring(Math.max(0, unsafe.start() - 100)))));
        }
        final Matcher fault = FAULT.matcher(printed);
        if (fault.find()) {
            throw new AssertionError(what + ": " + shown(printed));
        }
    }

    private static String shown(final String text) {
        return text.substring(0, Math.min(SHOWN, text.length())).replaceAll("[^\\x20-\\x7e\n]", "?");
    }

    private static String read(final Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }

    /** Processor time of the process up to now. */
    private long cpuNs() throws IOException {
        return process.toHandle().info().totalCpuDuration().map(Duration::toNanos).orElse(0L);
    }

    /** Greatest memory so far, KiB. */
    long peakKib() throws IOException {
        return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
            .filter(line -> line.startsWith("VmHWM:")).mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
            .findFirst().orElse(0);
    }

    @Override
    public String toString() {
        return commands + " commands, the longest took " + longestNs / 1_000_000 + " ms: " + longest
            + "; most processor time " + longestCpuNs / 1_000_000 + " ms";
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
