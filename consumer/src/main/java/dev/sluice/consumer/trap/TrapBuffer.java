// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.trap;

import dev.sluice.os.NativeCalls;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import java.nio.ByteBuffer;

/** Memory for one packet of trap records. The packets of different threads use it one after another. For one thread. */
final class TrapBuffer {
    private final ByteBuffer memory =
        ByteBuffer.allocateDirect(PacketHeaderDescriptor.LENGTH + TrapStream.CAPACITY + Long.BYTES);
    private final long packet = NativeCalls.get().addressOf(memory) + Long.BYTES - 1 & -Long.BYTES;

    /** Address of the packet's header, a multiple of 8. */
    long packet() {
        return packet;
    }
}
