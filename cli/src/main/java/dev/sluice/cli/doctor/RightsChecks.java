// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.doctor;

import dev.sluice.os.proc.ProcessStatus;
import dev.sluice.store.text.FileText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the kernel lets this process do. Stateless: any thread. */
final class RightsChecks {
    private static final int SYS_PTRACE = 19;
    private static final int SYS_ADMIN = 21;
    private static final int PERFMON = 38;
    private static final int BPF = 39;
    private static final String REMEDY = "run it as root (sudo), or with CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE";

    private RightsChecks() {
    }

    static List<Finding> all() {
        final ProcessStatus status;
        try {
            status = ProcessStatus.read(Path.of("/proc/self"));
        } catch (final IOException e) {
            return List.of(Finding.missing("rights.capabilities", "it cannot be read: " + FileText.of(e),
                "no process can be looked at", "mount /proc"));
        }
        return List.of(capabilities(status.effectiveCapabilities(), isInitialUserNamespace(), user(status)),
            seccomp(status));
    }

    private static String user(final ProcessStatus status) {
        final List<Integer> ids = status.userIds();
        return "uid " + (ids.isEmpty() ? "unknown" : Integer.toUnsignedString(ids.get(ProcessStatus.EFFECTIVE)));
    }

    /** Whether user ids here are those of the machine. Elsewhere capabilities count for what the namespace owns. */
    private static boolean isInitialUserNamespace() {
        final String map = KernelChecks.text(Path.of("/proc/self/uid_map"));
        return map.isEmpty() || map.matches("0 +0 +4294967295");
    }

    /** What the capabilities of a user are good for. */
    static Finding capabilities(final long effective, final boolean isInitial, final String user) {
        final String key = "rights.capabilities";
        final List<String> has = new ArrayList<>();
        add(has, effective, SYS_ADMIN, "CAP_SYS_ADMIN");
        add(has, effective, BPF, "CAP_BPF");
        add(has, effective, PERFMON, "CAP_PERFMON");
        add(has, effective, SYS_PTRACE, "CAP_SYS_PTRACE");
        final String found = user + (has.isEmpty() ? " with none that count" : " with " + String.join(", ", has));
        if (!isInitial) {
            return Finding.missing(key, found + ", inside a user namespace", "the kernel takes no eBPF program from"
                + " inside a user namespace; programs of the same user can be recorded in shared mode",
                "run it outside of the container, as root");
        }
        if (!has(effective, SYS_ADMIN) && !(has(effective, BPF) && has(effective, PERFMON))) {
            return Finding.missing(key, found, "no eBPF; programs of the same user can be recorded in shared mode",
                REMEDY);
        }
        return has(effective, SYS_PTRACE) ? Finding.ok(key, found)
            : Finding.limited(key, found, "only programs of the same user can be looked into", REMEDY);
    }

    private static void add(final List<String> has, final long effective, final int bit, final String name) {
        if (has(effective, bit)) {
            has.add(name);
        }
    }

    private static boolean has(final long effective, final int bit) {
        return (effective >>> bit & 1) != 0;
    }

    private static Finding seccomp(final ProcessStatus status) {
        final String key = "rights.seccomp";
        final String more = status.hasNoNewPrivileges() ? "; no_new_privs is set, so that sudo has no effect here" : "";
        if (status.seccompMode() > 0) {
            return Finding.limited(key, "system calls are filtered" + more, "the filter may refuse bpf,"
                + " perf_event_open or memfd_create; the lines of modes show what it does",
                "run it outside of the container, or with a seccomp profile that has these calls");
        }
        return Finding.ok(key, "system calls are not filtered" + more);
    }
}
