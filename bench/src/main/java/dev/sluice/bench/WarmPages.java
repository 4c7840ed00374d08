// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.bench.measure.Leftovers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Has the kernel touch memory right before it is measured how fast files are written. In a virtual machine the first
 * touch of memory that the host has not given yet costs ten times as much as everything else that is done with a page:
 * what is measured would be the host.
 */
final class WarmPages {
    private static final int PIECE = 1 << 20;

    private WarmPages() {
    }

    /** Writes a file of that many bytes and removes it: its pages are what the next file gets. */
    static void touch(final Path directory, final long bytes) throws IOException {
        final Path file = Leftovers.watch(directory.resolve("warm-pages"));
        final ByteBuffer zeros = ByteBuffer.allocateDirect(PIECE);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (long written = 0; written < bytes; written += PIECE) {
                channel.write(zeros.clear(), written);
            }
        } finally {
            Files.deleteIfExists(file);
        }
    }
}
