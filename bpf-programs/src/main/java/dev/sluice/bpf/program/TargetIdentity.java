// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.program;

import dev.sluice.bpf.libbpf.BpfException;
import dev.sluice.os.proc.ProcessStatus;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A process in the terms that a BPF program can check: the kernel's helper answers only in the pid namespace that the
 * current task lives in, so the pid as seen here is translated to the pid there.
 *
 * @param namespaceDevice device of the pid namespace, as the kernel encodes it
 * @param namespaceInode  inode of that pid namespace
 * @param pid             the process's id in that namespace
 */
public record TargetIdentity(long namespaceDevice, long namespaceInode, int pid) {

    /** Length of struct sluice_target. {@link #put} writes all of it. */
    public static final int LENGTH = 32;

    private static final long NO_WAKEUP = 1;
    private static final int KERNEL_MINOR_BITS = 20;

    public static TargetIdentity of(final int pidSeenHere) {
        final Path process = Path.of("/proc", Integer.toString(pidSeenHere));
        try {
            final Map<String, Object> namespace = Files.readAttributes(process.resolve("ns/pid"), "unix:dev,ino");
            return new TargetIdentity(kernelDevice((Long) namespace.get("dev")), (Long) namespace.get("ino"),
                ProcessStatus.read(process).idInside(pidSeenHere));
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

    public void put(final ByteBuffer config, final boolean wakesReader) {
        config.putLong(namespaceDevice).putLong(namespaceInode).putInt(pid).putInt(0)
            .putLong(wakesReader ? 0 : NO_WAKEUP);
    }
}
