// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExhaustedHeapTest {
    @TempDir
    private Path directory;

    /** Holds all of its heap for longer than the control thread's slow period, and says whether that thread lives. */
    public static final class Program {
        private static Object[] all;

        private Program() {
        }

        /** Ends with 0 if the control thread has survived. */
        public static void main(final String[] arguments) {
            final Tracepoint tracepoint = Provider.named("heap").tracepoint("t");
            Provider.named("heap").load();
            tracepoint.fire();
            fill(1 << 20);
            final long begin = System.nanoTime();
            while (System.nanoTime() - begin < TimeUnit.MILLISECONDS.toNanos(2500)) {
                fill(4);
            }
            all = null;
            System.exit(Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("sluice-control")) ? 0 : 1);
        }

        private static void fill(final int firstLength) {
            for (int length = firstLength; length > 0;) {
                try {
                    final Object[] next = new Object[length];
                    next[0] = all;
                    all = next;
                } catch (final OutOfMemoryError e) {
                    length /= 2;
                }
            }
        }
    }

    @Test
    void shouldKeepTheControlThreadWhenTheHeapIsExhausted() throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(argument -> argument.startsWith("--")).toList());
        command.addAll(List.of("-Xmx24m", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
            Program.class.getName()));
        final Path output = directory.resolve("output");
        final Process process =
            new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(Files.readString(output)).isZero();
        } finally {
            process.destroyForcibly();
        }
    }
}
