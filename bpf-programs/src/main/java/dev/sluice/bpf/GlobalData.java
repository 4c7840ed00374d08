// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf;

import org.agrona.UnsafeApi;

/**
 * A section of a program's global data, mapped read-only: counters that the program changes by atomic adds and that are
 * read here with acquire loads, without a system call. Any thread; reads after close answer the last values.
 */
final class GlobalData implements AutoCloseable {

    private final long[] last;
    private final long length;
    private long address;

    GlobalData(final BpfMap map) {
        length = map.valueLength();
        last = new long[(int) (length / Long.BYTES)];
        address = Libc.mapShared(length, Libc.PROT_READ, map.fd(), 0);
    }

    synchronized long get(final int offset) {
        return address == 0 ? last[offset / Long.BYTES] : UnsafeApi.getLongAcquire(null, address + offset);
    }

    @Override
    public synchronized void close() {
        if (address != 0) {
            for (int i = 0; i < last.length; i++) {
                last[i] = get(i * Long.BYTES);
            }
            Libc.munmap(address, length);
            address = 0;
        }
    }
}
