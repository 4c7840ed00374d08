// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.drain;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** How large the BPF ring buffer between a target and its consumer is. Stateless: any thread. */
public final class BufferSize {
    /** Least that may be asked for, bytes: the longest batch has to fit. */
    public static final int LEAST = 128 << 10;
    /** Greatest that may be asked for, bytes. */
    public static final int GREATEST = 1 << 30;
    /** What it is at least where the machine decides, bytes. */
    public static final int LEAST_OF_MACHINE = 16 << 20;
    /**
     * What it is at most where the machine decides, bytes. The whole consumer is to need less than 256 MiB whatever a
     * target does.
     */
    public static final int GREATEST_OF_MACHINE = 64 << 20;
    /** If the machine decides, the size is its memory divided by this. */
    private static final int SHARE = 128;
    private static final Path MEMORY = Path.of("/proc/meminfo");
    private static final String TOTAL = "MemTotal:";

    private BufferSize() {
    }

    /**
     * The size that holds as many bytes.
     *
     * @param bytes {@link #LEAST} to {@link #GREATEST}
     * @return a power of two, which the kernel wants
     */
    public static int holding(final long bytes) {
        if (bytes < LEAST || bytes > GREATEST) {
            throw new IllegalArgumentException("bytes=" + bytes + " least=" + LEAST + " greatest=" + GREATEST);
        }
        final int floor = (int) Long.highestOneBit(bytes);
        return floor < bytes ? floor << 1 : floor;
    }

    /** The default: a small part of this machine's memory. */
    public static int ofMachine() {
        return ofMemory(totalBytes());
    }

    /** The default of a machine that has so many bytes of memory. */
    static int ofMemory(final long bytes) {
        return (int) Math.max(LEAST_OF_MACHINE, Math.min(GREATEST_OF_MACHINE, Long.highestOneBit(bytes / SHARE)));
    }

    /** 0 if the kernel does not say. */
    private static long totalBytes() {
        try {
            for (final String line : Files.readAllLines(MEMORY, StandardCharsets.US_ASCII)) {
                if (line.startsWith(TOTAL)) {
                    return Long.parseLong(line.substring(TOTAL.length()).replace("kB", "").strip()) << 10;
                }
            }
        } catch (final IOException | NumberFormatException e) {
            // Without /proc there is nothing to record either; the least is enough then.
            return 0;
        }
        return 0;
    }
}
