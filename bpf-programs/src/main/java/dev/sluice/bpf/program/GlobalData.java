// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.program;

import dev.sluice.bpf.libbpf.BpfMap;
import dev.sluice.os.Mappings;
import org.agrona.UnsafeApi;

/**
 * A section of a program's global data, mapped read-only: counters that the program changes by atomic adds and that are
 * read here with acquire loads, without a system call. Any thread; after close, reads return the last values.
 */
public final class GlobalData implements AutoCloseable {

    private final long[] last;
    private final long length;
    private long address;

    GlobalData(final BpfMap map) {
        length = map.valueLength();
        last = new long[(int) (length / Long.BYTES)];
        address = map.pages(0, length, false);
    }

    public synchronized long get(final int offset) {
        return address == 0 ? last[offset / Long.BYTES] : UnsafeApi.getLongAcquire(null, address + offset);
    }

    @Override
    public synchronized void close() {
        if (address != 0) {
            for (int i = 0; i < last.length; i++) {
                last[i] = get(i * Long.BYTES);
            }
            Mappings.unmap(address, length);
            address = 0;
        }
    }
}
