// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.libbpf;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.sluice.os.NativeCalls;

/** A program of a {@link BpfObject}, which owns it. The object's rules for threads hold. */
public final class BpfProgram {

    /** In place of a pid. */
    public static final int ANY_PROCESS = -1;

    /** struct bpf_uprobe_opts: size, ref_ctr_offset, bpf_cookie, retprobe and its padding, func_name. */
    private static final int OPTIONS_LENGTH = 40;
    private static final int REF_CTR_OFFSET = 8;
    private static final int COOKIE_OFFSET = 16;
    private static final int BPF_PROG_TEST_RUN = 10;
    /** The test member of union bpf_attr: program, returned value, and members that are zero. */
    private static final int RUN_LENGTH = 80;
    private static final int RUN_RESULT_OFFSET = 4;

    private final String name;
    private final long handle;
    /** Made by the first run. */
    private Memory runAttributes;

    BpfProgram(final String name, final long handle) {
        this.name = name;
        this.handle = handle;
    }

    /** The C function's name. */
    public String name() {
        return name;
    }

    /** Whether {@link BpfObject#load()} loads it; true from the start. */
    public void autoload(final boolean autoload) {
        final int result = LibBpfNative.bpf_program__set_autoload(handle, autoload);
        if (result < 0) {
            throw new BpfException("bpf_program__set_autoload(" + name + ")", -result, "");
        }
    }

    /** The attach type that {@link BpfObject#load()} tells the kernel. */
    public void expectedAttachType(final int type) {
        final int result = LibBpfNative.bpf_program__set_expected_attach_type(handle, type);
        if (result < 0) {
            throw new BpfException("bpf_program__set_expected_attach_type(" + name + ")", -result, "");
        }
    }

    /**
     * Makes {@link BpfObject#load()} write the verifier's log of a level into memory, which must stay valid until the
     * load ends.
     */
    public void logTo(final long buffer, final int length, final int level) {
        int result = LibBpfNative.bpf_program__set_log_buf(handle, buffer, length);
        if (result >= 0) {
            result = LibBpfNative.bpf_program__set_log_level(handle, level);
        }
        if (result < 0) {
            throw new BpfException("bpf_program__set_log_buf(" + name + ")", -result, "");
        }
    }

    /** The file descriptor, owned by the object; after load only. */
    public int fd() {
        return LibBpfNative.bpf_program__fd(handle);
    }

    /**
     * Runs a program of type syscall in the calling thread. The thread needs no right for that. For one thread at a
     * time.
     *
     * @return what the program returned
     * @throws BpfException when the kernel refuses
     */
    public int run() {
        if (runAttributes == null) {
            runAttributes = new Memory(RUN_LENGTH);
            runAttributes.clear();
            runAttributes.setInt(0, fd());
        }
        final int result = NativeCalls.get().bpfOrErrno(
            BPF_PROG_TEST_RUN, Pointer.nativeValue(runAttributes), RUN_LENGTH);
        if (result < 0) {
            throw new BpfException("bpf(BPF_PROG_RUN, " + name + ")", -result, "");
        }
        return runAttributes.getInt(RUN_RESULT_OFFSET);
    }

    /**
     * Attaches to a user-space instruction.
     *
     * @param pid          the process as seen from here, or -1 for every process
     * @param path         the mapped file, as this process can open it
     * @param siteOffset   the instruction's offset in the file
     * @param refCtrOffset the semaphore's offset in the file, or 0 for none
     * @param cookie       what the program reads as its attach cookie
     * @throws BpfException when the kernel refuses
     */
    public BpfLink attachUprobe(final int pid, final String path, final long siteOffset, final long refCtrOffset,
                                final long cookie) {
        return attachUprobe(pid, new UprobeSite(path, null, siteOffset, refCtrOffset, cookie));
    }

    /** Attaches to a site, in the very file that the site belongs to. */
    public BpfLink attachUprobe(final int pid, final UprobeSite site) {
        final String path = site.path();
        final long siteOffset = site.siteOffset();
        final long refCtrOffset = site.refCtrOffset();
        if (pid == 0 || pid < ANY_PROCESS || siteOffset < 0 || refCtrOffset < 0 || path.indexOf('/') < 0) {
            throw new IllegalArgumentException("pid=" + pid + " path=" + path + " siteOffset=" + siteOffset
                + " refCtrOffset=" + refCtrOffset);
        }
        final String call = "bpf_program__attach_uprobe_opts(" + name + ", pid=" + pid + ", " + path + "+0x"
            + Long.toHexString(siteOffset) + ", semaphore=0x" + Long.toHexString(refCtrOffset) + ")";
        LibBpf.clearLog();
        try (SiteFile file = SiteFile.open(call, site); Memory options = new Memory(OPTIONS_LENGTH)) {
            options.clear();
            options.setLong(0, OPTIONS_LENGTH);
            options.setLong(REF_CTR_OFFSET, refCtrOffset);
            options.setLong(COOKIE_OFFSET, site.cookie());
            final long link = LibBpfNative.bpf_program__attach_uprobe_opts(
                handle, pid, file.path(), siteOffset, Pointer.nativeValue(options));
            if (link == 0) {
                throw new BpfException(BpfException.Kind.ATTACH_ONE, call, Native.getLastError(), LibBpf.log());
            }
            return BpfLink.ofHandle(call, link);
        }
    }
}
