// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target;

import dev.sluice.ring.memory.Memory;
import java.nio.ByteBuffer;
import org.agrona.BufferUtil;

/** Copies byte sequences into memory. Stateless: any thread. */
public final class ByteSequences {
    private ByteSequences() {
    }

    /** Copies the first bytes of an array. */
    public static void put(final byte[] value, final long address, final int lengthBytes) {
        Memory.putBytes(address, value, 0, lengthBytes);
    }

    /** Copies the first bytes between a buffer's position and limit; position and limit do not change. */
    public static void put(final ByteBuffer value, final long address, final int lengthBytes) {
        final int position = value.position();
        if (value.isDirect()) {
            Memory.copy(BufferUtil.address(value) + position, address, lengthBytes);
        } else if (value.hasArray()) {
            Memory.putBytes(address, value.array(), value.arrayOffset() + position, lengthBytes);
        } else {
            for (int i = 0; i < lengthBytes; i++) {
                Memory.putByte(address + i, value.get(position + i));
            }
        }
    }
}
