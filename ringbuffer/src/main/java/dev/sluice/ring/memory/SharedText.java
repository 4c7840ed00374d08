// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.memory;

import java.nio.charset.StandardCharsets;

/** A text in shared memory, u32 length and UTF-8, that is written before whatever publishes it. Stateless. */
public final class SharedText {
    private SharedText() {
    }

    /** Writes a text, cut to a capacity in bytes. */
    public static void write(final long address, final int capacity, final String text) {
        final byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        final int length = Utf8.cut(utf8, capacity);
        Memory.putBytes(address + Integer.BYTES, utf8, 0, length);
        Memory.putInt(address, length);
    }

    /** Reads a text; whatever its length word says, not more than a capacity. */
    public static String read(final long address, final int capacity) {
        final int length = Math.max(0, Math.min(capacity, Memory.getInt(address)));
        return new String(Memory.getBytes(address + Integer.BYTES, length), StandardCharsets.UTF_8);
    }
}
