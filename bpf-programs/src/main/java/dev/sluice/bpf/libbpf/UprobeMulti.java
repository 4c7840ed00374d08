// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.libbpf;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import dev.sluice.os.Errno;
import dev.sluice.os.NativeCalls;
import java.util.List;

/**
 * Attaches a program to many sites of a file in one call (Linux 6.6). It calls bpf(2) itself, because libbpf has this
 * call only from 1.3 on. Stateless: any thread.
 */
public final class UprobeMulti {
    /** System property: {@code false} attaches site by site, as older kernels require. Default: true. */
    public static final String PROPERTY = "sluice.uprobe.multi";

    /** enum bpf_attach_type: BPF_TRACE_UPROBE_MULTI. */
    public static final int ATTACH_TYPE = 48;

    private static final int PROG_LOAD = 5;
    private static final int LINK_CREATE = 28;
    private static final int PROG_TYPE_KPROBE = 2;
    private static final int PROG_LOAD_LENGTH = 72;
    private static final int LINK_CREATE_LENGTH = 64;
    private static final int INSTRUCTION_LENGTH = 8;
    /** r0 = 0; exit. */
    private static final long[] EMPTY_PROGRAM = {0xb7, 0x95};
    private static final int EVERY_PROCESS = 0;

    private UprobeMulti() {
    }

    /** Whether to attach this way: the kernel can do it, and the property does not forbid it. */
    public static boolean isUsed() {
        return Boolean.parseBoolean(System.getProperty(PROPERTY, "true")) && Probed.SUPPORTED;
    }

    /** Found by trying, once. */
    private static final class Probed {
        static final boolean SUPPORTED = probe();

        /**
         * Tries the call with a directory, as libbpf does: nothing can be attached to a directory, and a kernel that
         * knows the call returns the error that says so.
         */
        private static boolean probe() {
            final int program = loadEmptyProgram();
            if (program < 0) {
                return false;
            }
            try (Memory memory = new Memory(LINK_CREATE_LENGTH + Long.BYTES + 2)) {
                memory.clear();
                final long offsets = Pointer.nativeValue(memory) + LINK_CREATE_LENGTH;
                memory.setString(LINK_CREATE_LENGTH + Long.BYTES, "/");
                fill(memory, program, offsets + Long.BYTES, offsets, 0, 0, 1, EVERY_PROCESS);
                if (create(memory) != -Errno.EBADF) {
                    return false;
                }
                // The first kernels with this call attached to one thread instead of the whole process. Those kernels
                // do not refuse this pid.
                memory.setInt(56, -1);
                return create(memory) == -Errno.EINVAL;
            } finally {
                NativeCalls.get().close(program);
            }
        }

        private static int loadEmptyProgram() {
            try (Memory memory = new Memory(PROG_LOAD_LENGTH + 2 * INSTRUCTION_LENGTH + Long.BYTES)) {
                memory.clear();
                final long instructions = Pointer.nativeValue(memory) + PROG_LOAD_LENGTH;
                memory.setInt(0, PROG_TYPE_KPROBE);
                memory.setInt(4, EMPTY_PROGRAM.length);
                memory.setLong(8, instructions);
                memory.setLong(16, instructions + 2 * INSTRUCTION_LENGTH);
                memory.setInt(68, ATTACH_TYPE);
                for (int i = 0; i < EMPTY_PROGRAM.length; i++) {
                    memory.setLong(PROG_LOAD_LENGTH + i * INSTRUCTION_LENGTH, EMPTY_PROGRAM[i]);
                }
                memory.setString(PROG_LOAD_LENGTH + 2 * INSTRUCTION_LENGTH, "GPL");
                return NativeCalls.get().bpfOrErrno(PROG_LOAD, Pointer.nativeValue(memory), PROG_LOAD_LENGTH);
            }
        }
    }

    /**
     * Attaches to sites of one file.
     *
     * @param name    the program's name, for messages
     * @param program the program's descriptor; the program was loaded for {@link #ATTACH_TYPE}
     * @param pid     the process as seen from here, or -1 for every process
     * @param sites   at least one, all with the same path
     * @throws BpfException when the kernel refuses: then nothing is attached
     */
    public static BpfLink attach(final String name, final int program, final int pid, final List<UprobeSite> sites) {
        final String call = "bpf(BPF_LINK_CREATE, uprobe_multi, " + name + ", pid=" + pid + ", sites=" + sites.size()
            + ", " + sites.get(0) + ")";
        try (SiteFile file = SiteFile.open(call, sites.get(0))) {
            return attach(call, program, pid, sites, file.path());
        }
    }

    private static BpfLink attach(final String call, final int program, final int pid, final List<UprobeSite> sites,
                                  final String path) {
        final int count = sites.size();
        final byte[] pathBytes = Native.toByteArray(path, "UTF-8");
        final long column = (long) count * Long.BYTES;
        try (Memory memory = new Memory(LINK_CREATE_LENGTH + 3 * column + pathBytes.length)) {
            memory.clear();
            for (int i = 0; i < count; i++) {
                final UprobeSite site = sites.get(i);
                final long at = LINK_CREATE_LENGTH + (long) i * Long.BYTES;
                memory.setLong(at, site.siteOffset());
                memory.setLong(at + column, site.refCtrOffset());
                memory.setLong(at + 2 * column, site.cookie());
            }
            memory.write(LINK_CREATE_LENGTH + 3 * column, pathBytes, 0, pathBytes.length);
            final long columns = Pointer.nativeValue(memory) + LINK_CREATE_LENGTH;
            fill(memory, program, columns + 3 * column, columns, columns + column, columns + 2 * column, count,
                pid == BpfProgram.ANY_PROCESS ? EVERY_PROCESS : pid);
            final int link = create(memory);
            if (link < 0) {
                throw new BpfException(BpfException.Kind.ATTACH_SET, call, -link, "");
            }
            return BpfLink.ofDescriptor(call, link);
        }
    }

    private static void fill(final Memory memory, final int program, final long path, final long offsets,
                             final long refCtrOffsets, final long cookies, final int count, final int pid) {
        memory.setInt(0, program);
        memory.setInt(8, ATTACH_TYPE);
        memory.setLong(16, path);
        memory.setLong(24, offsets);
        memory.setLong(32, refCtrOffsets);
        memory.setLong(40, cookies);
        memory.setInt(48, count);
        memory.setInt(56, pid);
    }

    private static int create(final Memory memory) {
        return NativeCalls.get().bpfOrErrno(LINK_CREATE, Pointer.nativeValue(memory), LINK_CREATE_LENGTH);
    }
}
