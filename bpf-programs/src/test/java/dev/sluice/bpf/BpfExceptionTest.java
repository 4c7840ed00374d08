// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Each refusal is one line that asks for what is truly needed (issue 9, part 5). */
class BpfExceptionTest {
    private static final String PERF_EVENT = "bpf_program__attach_uprobe_opts(handle_drain_exact, pid=1, /x+0x10)";
    private static final String SET = "bpf(BPF_LINK_CREATE, uprobe_multi, handle_drain_exact, pid=1, sites=1, /x+0x10)";
    private static final String VERIFIER_LOG = "libbpf: prog 'handle_drain_classes': -- BEGIN PROG LOAD LOG --\n"
        + "BPF_STX uses reserved fields\n-- END PROG LOAD LOG --";

    private static String message(final String call, final int errno, final String log) {
        final BpfException refusal = new BpfException(call, errno, log);
        assertThat(refusal.getMessage()).startsWith(call + ": ").doesNotContain("\n").doesNotContain("Unknown error");
        assertThat(refusal.log()).isEqualTo(log);
        assertThat(refusal.errno()).isEqualTo(errno);
        return refusal.getMessage();
    }

    @Test
    void shouldAskForWhatTheWayOfAttachingNeedsWhenItIsNotPermitted() {
        for (final int errno : new int[] {Libc.EPERM, Libc.EACCES}) {
            assertThat(message(PERF_EVENT, errno, "")).contains("CAP_SYS_ADMIN", "uprobe_multi", "Linux 6.6");
            assertThat(message(SET, errno, "")).contains("CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE")
                .doesNotContain("CAP_SYS_ADMIN");
            assertThat(message("bpf_object__load(sluice_drain)", errno, ""))
                .contains("CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE").doesNotContain("CAP_SYS_ADMIN");
        }
    }

    @Test
    void shouldNameTheOldestKernelAndKeepTheLogApartWhenTheVerifierRefuses() {
        for (final int errno : new int[] {Libc.EINVAL, Libc.EACCES}) {
            assertThat(message("bpf_object__load(sluice_drain)", errno, VERIFIER_LOG))
                .contains("Linux " + System.getProperty("os.version"), "Linux 5.15 or later", "--verbose")
                .doesNotContain("BPF_STX").doesNotContain("CAP_");
        }
    }

    @Test
    void shouldNameAnotherSiteWhenTheKernelCannotProbeTheInstruction() {
        for (final String call : new String[] {PERF_EVENT, SET}) {
            assertThat(message(call, Libc.ENOTSUPP, "")).contains("cannot probe the instruction",
                "-Dsluice.usdt.site=nop1");
            assertThat(message(call, Libc.EINVAL, "")).contains("-Dsluice.usdt.site=nop1", "semaphore");
        }
    }
}
