// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

/**
 * What a {@link ClassFileParser} found in one class file. The calls for one file come from one thread, in this order:
 * {@link #parsed} once, then {@link #constant} for each entry of the constant pool, then {@link #method} for each
 * method, both in file order. A malformed file causes no call at all.
 */
interface ClassFileListener {
    /**
     * Reports a whole class file.
     *
     * @param name    binary name of the class in internal form, such as {@code java/lang/Object}
     * @param bytes   size of the file
     * @param methods number of methods it declares, initialisers included
     */
    void parsed(String name, int bytes, int methods);

    /**
     * Reports one entry of the constant pool.
     *
     * @param tag    kind of the entry, 1 to 20
     * @param length its encoded size in bytes, without the tag byte
     */
    void constant(int tag, int length);

    /**
     * Reports one method.
     *
     * @param name             simple name
     * @param descriptorLength bytes of the descriptor, in the class file's modified UTF-8
     * @param codeLength       bytes of bytecode, 0 for a method with no code
     */
    void method(String name, int descriptorLength, int codeLength);
}
