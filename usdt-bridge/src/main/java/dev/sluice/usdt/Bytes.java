// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** A growing little-endian byte sequence. */
final class Bytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    static Bytes of(final int... values) {
        final Bytes bytes = new Bytes();
        for (final int value : values) {
            bytes.u8(value);
        }
        return bytes;
    }

    int size() {
        return out.size();
    }

    Bytes u8(final int value) {
        out.write(value);
        return this;
    }

    Bytes u16(final int value) {
        return u8(value).u8(value >>> 8);
    }

    Bytes u32(final int value) {
        return u16(value).u16(value >>> 16);
    }

    Bytes u64(final long value) {
        return u32((int) value).u32((int) (value >>> 32));
    }

    Bytes put(final byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    /** The text's bytes and a NUL. */
    Bytes text(final String text) {
        return put(text.getBytes(StandardCharsets.UTF_8)).u8(0);
    }

    /** Fills up to a multiple of {@code alignment}. */
    Bytes align(final int alignment, final int filler) {
        while (out.size() % alignment != 0) {
            out.write(filler);
        }
        return this;
    }

    byte[] toArray() {
        return out.toByteArray();
    }
}
