// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt.elf;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** A growing little-endian byte sequence. */
public final class Bytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    public static Bytes of(final int... values) {
        final Bytes bytes = new Bytes();
        for (final int value : values) {
            bytes.u8(value);
        }
        return bytes;
    }

    public int size() {
        return out.size();
    }

    public Bytes u8(final int value) {
        out.write(value);
        return this;
    }

    public Bytes u16(final int value) {
        return u8(value).u8(value >>> 8);
    }

    public Bytes u32(final int value) {
        return u16(value).u16(value >>> 16);
    }

    public Bytes u64(final long value) {
        return u32((int) value).u32((int) (value >>> 32));
    }

    public Bytes put(final byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    /** The text's bytes and a NUL. */
    public Bytes text(final String text) {
        return put(text.getBytes(StandardCharsets.UTF_8)).u8(0);
    }

    /** Fills up to a multiple of {@code alignment}. */
    public Bytes align(final int alignment, final int filler) {
        while (out.size() % alignment != 0) {
            out.write(filler);
        }
        return this;
    }

    public byte[] toArray() {
        return out.toByteArray();
    }
}
