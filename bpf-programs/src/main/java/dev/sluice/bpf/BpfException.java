// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf;

import java.io.PrintWriter;

/**
 * BPF, libbpf or the kernel refused something. The message is one line: the call, the text of errno and what to do
 * about it. What libbpf and the kernel's verifier wrote is {@link #log()}, and part of a printed stack trace.
 */
public final class BpfException extends RuntimeException {

    private static final long serialVersionUID = 1L;
    private static final String CAPABILITIES = "run as root, or give CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE";
    /** Attach cookies, and what the drain programs call. */
    private static final String OLDEST_KERNEL = "5.15";
    private static final String NO_PROBE = "this kernel cannot probe the instruction at the site: of our own stubs,"
        + " start the traced program with -Dsluice.usdt.site=nop1 or without that property";
    private static final String CONTAINER = "; a container also needs its seccomp profile to allow bpf(2) and"
        + " perf_event_open(2), and the lockdown mode must not be confidentiality";

    private final String call;
    private final int errno;
    private final String remedy;
    private final String log;

    BpfException(final String call, final int errno, final String log) {
        this(call, errno, remedyOf(call, errno, log), log);
    }

    BpfException(final String call, final String reason) {
        super(call + ": " + reason);
        this.call = call;
        this.errno = 0;
        this.remedy = reason;
        this.log = "";
    }

    /** Somebody else is attached to the site and does not know its semaphore. */
    static BpfException withoutSemaphore(final String call, final UprobeSite site) {
        return new BpfException(call, Libc.EINVAL, "another tracer is attached to " + site + " without the semaphore,"
            + " and the kernel lets all tracers of a site agree on it only: detach that tracer, or attach it as a USDT"
            + " probe (with its semaphore) and not as a plain uprobe", "");
    }

    private BpfException(final String call, final int errno, final String remedy, final String log) {
        super(call + ": " + Libc.describe(errno) + " (errno " + errno + ")"
            + (remedy.isEmpty() ? "" : "; " + remedy));
        this.call = call;
        this.errno = errno;
        this.remedy = remedy;
        this.log = log.strip();
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

    /** What libbpf and the kernel's verifier wrote, on lines; empty if nothing. */
    public String log() {
        return log;
    }

    @Override
    public void printStackTrace(final PrintWriter out) {
        super.printStackTrace(out);
        if (!log.isEmpty()) {
            out.println(log);
        }
    }

    private static boolean isAttach(final String call) {
        return isPerfEvent(call) || call.startsWith("bpf(BPF_LINK_CREATE");
    }

    private static boolean isPerfEvent(final String call) {
        return call.startsWith("bpf_program__attach");
    }

    private static String remedyOf(final String call, final int errno, final String log) {
        if (errno == Libc.EPERM || errno == Libc.EACCES && !log.contains("PROG LOAD LOG")) {
            return (isPerfEvent(call) ? "without uprobe_multi (Linux 6.6; here it is missing, or "
                + UprobeMulti.PROPERTY + " is false) attaching takes CAP_SYS_ADMIN: run as root, or give it beside"
                + " CAP_BPF and CAP_SYS_PTRACE" : CAPABILITIES) + CONTAINER;
        }
        if (log.contains("vmlinux BTF") || log.contains("/sys/kernel/btf")) {
            return "the kernel has no BTF: it needs CONFIG_DEBUG_INFO_BTF (see /sys/kernel/btf/vmlinux)";
        }
        if (log.contains("PROG LOAD LOG")) {
            return "the verifier of Linux " + System.getProperty("os.version") + " refuses the program: Sluice's need"
                + " Linux " + OLDEST_KERNEL + " or later, some a newer one (docs/kernels.md); --verbose prints its log";
        }
        if (errno == Libc.ENOENT && isAttach(call)) {
            return "the file or the process is gone";
        }
        if (errno == Libc.ENOTSUPP && isAttach(call)) {
            return NO_PROBE;
        }
        if (errno == Libc.EINVAL && isAttach(call)) {
            return "the offset is no instruction the kernel can probe (of our own stubs, -Dsluice.usdt.site=nop1 in the"
                + " traced program is one that every kernel can), or another tracer is attached to this site without"
                + " (or with another) semaphore";
        }
        if (errno == Libc.ENOMEM) {
            return "less memory for the BPF ring buffer, or more for this process or its memory cgroup";
        }
        return "";
    }
}
