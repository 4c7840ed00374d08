// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os;

/** Makes shared mappings of descriptors that the JDK cannot map, such as those of BPF maps. Stateless: any thread. */
public final class Mappings {
    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int MAP_SHARED = 1;

    private Mappings() {
    }

    /**
     * Maps a range of a descriptor. The descriptor need not stay open.
     *
     * @param offset      in bytes, a multiple of the page size
     * @param lengthBytes bytes of the mapping; the caller gives the mapping back by {@link #unmap}
     * @return the mapping's address
     */
    public static long shared(final int fd, final long offset, final long lengthBytes, final boolean isWritable) {
        final NativeCalls calls = NativeCalls.get();
        return calls.checked(calls.call(SystemCall.MMAP, 0, lengthBytes, PROT_READ | (isWritable ? PROT_WRITE : 0),
            MAP_SHARED, fd, offset), "mmap(length=" + lengthBytes + ", offset=" + offset + ")",
            "raise the limit of address space (ulimit -v), or of memory");
    }

    /** Gives a mapping back. Nobody may use its memory any more. */
    public static void unmap(final long address, final long lengthBytes) {
        final NativeCalls calls = NativeCalls.get();
        calls.checked(calls.call(SystemCall.MUNMAP, address, lengthBytes, 0, 0),
            "munmap(0x" + Long.toHexString(address) + ", " + lengthBytes + ")", "");
    }
}
