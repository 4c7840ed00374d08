// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt.elf;

/**
 * How many bytes of files may still be read. Without this, the numbers in a hostile file could ask for any number of
 * reads. For one thread.
 */
public final class ReadBudget {
    private long leftBytes;

    public ReadBudget(final long bytes) {
        leftBytes = bytes;
    }

    /**
     * Takes bytes that are about to be read.
     *
     * @throws ElfFormatException if fewer bytes are left
     */
    void take(final long bytes) throws ElfFormatException {
        if (bytes > leftBytes) {
            throw new ElfFormatException("its tables are too long to be read, or those of the files before it");
        }
        leftBytes -= bytes;
    }
}
