// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.testsupport;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A running program with USDT probes that a C compiler and sys/sdt.h made; {@code sdt_target.c} says what it can be
 * told.
 * For one thread.
 */
public final class SdtTarget implements AutoCloseable {
    private static final long TIMEOUT_S = 180;

    private final Process process;
    private final BufferedReader out;
    private final BufferedWriter in;

    private SdtTarget(final Process process) throws IOException {
        this.process = process;
        out = process.inputReader();
        in = process.outputWriter();
        if (!"ready".equals(readLine())) {
            close();
            throw new AssertionError("the C program does not start");
        }
    }

    /** Whether this machine can compile it; the message says what is missing, and is empty if nothing is. */
    public static String missing() {
        final boolean hasHeader = Files.exists(Path.of("/usr/include/sys/sdt.h"))
            || Files.exists(Path.of("/usr/include/" + System.getProperty("os.arch").replace("amd64", "x86_64")
                + "-linux-gnu/sys/sdt.h"));
        final boolean hasCompiler = Files.isExecutable(Path.of("/usr/bin/gcc"));
        return hasHeader && hasCompiler ? "" : "gcc or sys/sdt.h is missing: install gcc and systemtap-sdt-dev";
    }

    /** Compiles the program; returns its path. */
    public static Path compile(final Path directory) throws IOException, InterruptedException {
        return compile(directory, "sdt_target.c", "sdt_target");
    }

    /** Compiles one of the programs beside this class; returns its path. */
    static Path compile(final Path directory, final String resource, final String name, final String... flags)
        throws IOException, InterruptedException {
        final Path source = directory.resolve(resource);
        final Path program = directory.resolve(name);
        final Path log = directory.resolve(name + ".log");
        try (InputStream in = SdtTarget.class.getResourceAsStream(resource)) {
            Files.write(source, in.readAllBytes());
        }
        final List<String> command = new ArrayList<>(List.of("gcc", "-O1"));
        command.addAll(List.of(flags));
        command.addAll(List.of("-o", program.toString(), source.toString()));
        final Process gcc =
            new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
        if (!gcc.waitFor(TIMEOUT_S, TimeUnit.SECONDS) || gcc.exitValue() != 0) {
            gcc.destroyForcibly();
            throw new AssertionError("gcc failed: " + Files.readString(log));
        }
        return program;
    }

    /** Starts what was compiled, through other programs if any are given before it. */
    public static SdtTarget start(final Path program, final String... before) throws IOException {
        final List<String> command = new ArrayList<>(List.of(before));
        command.add(program.toString());
        return new SdtTarget(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    /** The process id of what was started. */
    public long pid() {
        return process.pid();
    }

    /** The process itself. */
    public ProcessHandle handle() {
        return process.toHandle();
    }

    /** Sends a line; returns the answer. */
    public String send(final String line) throws IOException {
        in.write(line + "\n");
        in.flush();
        return readLine();
    }

    private String readLine() {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return out.readLine();
            } catch (final IOException e) {
                return "reading failed: " + e;
            }
        }, SdtTarget::execute).orTimeout(TIMEOUT_S, TimeUnit.SECONDS).join();
    }

    /** Not in the common pool, which a test may have filled. */
    private static void execute(final Runnable task) {
        final Thread thread = new Thread(task, "sdt-target-output");
        thread.setDaemon(true);
        thread.start();
    }

    /** Kills it and waits for its end. */
    public void kill() {
        process.destroyForcibly().onExit().orTimeout(TIMEOUT_S, TimeUnit.SECONDS).join();
    }

    @Override
    public void close() {
        kill();
    }
}
