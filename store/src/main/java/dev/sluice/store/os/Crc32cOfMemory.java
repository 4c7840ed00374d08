// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.os;

import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * CRC32C of bytes at an address, at the speed of the processor's instruction and with no allocation: the JDK's
 * intrinsic takes direct buffers only, so this object keeps a buffer over the last 2 GiB window asked for, and makes
 * another buffer if an address lies outside of it. For one thread.
 */
public final class Crc32cOfMemory {
    /** Windows begin at multiples of this, so one covers every range of up to this length that begins in it. */
    private static final long STRIDE = 1L << 30;

    private final CRC32C crc = new CRC32C();
    private ByteBuffer window;
    private long windowAddress;

    /**
     * Computes the checksum.
     *
     * @param address     of mapped memory
     * @param lengthBytes 0 to 1 GiB
     */
    public int of(final long address, final int lengthBytes) {
        if (window == null || address < windowAddress || address - windowAddress >= STRIDE) {
            // A buffer over address 0 is refused; nothing is mapped in the first page anyway.
            windowAddress = Math.max(1, address & -STRIDE);
            window = new Pointer(windowAddress).getByteBuffer(0, Integer.MAX_VALUE);
        }
        final int offset = (int) (address - windowAddress);
        window.limit(offset + lengthBytes).position(offset);
        crc.reset();
        crc.update(window);
        return (int) crc.getValue();
    }
}
