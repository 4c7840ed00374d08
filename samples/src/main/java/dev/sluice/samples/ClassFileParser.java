// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads the constant pool and the methods of class files, one after the other.
 * <p>
 * An instance serves one thread at a time and is meant to be reused: it keeps the two index arrays that it fills, so
 * that a file costs no allocation but the names handed to the listener, and a constant none at all. The input is not
 * trusted: every offset is checked before it is used, and the listener hears of a file only after all of it was found
 * well-formed.
 */
final class ClassFileParser {
    private static final int MAGIC = 0xCAFEBABE;
    private static final int TAG_UTF8 = 1;
    private static final int TAG_LONG = 5;
    private static final int TAG_DOUBLE = 6;
    private static final int TAG_CLASS = 7;
    /** Encoded bytes after the tag, by tag. 0: no such tag. Utf8 has its text in addition. */
    private static final byte[] CONSTANT_LENGTHS = {
        0, 2, 0, 4, 4, 8, 8, 2, 2, 4, 4, 4, 4, 0, 0, 3, 2, 4, 4, 2, 2,
    };
    private static final byte[] CODE = "Code".getBytes(StandardCharsets.US_ASCII);
    private static final int MAX_CODE_LENGTH = 65_535;

    private static final int METHOD_NAME = 0;
    private static final int METHOD_DESCRIPTOR_LENGTH = 1;
    private static final int METHOD_CODE_LENGTH = 2;
    private static final int METHOD_INTS = 3;

    private byte[] file;
    private int limit;
    private int position;
    private int codeLength;

    /** Offset of each constant's tag byte; 0 for index 0 and for the second slot of a long or double. */
    private int[] constants = new int[1024];
    private int constantCount;
    /** METHOD_INTS values for each method. */
    private int[] methods = new int[64 * METHOD_INTS];
    private int methodCount;

    /**
     * Parses one class file and reports what is in it.
     *
     * @param bytes    buffer that starts with the file
     * @param length   size of the file in bytes
     * @param listener told of the file, its constants and its methods
     * @throws MalformedClassFileException if the bytes are not one whole class file; the listener was not called
     */
    void parse(final byte[] bytes, final int length, final ClassFileListener listener)
        throws MalformedClassFileException {
        if (length < 0 || length > bytes.length) {
            throw new IllegalArgumentException("length=" + length + " bytes.length=" + bytes.length);
        }
        file = bytes;
        limit = length;
        position = 0;
        if (u4() != MAGIC) {
            throw malformed("no class file magic");
        }
        skip(4);
        indexConstants();
        skip(2);
        final int nameOffset = classNameOffset(u2());
        skip(2);
        skip(2L * u2());
        skipFields();
        indexMethods();
        skipAttributes();
        if (position != limit) {
            throw malformed("bytes after the last attribute");
        }
        report(nameOffset, listener);
    }

    private void report(final int nameOffset, final ClassFileListener listener) throws MalformedClassFileException {
        final byte[] bytes = file;
        listener.parsed(text(nameOffset), limit, methodCount);
        for (int i = 1; i < constantCount; i++) {
            final int offset = constants[i];
            if (offset != 0) {
                final int tag = bytes[offset];
                final int fixed = CONSTANT_LENGTHS[tag];
                listener.constant(tag, tag == TAG_UTF8 ? fixed + u2At(offset + 1) : fixed);
            }
        }
        for (int i = 0; i < methodCount * METHOD_INTS; i += METHOD_INTS) {
            listener.method(text(methods[i + METHOD_NAME]), methods[i + METHOD_DESCRIPTOR_LENGTH],
                methods[i + METHOD_CODE_LENGTH]);
        }
    }

    private void indexConstants() throws MalformedClassFileException {
        constantCount = u2();
        if (constants.length < constantCount) {
            constants = new int[Math.max(constantCount, 2 * constants.length)];
        }
        constants[0] = 0;
        for (int i = 1; i < constantCount; i++) {
            constants[i] = position;
            final int tag = u1();
            if (tag >= CONSTANT_LENGTHS.length || CONSTANT_LENGTHS[tag] == 0) {
                throw malformed("unknown constant tag=" + tag);
            }
            if (tag == TAG_UTF8) {
                skip(u2());
            } else {
                skip(CONSTANT_LENGTHS[tag]);
            }
            if (tag == TAG_LONG || tag == TAG_DOUBLE) {
                i++;
                if (i == constantCount) {
                    throw malformed("an eight-byte constant takes the pool's last slot");
                }
                constants[i] = 0;
            }
        }
    }

    private void skipFields() throws MalformedClassFileException {
        final int count = u2();
        for (int i = 0; i < count; i++) {
            skip(6);
            skipAttributes();
        }
    }

    private void indexMethods() throws MalformedClassFileException {
        methodCount = u2();
        final int ints = methodCount * METHOD_INTS;
        if (methods.length < ints) {
            methods = new int[Math.max(ints, 2 * methods.length)];
        }
        for (int i = 0; i < ints; i += METHOD_INTS) {
            skip(2);
            methods[i + METHOD_NAME] = constantOffset(u2(), TAG_UTF8);
            methods[i + METHOD_DESCRIPTOR_LENGTH] = u2At(constantOffset(u2(), TAG_UTF8) + 1);
            skipAttributes();
            methods[i + METHOD_CODE_LENGTH] = codeLength;
        }
    }

    /** Skips an attribute table and leaves the length of the bytecode found in it, or 0, in {@link #codeLength}. */
    private void skipAttributes() throws MalformedClassFileException {
        codeLength = 0;
        final int count = u2();
        for (int i = 0; i < count; i++) {
            final int nameOffset = constantOffset(u2(), TAG_UTF8);
            final long length = u4() & 0xFFFF_FFFFL;
            final int start = position;
            skip(length);
            if (isCode(nameOffset)) {
                codeLength = codeLengthOf(start, length);
            }
        }
    }

    private boolean isCode(final int utf8Offset) {
        final int start = utf8Offset + 3;
        return u2At(utf8Offset + 1) == CODE.length
            && Arrays.equals(file, start, start + CODE.length, CODE, 0, CODE.length);
    }

    private int codeLengthOf(final int start, final long length) throws MalformedClassFileException {
        // max_stack, max_locals and code_length before the code; exception table and attribute counts after it.
        if (length < 12) {
            throw malformed("Code attribute of " + length + " bytes");
        }
        final long result = (long) u2At(start + 4) << 16 | u2At(start + 6);
        if (result == 0 || result > MAX_CODE_LENGTH || result > length - 12) {
            throw malformed("code length " + result + " in a Code attribute of " + length + " bytes");
        }
        return (int) result;
    }

    private int classNameOffset(final int classIndex) throws MalformedClassFileException {
        return constantOffset(u2At(constantOffset(classIndex, TAG_CLASS) + 1), TAG_UTF8);
    }

    private int constantOffset(final int index, final int tag) throws MalformedClassFileException {
        if (index >= constantCount || constants[index] == 0 || file[constants[index]] != tag) {
            throw malformed("constant index=" + index + " is not of tag=" + tag);
        }
        return constants[index];
    }

    private String text(final int utf8Offset) throws MalformedClassFileException {
        final int start = utf8Offset + 3;
        final int length = u2At(utf8Offset + 1);
        for (int i = start; i < start + length; i++) {
            if (file[i] < 0) {
                return ModifiedUtf8.decode(file, start, length);
            }
        }
        return new String(file, start, length, StandardCharsets.ISO_8859_1);
    }

    private int u1() throws MalformedClassFileException {
        final int offset = position;
        skip(1);
        return file[offset] & 0xFF;
    }

    private int u2() throws MalformedClassFileException {
        final int offset = position;
        skip(2);
        return u2At(offset);
    }

    private int u4() throws MalformedClassFileException {
        final int offset = position;
        skip(4);
        return u2At(offset) << 16 | u2At(offset + 2);
    }

    private int u2At(final int offset) {
        return (file[offset] & 0xFF) << 8 | file[offset + 1] & 0xFF;
    }

    private void skip(final long count) throws MalformedClassFileException {
        if (count > limit - position) {
            throw malformed("truncated: " + count + " bytes wanted");
        }
        position += (int) count;
    }

    private MalformedClassFileException malformed(final String what) {
        return new MalformedClassFileException(what + ", offset=" + position + " length=" + limit);
    }
}
