// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.receive;

import dev.sluice.store.format.LossCause;

/**
 * Where packets go that are sound and that come next in their rings: the trace, or what stands in its place. For the
 * receiving thread, and for others after it has ended.
 */
public interface PacketSink {
    /**
     * Takes a packet that was drained.
     *
     * @param address     of its header; what is behind the header is known to whoever drains
     * @param lengthBytes header and padded content
     * @return false if it could not be taken: it is lost then
     */
    boolean tryPacket(long address, int lengthBytes);

    /** Takes a packet that was read from a dead target's rings: its content lies behind its header. */
    boolean trySalvaged(long address, int lengthBytes);

    /** Why packets are lost that are not taken. */
    LossCause refusal();

    /** Packets are appended to a trace. */
    static PacketSink into(final TargetTraceWriter trace) {
        return new PacketSink() {
            @Override
            public boolean tryPacket(final long address, final int lengthBytes) {
                return trace.tryPacket(address, lengthBytes);
            }

            @Override
            public boolean trySalvaged(final long address, final int lengthBytes) {
                return trace.tryPacket(address, lengthBytes);
            }

            @Override
            public LossCause refusal() {
                return LossCause.TRACE_FULL;
            }
        };
    }
}
