// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf;

/**
 * BPF, libbpf or the kernel refused something. The message names the call, the text of errno and what to do about it,
 * followed by libbpf's own log when it wrote one.
 */
public final class BpfException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String call;
    private final int errno;
    private final String remedy;

    BpfException(final String call, final int errno, final String log) {
        this(call, errno, remedyOf(call, errno, log), log);
    }

    BpfException(final String call, final String reason) {
        super(call + ": " + reason);
        this.call = call;
        this.errno = 0;
        this.remedy = reason;
    }

    /** Somebody else is attached to the site and does not know its semaphore. */
    static BpfException withoutSemaphore(final String call, final UprobeSite site) {
        return new BpfException(call, Libc.EINVAL, "another tracer is attached to " + site + " without the semaphore,"
            + " and the kernel lets all tracers of a site agree on it only: detach that tracer, or attach it as a USDT"
            + " probe (with its semaphore) and not as a plain uprobe", "");
    }

    private BpfException(final String call, final int errno, final String remedy, final String log) {
        super(call + ": " + Libc.strerror(errno) + " (errno " + errno + ")"
            + (remedy.isEmpty() ? "" : "; " + remedy)
            + (log.isBlank() ? "" : System.lineSeparator() + log.strip()));
        this.call = call;
        this.errno = errno;
        this.remedy = remedy;
    }

    /** The call that failed, with the arguments that matter. */
    public String call() {
        return call;
    }

    /** The positive errno, or 0 when the call did not come as far as the kernel. */
    public int errno() {
        return errno;
    }

    /** What to do about it, or an empty string. */
    public String remedy() {
        return remedy;
    }

    private static boolean isAttach(final String call) {
        return call.startsWith("bpf_program__attach") || call.startsWith("bpf(BPF_LINK_CREATE");
    }

    private static String remedyOf(final String call, final int errno, final String log) {
        if (errno == Libc.EPERM || errno == Libc.EACCES && !log.contains("PROG LOAD LOG")) {
            return "run as root, or give CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE; a container also needs its seccomp"
                + " profile to allow bpf(2) and perf_event_open(2), and the lockdown mode must not be confidentiality";
        }
        if (log.contains("vmlinux BTF") || log.contains("/sys/kernel/btf")) {
            return "the kernel has no BTF: it needs CONFIG_DEBUG_INFO_BTF (see /sys/kernel/btf/vmlinux)";
        }
        if (log.contains("PROG LOAD LOG")) {
            return "the kernel's verifier refused the program, its log follows";
        }
        if (errno == Libc.ENOENT && isAttach(call)) {
            return "the file or the process is gone";
        }
        if (errno == Libc.EINVAL && isAttach(call)) {
            return "the offset is no instruction the kernel can probe, or another tracer is attached to this site"
                + " without (or with another) semaphore";
        }
        if (errno == Libc.ENOMEM) {
            return "less memory for the BPF ring buffer, or more for this process or its memory cgroup";
        }
        return "";
    }
}
