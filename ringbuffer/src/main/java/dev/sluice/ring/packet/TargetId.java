// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.packet;

import dev.sluice.ring.memory.Memory;
import java.util.UUID;

/**
 * Identity of one target: one copy of the library in one run of one process. It is sixteen random bytes, in the order
 * in which RFC 4122 writes them as text, so that the CTF trace's uuid reads the same as {@link #toString()}.
 */
public record TargetId(UUID uuid) {
    /** Bytes of an id in memory. */
    public static final int LENGTH = 16;

    /** A new random id. */
    public static TargetId random() {
        return new TargetId(UUID.randomUUID());
    }

    /** Reads the sixteen bytes at an address. */
    public static TargetId read(final long address) {
        return new TargetId(new UUID(
            Long.reverseBytes(Memory.getLong(address)), Long.reverseBytes(Memory.getLong(address + Long.BYTES))));
    }

    /** Writes the sixteen bytes at an address. */
    public void write(final long address) {
        Memory.putLong(address, Long.reverseBytes(uuid.getMostSignificantBits()));
        Memory.putLong(address + Long.BYTES, Long.reverseBytes(uuid.getLeastSignificantBits()));
    }

    @Override
    public String toString() {
        return uuid.toString();
    }
}
