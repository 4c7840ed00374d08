// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.samples;

/** Counts what a parser reports. Serves one thread; the totals are read after that thread is done. */
class CountingListener implements ClassFileListener {
    private long parsed;
    private long parsedBytes;
    private long parsedMethods;
    private long methods;
    private long descriptorLengths;
    private long codeLengths;
    private long constants;
    private long tags;
    private long constantLengths;

    @Override
    public void parsed(final String name, final int bytes, final int methodCount) {
        parsed++;
        parsedBytes += bytes;
        parsedMethods += methodCount;
    }

    @Override
    public void constant(final int tag, final int length) {
        constants++;
        tags += tag;
        constantLengths += length;
    }

    @Override
    public void method(final String name, final int descriptorLength, final int codeLength) {
        methods++;
        descriptorLengths += descriptorLength;
        codeLengths += codeLength;
    }

    /** Returns what was reported so far. */
    final EventTotals totals() {
        return new EventTotals(parsed, parsedBytes, parsedMethods, methods, descriptorLengths, codeLengths,
            constants, tags, constantLengths);
    }
}
