// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.libbpf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.libbpf.BpfException.Kind;
import dev.sluice.os.Errno;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Each refusal is one line that asks for what is truly needed (issue 9, part 5). */
class BpfExceptionTest {
    private static final String PERF_EVENT = "bpf_program__attach_uprobe_opts(handle_drain_exact, pid=1, /x+0x10)";
    private static final String SET = "bpf(BPF_LINK_CREATE, uprobe_multi, handle_drain_exact, pid=1, sites=1, /x+0x10)";
    private static final Map<Kind, String> CALLS = Map.of(Kind.ATTACH_ONE, PERF_EVENT,
        Kind.ATTACH_SET, SET, Kind.LOAD, "bpf_object__load(sluice_drain)");
    private static final String VERIFIER_LOG = "libbpf: prog 'handle_drain_classes': -- BEGIN PROG LOAD LOG --\n"
        + "BPF_STX uses reserved fields\n-- END PROG LOAD LOG --";

    private static String message(final Kind kind, final int errno, final String log) {
        final String call = CALLS.get(kind);
        final BpfException refusal = new BpfException(kind, call, errno, log);
        assertThat(refusal.getMessage()).startsWith(call + ": ").doesNotContain("\n").doesNotContain("Unknown error");
        assertThat(refusal.log()).isEqualTo(log);
        assertThat(refusal.errno()).isEqualTo(errno);
        return refusal.getMessage();
    }

    @Test
    void shouldAskForWhatTheWayOfAttachingNeedsWhenItIsNotPermitted() {
        for (final int errno : new int[] {Errno.EPERM, Errno.EACCES}) {
            assertThat(message(Kind.ATTACH_ONE, errno, "")).contains("CAP_SYS_ADMIN", "uprobe_multi", "Linux 6.6");
            assertThat(message(Kind.ATTACH_SET, errno, "")).contains("CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE")
                .doesNotContain("CAP_SYS_ADMIN");
            assertThat(message(Kind.LOAD, errno, ""))
                .contains("CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE").doesNotContain("CAP_SYS_ADMIN");
        }
    }

    @Test
    void shouldNameTheOldestKernelAndKeepTheLogApartWhenTheVerifierRefuses() {
        for (final int errno : new int[] {Errno.EINVAL, Errno.EACCES}) {
            assertThat(message(Kind.LOAD, errno, VERIFIER_LOG))
                .contains("Linux " + System.getProperty("os.version"), "Linux 5.15 or later", "--verbose")
                .doesNotContain("BPF_STX").doesNotContain("CAP_");
        }
    }

    /** Docker's profile of old answered so, and what hides a call still may. */
    @Test
    void shouldNameTheFilterWhenTheCallIsSaidNotToBeThere() {
        for (final Kind kind : Kind.values()) {
            assertThat(message(kind, Errno.ENOSYS, "")).contains("a seccomp profile", "--mode shared");
        }
    }

    @Test
    void shouldNameAnotherSiteWhenTheKernelCannotProbeTheInstruction() {
        for (final Kind kind : List.of(Kind.ATTACH_ONE, Kind.ATTACH_SET)) {
            assertThat(message(kind, Errno.ENOTSUPP, "")).contains("cannot probe the instruction",
                "-Dsluice.usdt.site=nop1");
            assertThat(message(kind, Errno.EINVAL, "")).contains("-Dsluice.usdt.site=nop1", "semaphore");
        }
    }
}
