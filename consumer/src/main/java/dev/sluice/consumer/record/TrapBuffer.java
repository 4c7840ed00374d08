// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.record;

import dev.sluice.os.NativeCalls;
import dev.sluice.ring.PacketHeaderDescriptor;
import java.nio.ByteBuffer;

/** Memory of one packet of trap records, used by one thread's packet after another's. For one thread. */
final class TrapBuffer {
    private final ByteBuffer memory =
        ByteBuffer.allocateDirect(PacketHeaderDescriptor.LENGTH + TrapStream.CAPACITY + Long.BYTES);
    private final long packet = NativeCalls.get().addressOf(memory) + Long.BYTES - 1 & -Long.BYTES;

    /** Address of the packet's header, a multiple of 8. */
    long packet() {
        return packet;
    }
}
