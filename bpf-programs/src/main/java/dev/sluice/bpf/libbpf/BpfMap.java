// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.libbpf;

import dev.sluice.os.Mappings;
import dev.sluice.os.NativeException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A map of a {@link BpfObject}, which owns it. Setters work before {@link BpfObject#load()} only, {@link #fd()} after
 * it only. The object's rules for threads hold.
 */
public final class BpfMap {

    private final String name;
    private final long handle;

    BpfMap(final String name, final long handle) {
        this.name = name;
        this.handle = handle;
    }

    /** The map's name, for sections of global data the section's name. */
    public String name() {
        return name;
    }

    /** Bytes of one value; for a section of global data, of the whole section. */
    public int valueLength() {
        return LibBpfNative.bpf_map__value_size(handle);
    }

    /** For a BPF ring buffer its size in bytes: a power of two and a multiple of the page size. */
    public void maxEntries(final int maxEntries) {
        check("bpf_map__set_max_entries(" + name + ", " + maxEntries + ")",
            LibBpfNative.bpf_map__set_max_entries(handle, maxEntries));
    }

    /** The contents of a section of global data, {@link #valueLength()} bytes. */
    public void initialValue(final byte[] value) {
        if (value.length != valueLength()) {
            throw new IllegalArgumentException(
                "map=" + name + " length=" + value.length + " expected=" + valueLength());
        }
        check("bpf_map__set_initial_value(" + name + ")",
            LibBpfNative.bpf_map__set_initial_value(handle, value, value.length));
    }

    /** The file descriptor, owned by the object. */
    public int fd() {
        final int fd = LibBpfNative.bpf_map__fd(handle);
        if (fd < 0) {
            throw new IllegalStateException("map=" + name + " is not loaded");
        }
        return fd;
    }

    /**
     * Maps the map's pages, after load. The caller gives the mapping back by {@link Mappings#unmap}.
     *
     * @throws BpfException if the kernel refuses
     */
    public long pages(final long offset, final long lengthBytes, final boolean isWritable) {
        try {
            return Mappings.shared(fd(), offset, lengthBytes, isWritable);
        } catch (final NativeException e) {
            throw new BpfException(e.call(), e.errno(), "");
        }
    }

    /** Sets an element of an array map, after load. */
    public void put(final int index, final byte[] value) {
        check("bpf_map_update_elem(" + name + ", " + index + ")",
            LibBpfNative.bpf_map_update_elem(fd(), key(index), value, 0));
    }

    /** An element of an array map, after load: {@link #valueLength()} bytes. */
    public byte[] get(final int index) {
        final byte[] value = new byte[valueLength()];
        check("bpf_map_lookup_elem(" + name + ", " + index + ")",
            LibBpfNative.bpf_map_lookup_elem(fd(), key(index), value));
        return value;
    }

    private static byte[] key(final int index) {
        return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(index).array();
    }

    private static void check(final String call, final int result) {
        if (result < 0) {
            throw new BpfException(call, -result, "");
        }
    }
}
