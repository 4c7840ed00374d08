// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.libbpf;

import com.sun.jna.Callback;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/**
 * The calls of libbpf 1.x that are used, under their C names. Pointers travel as longs. Pointer-valued calls return 0
 * and set errno on failure, the others return a negative errno.
 */
@SuppressWarnings("checkstyle:MethodName")
final class LibBpfNative {

    static {
        Native.register(LibBpfNative.class, NativeLibrary.getInstance(LibBpf.path()));
    }

    private LibBpfNative() {
    }

    /** {@code int (*)(enum libbpf_print_level, const char *, va_list)}. */
    interface PrintCallback extends Callback {
        int invoke(int level, long format, long arguments);
    }

    static native long libbpf_set_print(PrintCallback callback);

    static native String libbpf_version_string();

    /**
     * A function of the C library, which formats what libbpf prints. It is found through libbpf, because libbpf depends
     * on the C library. The va_list travels as a pointer on x86-64 and aarch64 alike.
     */
    static native int vsnprintf(long buffer, long size, long format, long arguments);

    static native long bpf_object__open_mem(byte[] elf, long length, long options);

    static native int bpf_object__load(long object);

    static native void bpf_object__close(long object);

    static native long bpf_object__find_map_by_name(long object, String name);

    static native long bpf_object__find_program_by_name(long object, String name);

    static native long bpf_object__next_program(long object, long program);

    static native String bpf_program__name(long program);

    static native int bpf_program__set_autoload(long program, boolean autoload);

    static native int bpf_program__set_expected_attach_type(long program, int type);

    static native int bpf_program__set_log_level(long program, int level);

    static native int bpf_program__set_log_buf(long program, long buffer, long length);

    static native int bpf_program__fd(long program);

    static native long bpf_program__attach_uprobe_opts(
        long program, int pid, String path, long functionOffset, long options);

    static native int bpf_link__destroy(long link);

    static native int bpf_link__fd(long link);

    static native int bpf_map__fd(long map);

    static native int bpf_map__value_size(long map);

    static native int bpf_map_update_elem(int fd, byte[] key, byte[] value, long flags);

    static native int bpf_map_lookup_elem(int fd, byte[] key, byte[] value);

    static native int bpf_map__set_max_entries(long map, int maxEntries);

    static native int bpf_map__set_initial_value(long map, byte[] data, long length);
}
