// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os.proc;

import java.util.ArrayList;
import java.util.List;

/** Sets of capabilities, as the kernel writes them: one bit each, by their numbers. Stateless: any thread. */
public final class Capabilities {
    /** To give a file to somebody else. */
    public static final long CHOWN = 1L;
    /** To become another group. */
    public static final long SETGID = 1L << 6;
    /** To become another user. */
    public static final long SETUID = 1L << 7;
    /** To look into any process. */
    public static final long SYS_PTRACE = 1L << 19;

    private static final List<String> NAMES = List.of("CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID",
        "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN",
        "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT",
        "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE",
        "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM",
        "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF", "CHECKPOINT_RESTORE");
    private static final int MOST_NAMED = 4;

    private Capabilities() {
    }

    /** The names for a sentence: "CAP_SYS_BOOT, CAP_SYS_NICE", and how many more there are if they are many. */
    public static String text(final long set) {
        final List<String> named = new ArrayList<>();
        for (int i = 0; i < Long.SIZE; i++) {
            if ((set >>> i & 1) != 0) {
                named.add("CAP_" + (i < NAMES.size() ? NAMES.get(i) : Integer.toString(i)));
            }
        }
        return named.size() <= MOST_NAMED ? String.join(", ", named)
            : String.join(", ", named.subList(0, MOST_NAMED)) + " and " + (named.size() - MOST_NAMED) + " more";
    }
}
