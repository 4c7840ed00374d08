// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A process in the terms that a BPF program can check: the kernel's helper answers only in the pid namespace that the
 * current task lives in, so the pid as seen here is translated to the pid there.
 *
 * @param namespaceDevice as the kernel encodes it
 * @param namespaceInode  of that pid namespace
 * @param pid             inside it
 */
record TargetIdentity(long namespaceDevice, long namespaceInode, int pid) {

    /** Length of struct sluice_target, of which {@link #put} writes all. */
    static final int LENGTH = 32;

    private static final long NO_WAKEUP = 1;
    private static final int KERNEL_MINOR_BITS = 20;

    static TargetIdentity of(final int pidSeenHere) {
        final Path process = Path.of("/proc", Integer.toString(pidSeenHere));
        try {
            final Map<String, Object> namespace = Files.readAttributes(process.resolve("ns/pid"), "unix:dev,ino");
            return new TargetIdentity(kernelDevice((Long) namespace.get("dev")), (Long) namespace.get("ino"),
                innermostPid(process.resolve("status")));
        } catch (final IOException e) {
            throw new BpfException("reading " + process + "/ns/pid", "process " + pidSeenHere
                + " is gone or is not ours to trace (" + e.getMessage() + ")");
        }
    }

    /** stat(2) splits the minor number around the major one; the kernel keeps it in the low 20 bits. */
    private static long kernelDevice(final long statDevice) {
        final long major = statDevice >>> 8 & 0xfff;
        final long minor = statDevice & 0xff | statDevice >>> 12 & 0xfff00;
        return major << KERNEL_MINOR_BITS | minor;
    }

    private static int innermostPid(final Path status) throws IOException {
        // The process's name in it is bytes, and not ours to choose.
        for (final String line : new String(Files.readAllBytes(status), StandardCharsets.UTF_8).split("\n")) {
            if (line.startsWith("NSpid:")) {
                final String[] pids = line.substring("NSpid:".length()).trim().split("\\s+");
                return Integer.parseInt(pids[pids.length - 1]);
            }
        }
        throw new IOException("no NSpid in " + status);
    }

    void put(final ByteBuffer config, final boolean wakesReader) {
        config.putLong(namespaceDevice).putLong(namespaceInode).putInt(pid).putInt(0)
            .putLong(wakesReader ? 0 : NO_WAKEUP);
    }
}
