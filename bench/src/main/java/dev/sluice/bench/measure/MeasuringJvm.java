// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.measure;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a JVM like this one, which measures and prints. */
public final class MeasuringJvm {
    /** How long the JVM may run beyond the time that it measures. */
    private static final long PATIENCE_S = 60;

    private MeasuringJvm() {
    }

    /**
     * Runs such a JVM to its end.
     *
     * @param seconds that it measures
     * @return what the JVM printed; empty if it failed, in which case it has printed the reason itself
     */
    public static String run(final List<String> flags, final Class<?> program, final int seconds,
                             final String... arguments) throws IOException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(flags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
        command.addAll(List.of(arguments));
        // The output goes to a file, because a reader of the output would wait for ever if the JVM hung.
        final Path output = Leftovers.file();
        final Process process = new ProcessBuilder(command).redirectOutput(output.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try {
            process.getOutputStream().close();
            final boolean hasEnded = process.waitFor(seconds + PATIENCE_S, TimeUnit.SECONDS);
            return hasEnded && process.exitValue() == 0 ? Files.readString(output).stripTrailing() : "";
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        } finally {
            process.destroyForcibly();
            Leftovers.remove(output);
        }
    }
}
