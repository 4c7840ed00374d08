// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.hostile;

import dev.sluice.cli.Main;
import java.io.BufferedReader;
import java.io.FileWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The {@code sluice} command in a JVM of its own that is measured: each line is a command line with tabs between its
 * arguments, and is answered by {@code done STATUS TOOK_MS STARVED_MS PEAK_KIB}. What a command prints on standard
 * output goes nowhere, what it prints on standard error to the test.
 */
final class HostileHost {
    private static final Path SELF = Path.of("/proc/self");

    private HostileHost() {
    }

    /** Runs until the input ends. */
    public static void main(final String[] arguments) throws IOException {
        final PrintStream answers = System.out;
        System.setOut(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
        answers.println("ready");
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                forgetPeak();
                final long starved = starvedMs();
                final long begin = System.nanoTime();
                final int status = Main.run(line.split("\t"));
                final long tookMs = (System.nanoTime() - begin) / 1_000_000;
                answers.println("done " + status + ' ' + tookMs + ' ' + (starvedMs() - starved) + ' ' + peakKib());
            }
        }
    }

    /** Makes the kernel's peak of resident memory what is resident now. */
    private static void forgetPeak() throws IOException {
        try (FileWriter peak = new FileWriter(SELF.resolve("clear_refs").toFile(), StandardCharsets.US_ASCII)) {
            peak.write("5");
        }
    }

    /** The greatest resident memory since then. */
    private static long peakKib() throws IOException {
        return Files.readAllLines(SELF.resolve("status")).stream().filter(line -> line.startsWith("VmHWM:"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).findFirst().orElseThrow();
    }

    /** For how long this thread has waited for a processor. */
    private static long starvedMs() throws IOException {
        final Path schedule = Path.of("/proc/thread-self/schedstat");
        return Files.exists(schedule)
            ? Long.parseLong(Files.readString(schedule).trim().split(" ")[1]) / 1_000_000 : 0;
    }
}
