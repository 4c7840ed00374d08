// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os.proc;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Why this process may not look into another one, and what to do about it. Stateless: any thread. */
public final class ProcessAccess {
    /** The index of the saved id in a line of ids, the last one that counts here. */
    private static final int SAVED = 2;

    private ProcessAccess() {
    }

    /**
     * Why a process may not be looked into, and what to do. Whoever looks into one must be the user of all its ids and
     * have all capabilities that it has, or have CAP_SYS_PTRACE.
     *
     * @param own what the kernel says of this process
     */
    public static String whyClosed(final ProcessStatus process, final ProcessStatus own) {
        final long missing = process.permittedCapabilities() & ~own.permittedCapabilities();
        if ((own.effectiveCapabilities() & Capabilities.SYS_PTRACE) != 0) {
            return "the process, or a policy of this system, keeps everybody from looking into it, although this sluice"
                + " has CAP_SYS_PTRACE: it cannot be traced from here";
        }
        final List<Integer> users = process.userIds().stream().limit(SAVED + 1).distinct().toList();
        if (users.size() > 1) {
            return "the process has ids of several users: give sluice CAP_SYS_PTRACE";
        }
        if (own.userIds().size() > ProcessStatus.EFFECTIVE && !users.isEmpty()
            && !users.get(0).equals(own.userIds().get(ProcessStatus.EFFECTIVE))) {
            return "the process runs as user " + Integer.toUnsignedString(users.get(0))
                + ": run sluice as that user, or give it CAP_SYS_PTRACE";
        }
        final String closed = missing == 0
            ? "the process, or a policy of this system, keeps others from looking into it"
            : "the process has capabilities that this sluice has not (" + Capabilities.text(missing) + ")";
        return closed + (isRoot(own)
            ? ", although it is root: give it CAP_SYS_PTRACE, or run it outside of this container"
            : ": run sluice as root");
    }

    private static boolean isRoot(final ProcessStatus own) {
        return own.userIds().size() > ProcessStatus.EFFECTIVE && own.userIds().get(ProcessStatus.EFFECTIVE) == 0;
    }

    /** What the kernel says of this process; null if it cannot be read: what was refused is told all the same. */
    public static ProcessStatus own() {
        try {
            return ProcessStatus.read(Path.of("/proc/self"));
        } catch (final IOException e) {
            return null;
        }
    }

    /** What to do about a process of which something may not be read; to root also why that is so. */
    public static String remedy(final long pid) {
        final ProcessStatus own = own();
        if (own == null || !isRoot(own)) {
            return "run sluice as the user that runs process " + pid + ", or as root";
        }
        try {
            return whyClosed(ProcessStatus.read(Path.of("/proc/" + pid)), own);
        } catch (final IOException e) {
            return "a policy of this system keeps root from it";
        }
    }
}
