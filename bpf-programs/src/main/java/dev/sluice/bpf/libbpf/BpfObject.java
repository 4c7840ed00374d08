// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.libbpf;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * An eBPF object file: open, configure its maps and programs, load. One thread at a time. Closing is idempotent,
 * unloads programs that no link holds, and invalidates every {@link BpfMap} and {@link BpfProgram} handed out.
 */
public final class BpfObject implements AutoCloseable {

    /** struct bpf_object_open_opts: size, object_name, and later members that the size says are absent. */
    private static final int OPTIONS_LENGTH = 16;
    private static final int OBJECT_NAME_OFFSET = 8;

    private final String name;
    private long handle;

    private BpfObject(final String name, final long handle) {
        this.name = name;
        this.handle = handle;
    }

    /**
     * Parses an object file.
     *
     * @param name shown by bpftool as the prefix of its global data maps
     * @param elf  the file's bytes
     * @throws BpfException when libbpf is missing or does not understand the file
     */
    public static BpfObject open(final String name, final byte[] elf) {
        LibBpf.require();
        LibBpf.clearLog();
        final byte[] text = name.getBytes(StandardCharsets.UTF_8);
        try (Memory options = new Memory(OPTIONS_LENGTH); Memory nameMemory = new Memory(text.length + 1L)) {
            nameMemory.clear();
            nameMemory.write(0, text, 0, text.length);
            options.setLong(0, OPTIONS_LENGTH);
            options.setPointer(OBJECT_NAME_OFFSET, nameMemory);
            final long handle = LibBpfNative.bpf_object__open_mem(elf, elf.length, Pointer.nativeValue(options));
            if (handle == 0) {
                throw new BpfException("bpf_object__open_mem(" + name + ")", Native.getLastError(), LibBpf.log());
            }
            return new BpfObject(name, handle);
        }
    }

    /** Names of all programs, in the file's order. */
    public List<String> programNames() {
        final List<String> names = new ArrayList<>();
        for (long program = LibBpfNative.bpf_object__next_program(handle(), 0); program != 0;
             program = LibBpfNative.bpf_object__next_program(handle, program)) {
            names.add(LibBpfNative.bpf_program__name(program));
        }
        return names;
    }

    /** A program by its C function's name. */
    public BpfProgram program(final String programName) {
        final long program = LibBpfNative.bpf_object__find_program_by_name(handle(), programName);
        if (program == 0) {
            throw new IllegalArgumentException("object=" + name + " has no program=" + programName);
        }
        return new BpfProgram(programName, program);
    }

    /** A map by its name, global data by its section's name such as {@code .rodata.config}. */
    public BpfMap map(final String mapName) {
        final long map = LibBpfNative.bpf_object__find_map_by_name(handle(), mapName);
        if (map == 0) {
            throw new IllegalArgumentException("object=" + name + " has no map=" + mapName);
        }
        return new BpfMap(mapName, map);
    }

    /**
     * Creates the maps and loads the programs whose autoload is on. After a failure only {@link #close()} is left.
     *
     * @throws BpfException with the verifier's log if it refused
     */
    public void load() {
        LibBpf.clearLog();
        final int result = LibBpfNative.bpf_object__load(handle());
        if (result < 0) {
            throw new BpfException(BpfException.Kind.LOAD, "bpf_object__load(" + name + ")", -result, LibBpf.log());
        }
    }

    @Override
    public void close() {
        final long object = handle;
        handle = 0;
        if (object != 0) {
            LibBpfNative.bpf_object__close(object);
        }
    }

    private long handle() {
        if (handle == 0) {
            throw new IllegalStateException("object=" + name + " is closed");
        }
        return handle;
    }
}
