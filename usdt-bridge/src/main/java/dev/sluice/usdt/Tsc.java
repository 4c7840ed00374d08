// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * The processor's own counter (the time stamp counter of x86-64, the generic timer of aarch64) as a clock: what the
 * processor, the kernel and this JVM say about it. How it really behaves must be measured separately. Callable from any
 * thread; the verdict is made once.
 */
public final class Tsc {
    private static final String CLOCK_SOURCE = "sys/devices/system/clocksource/clocksource0/current_clocksource";
    private static final Path ROOT = Path.of("/");
    private static final String REASON = reason(
        Architecture.current().map(architecture -> reasonAgainst(architecture, ROOT)).orElse(
            "the processor is neither x86-64 nor aarch64"));

    private Tsc() {
    }

    /** Whether nothing is known against {@link #read} as a clock on this machine and this JVM. */
    public static boolean isSound() {
        return REASON.isEmpty();
    }

    /** What speaks against the counter; empty if nothing does. */
    public static String reason() {
        return REASON;
    }

    /**
     * The counter, in ticks of the processor's own unit. Works wherever {@link StubCalls} works, whether or not the
     * counter is sound.
     */
    public static long read() {
        return StubCalls.counter();
    }

    /** The counter, read after all earlier loads of this thread. */
    public static long readInOrder() {
        return StubCalls.counterInOrder();
    }

    /** The kernel's clock source; empty if the kernel does not say. */
    public static String clockSource() {
        try {
            return clockSource(ROOT);
        } catch (final IOException e) {
            return "";
        }
    }

    private static String clockSource(final Path root) throws IOException {
        return Files.readString(root.resolve(CLOCK_SOURCE)).trim();
    }

    private static String reason(final String againstMachine) {
        if (!againstMachine.isEmpty() || !StubCalls.available()) {
            return againstMachine.isEmpty() ? StubCalls.reason() : againstMachine;
        }
        return StubCalls.areCheap() ? "" : "this JVM calls machine code by JNA, slower than System.nanoTime";
    }

    /** What the kernel's files, below a root directory, say against the counter; empty if nothing. */
    static String reasonAgainst(final Architecture architecture, final Path root) {
        try {
            final String source = clockSource(root);
            if (!architecture.counterSources().contains(source)) {
                return "the kernel's clock source is " + source + ", none of "
                    + String.join(", ", architecture.counterSources());
            }
            final List<String> flags = processorFlags(root.resolve("proc/cpuinfo"));
            for (final String flag : architecture.counterFlags()) {
                if (!flags.contains(flag)) {
                    return "the processor lacks " + flag;
                }
            }
            return "";
        } catch (final IOException e) {
            return "the kernel's clock source is unknown: " + (e instanceof NoSuchFileException missing
                ? "there is no " + missing.getFile() : e instanceof AccessDeniedException denied
                ? denied.getFile() + " may not be read" : e.getMessage());
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
