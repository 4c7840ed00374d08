// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The processor's time stamp counter as a clock: sound only where reading it is cheap and the kernel itself trusts it
 * to run at one rate on every core. Callable from any thread; the verdict is made once.
 */
public final class Tsc {
    /** First Java in which native calls go through FFM. */
    public static final int FIRST_FOREIGN_FUNCTION_JAVA = 22;
    private static final String REASON = reason(reasonAgainst(
        Architecture.current().orElse(null), Runtime.version().feature(), Path.of("/")));

    private Tsc() {
    }

    /** Whether {@link #read} is fit to be a clock on this machine and this JVM. */
    public static boolean isSound() {
        return REASON.isEmpty();
    }

    /** Why it is not; empty when it is. */
    public static String reason() {
        return REASON;
    }

    /** The counter, in ticks of the processor's own unit. Works wherever {@link StubCalls} does, sound or not. */
    public static long read() {
        return StubCalls.rdtsc();
    }

    private static String reason(final String againstMachine) {
        return againstMachine.isEmpty() ? StubCalls.reason() : againstMachine;
    }

    /** What processor, Java and kernel say against the counter, in this order; empty if nothing. */
    static String reasonAgainst(final Architecture architecture, final int javaFeature, final Path root) {
        if (!(architecture instanceof X86Architecture)) {
            return "the processor is not x86-64";
        }
        if (javaFeature < FIRST_FOREIGN_FUNCTION_JAVA) {
            return "Java " + javaFeature + " reads the counter too slowly; " + FIRST_FOREIGN_FUNCTION_JAVA
                + " is needed";
        }
        return kernelReasonAgainst(root);
    }

    /** What the kernel, seen below a root directory, says against the counter; empty if nothing. */
    static String kernelReasonAgainst(final Path root) {
        try {
            final String source = Files.readString(
                root.resolve("sys/devices/system/clocksource/clocksource0/current_clocksource")).trim();
            if (!"tsc".equals(source)) {
                return "the kernel's clock source is " + source + ", not tsc";
            }
            final List<String> flags = processorFlags(root.resolve("proc/cpuinfo"));
            for (final String flag : List.of("constant_tsc", "nonstop_tsc")) {
                if (!flags.contains(flag)) {
                    return "the processor lacks " + flag;
                }
            }
            return "";
        } catch (final IOException e) {
            return "the kernel's clock source is unknown: " + e;
        }
    }

    /** The first processor's flags. */
    private static List<String> processorFlags(final Path file) throws IOException {
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (line.startsWith("flags")) {
                    return List.of(line.substring(line.indexOf(':') + 1).trim().split("\\s+"));
                }
            }
        }
        return List.of();
    }
}
