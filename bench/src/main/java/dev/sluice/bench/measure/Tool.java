// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.measure;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Commands of the machine, run to their end. */
public final class Tool {
    private Tool() {
    }

    /** Whether the search path has such a command. */
    public static boolean isInstalled(final String name) {
        return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
            .filter(entry -> entry.startsWith(File.separator))
            .anyMatch(entry -> Files.isExecutable(Path.of(entry, name)));
    }

    /**
     * Runs a command.
     *
     * @return what it printed, its errors included
     * @throws IllegalStateException if it fails, or does not end in time
     */
    public static String run(final int seconds, final List<String> command) throws IOException, InterruptedException {
        return run(seconds, Map.of(), command);
    }

    /** The same with variables of the environment. */
    public static String run(final int seconds, final Map<String, String> environment, final List<String> command)
        throws IOException, InterruptedException {
        // The output goes to a file, because a reader of the output would wait for ever if the command hung.
        final Path output = Leftovers.file();
        final ProcessBuilder builder =
            new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        Process process = null;
        try {
            process = builder.start();
            process.getOutputStream().close();
            final boolean hasEnded = process.waitFor(seconds, TimeUnit.SECONDS);
            if (!hasEnded || process.exitValue() != 0) {
                throw new IllegalStateException(String.join(" ", command)
                    + (hasEnded ? ": exit status " + process.exitValue() : ": no end within " + seconds + " s")
                    + ": " + Files.readString(output).strip());
            }
            return Files.readString(output).strip();
        } finally {
            if (process != null) {
                process.destroyForcibly();
            }
            Leftovers.remove(output);
        }
    }
}
