// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.libbpf;

import dev.sluice.os.Errno;
import dev.sluice.os.NativeCalls;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * BPF, libbpf or the kernel refused something. The message is one line: the call, the text of errno and what to do
 * about it. {@link #log()} has what libbpf and the kernel's verifier wrote; a printed stack trace contains it too.
 */
public final class BpfException extends RuntimeException {

    private static final long serialVersionUID = 1L;
    private static final String CAPABILITIES = "run as root, or give CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE";
    /** The first kernel with attach cookies and with the helpers that the drain programs call. */
    private static final String OLDEST_KERNEL = "5.15";
    private static final String NO_PROBE = "this kernel cannot probe the instruction at the site: of our own stubs,"
        + " start the traced program with -Dsluice.usdt.site=nop1 or without that property";
    private static final String NO_INSTRUCTION = "the offset is no instruction the kernel can probe (of our own stubs,"
        + " -Dsluice.usdt.site=nop1 in the traced program is one that every kernel can), or another tracer is attached"
        + " to this site without (or with another) semaphore";
    private static final String ATTACH_CAPABILITIES = "without uprobe_multi (Linux 6.6; here it is missing, or "
        + UprobeMulti.PROPERTY + " is false) attaching takes CAP_SYS_ADMIN: run as root, or give it beside CAP_BPF and"
        + " CAP_SYS_PTRACE";
    /** The kernel's description of its own types, which libbpf needs to load programs. */
    private static final Path BTF = Path.of("/sys/kernel/btf/vmlinux");
    /** libbpf prints lines with this text around the verifier's log. */
    private static final String VERIFIER_LOG = "PROG LOAD LOG";
    private static final String CONTAINER = "; a container also needs its seccomp profile to allow bpf(2) and"
        + " perf_event_open(2), and the lockdown mode must not be confidentiality";

    /** Some seccomp profiles answer as a kernel does that was built without the call. */
    private static final String NO_CALL = "a seccomp profile hides bpf(2) or perf_event_open(2) from this process, as"
        + " that of a container, or the kernel was built without: allow these calls, run outside of the container, or"
        + " use --mode shared";

    private final Kind kind;
    private final String call;
    private final int errno;
    private final String remedy;
    private final String log;

    /** A call that loads or attaches nothing. */
    public BpfException(final String call, final int errno, final String log) {
        this(Kind.OTHER, call, errno, log);
    }

    /** A call of some kind, which decides what can be done about its errno. */
    public BpfException(final Kind kind, final String call, final int errno, final String log) {
        this(kind, call, errno, remedyOf(kind, errno, log), log);
    }

    /** A call that was not made, or did not reach the kernel. */
    public BpfException(final String call, final String reason) {
        super(call + ": " + reason);
        this.kind = Kind.OTHER;
        this.call = call;
        this.errno = 0;
        this.remedy = reason;
        this.log = "";
    }

    /** The error if another tracer is attached to the site and has not named the site's semaphore. */
    public static BpfException withoutSemaphore(final String call, final UprobeSite site) {
        return new BpfException(Kind.ATTACH_SET, call, Errno.EINVAL, "another tracer is attached to " + site
            + " without the semaphore, and the kernel lets all tracers of a site agree on it only: detach that tracer,"
            + " or attach it as a USDT probe (with its semaphore) and not as a plain uprobe", "");
    }

    private BpfException(final Kind kind, final String call, final int errno, final String remedy,
                         final String log) {
        super(call + ": " + NativeCalls.get().errorText(errno) + " (errno " + errno + ")"
            + (remedy.isEmpty() ? "" : "; " + remedy));
        this.kind = kind;
        this.call = call;
        this.errno = errno;
        this.remedy = remedy;
        this.log = log.strip();
    }

    /** The call that failed, with the arguments that matter. */
    public String call() {
        return call;
    }

    /** The positive errno, or 0 when the call did not reach the kernel. */
    public int errno() {
        return errno;
    }

    /** What to do about it, or an empty string. */
    public String remedy() {
        return remedy;
    }

    /** What libbpf and the kernel's verifier wrote, in lines; empty if they wrote nothing. */
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

    /** Whether the kernel's verifier has refused a program; {@link #log()} then has its reason. */
    public boolean isRefusedByVerifier() {
        return isRefusedByVerifier(kind, log);
    }

    private static boolean isRefusedByVerifier(final Kind kind, final String log) {
        // Many an errno stands for the verifier and for other refusals. libbpf prints the verifier's log for it alone.
        return kind == Kind.LOAD && log.contains(VERIFIER_LOG);
    }

    private static String remedyOf(final Kind kind, final int errno, final String log) {
        if (errno == Errno.EPERM || errno == Errno.EACCES && !isRefusedByVerifier(kind, log)) {
            return (kind == Kind.ATTACH_ONE ? ATTACH_CAPABILITIES : CAPABILITIES) + CONTAINER;
        }
        if (errno == Errno.ENOSYS) {
            return NO_CALL;
        }
        if (isRefusedByVerifier(kind, log)) {
            return "the verifier of Linux " + System.getProperty("os.version") + " refuses the program: Sluice's need"
                + " Linux " + OLDEST_KERNEL + " or later, some a newer one (docs/kernels.md); --verbose prints its log";
        }
        if (kind == Kind.LOAD && !Files.exists(BTF)) {
            return "the kernel has no BTF: it needs CONFIG_DEBUG_INFO_BTF (see " + BTF + ")";
        }
        if (errno == Errno.ENOMEM) {
            return "less memory for the BPF ring buffer, or more for this process or its memory cgroup";
        }
        return kind == Kind.ATTACH_ONE || kind == Kind.ATTACH_SET ? remedyOfAttach(errno) : "";
    }

    private static String remedyOfAttach(final int errno) {
        return switch (errno) {
            case Errno.ENOENT -> "the file or the process is gone";
            case Errno.ENOTSUPP -> NO_PROBE;
            case Errno.EINVAL -> NO_INSTRUCTION;
            default -> "";
        };
    }

    /** What a failed call should have done. */
    public enum Kind {
        /** Create maps and load programs. */
        LOAD,
        /** Attach a program to one site, through a perf event. */
        ATTACH_ONE,
        /** Attach a program to several sites at once (uprobe_multi). */
        ATTACH_SET,
        /** Anything else. */
        OTHER
    }
}
