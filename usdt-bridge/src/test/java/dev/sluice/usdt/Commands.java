// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs programs for tests, each within a time limit. */
public final class Commands {
    private static final long LIMIT_SECONDS = 60;

    private Commands() {
    }

    /** Runs a program to its end; returns what it wrote, both streams. Fails if it fails. */
    public static String run(final String... command) {
        try {
            final Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            try {
                final CompletableFuture<String> output = text(process.getInputStream());
                if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                    throw new IllegalStateException(List.of(command) + " did not end");
                }
                final String text = output.get(LIMIT_SECONDS, TimeUnit.SECONDS);
                if (process.exitValue() != 0) {
                    throw new IllegalStateException(List.of(command) + " ended with " + process.exitValue() + ": "
                        + text);
                }
                return text;
            } finally {
                process.destroyForcibly();
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        } catch (final Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether a program is on the path. */
    static boolean has(final String program) {
        for (final String directory : System.getenv("PATH").split(":")) {
            if (Files.isExecutable(Path.of(directory, program))) {
                return true;
            }
        }
        return false;
    }

    /** A child JVM like this one, running a main class of the tests; system properties come before arguments. */
    static ProcessBuilder java(final Class<?> main, final List<String> properties, final String... arguments) {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED");
        if (Runtime.version().feature() >= 22) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        command.add("-Xmx128m");
        command.addAll(properties);
        command.add("-cp");
        command.add(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
        command.add(main.getName());
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }

    private static CompletableFuture<String> text(final InputStream stream) {
        return CompletableFuture.supplyAsync(() -> {
            try (stream) {
                return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }
}
