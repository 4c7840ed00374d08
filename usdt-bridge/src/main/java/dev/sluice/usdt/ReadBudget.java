// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

/** How many bytes of files may still be read: what files say of themselves has no other bound. For one thread. */
final class ReadBudget {
    private long leftBytes;

    ReadBudget(final long bytes) {
        leftBytes = bytes;
    }

    /**
     * Takes bytes that are about to be read.
     *
     * @throws ElfFormatException if there are not so many left
     */
    void take(final long bytes) throws ElfFormatException {
        if (bytes > leftBytes) {
            throw new ElfFormatException("its tables are too long to be read, or those of the files before it");
        }
        leftBytes -= bytes;
    }
}
