// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * By how much a process's CLOCK_MONOTONIC is ahead of that of another process, because they live in different time
 * namespaces (time_namespaces(7)). Linux tells the offset of the namespace that a process gives to its children, which
 * is the process's own namespace unless it has called unshare itself. Stateless: any thread.
 */
public final class TimeOffset {
    private static final long NS_PER_SECOND = 1_000_000_000L;

    private TimeOffset() {
    }

    /** By how much the target's CLOCK_MONOTONIC is ahead of that of this process, ns. */
    public static long ofTarget(final TargetProcess process) {
        return of(process.path("timens_offsets")) - of(Path.of("/proc/self/timens_offsets"));
    }

    /** By how much this process's CLOCK_MONOTONIC is ahead of the kernel's own, which BPF programs read, ns. */
    public static long ofSelf() {
        return of(Path.of("/proc/self/timens_offsets"));
    }

    private static long of(final Path file) {
        try {
            for (final String line : Files.readString(file, StandardCharsets.US_ASCII).split("\n")) {
                final String[] words = line.trim().split("\\s+");
                if (words.length == 3 && (words[0].equals("monotonic") || words[0].equals("1"))) {
                    return Math.addExact(
                        Math.multiplyExact(Long.parseLong(words[1]), NS_PER_SECOND), Long.parseLong(words[2]));
                }
            }
        } catch (final IOException | NumberFormatException | ArithmeticException e) {
            // Kernels before 5.6 have no time namespaces, and the offset of a process that may not be looked into is
            // unknown.
            return 0;
        }
        return 0;
    }
}
