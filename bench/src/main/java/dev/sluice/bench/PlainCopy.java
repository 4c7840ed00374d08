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
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What a program reaches that does nothing but copy bytes from its memory to a new mapped file. */
final class PlainCopy {
    private static final int PIECE = 1 << 16;
    private static final int PART = 256 << 20;

    private PlainCopy() {
    }

    /**
     * Copies the bytes of a trace, which are read into memory before.
     *
     * @param trace     the largest file in it is what is copied
     * @param directory of the new file, which is removed again
     * @return gigabytes a second, from the file's making until the last byte lies in its pages
     */
    static double gigabytesPerSecond(final Path trace, final Path directory) throws IOException {
        final List<ByteBuffer> parts = read(largest(trace));
        final Path file = Leftovers.watch(directory.resolve("plain-copy"));
        Files.deleteIfExists(file);
        WarmPages.touch(directory, parts.stream().mapToLong(ByteBuffer::limit).sum());
        try {
            final long begin = System.nanoTime();
            long bytes = 0;
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                for (final ByteBuffer part : parts) {
                    final ByteBuffer mapped = channel.map(FileChannel.MapMode.READ_WRITE, bytes, part.limit());
                    for (int at = 0; at < part.limit(); at += PIECE) {
                        mapped.put(at, part, at, Math.min(PIECE, part.limit() - at));
                    }
                    bytes += part.limit();
                }
            }
            return (double) bytes / (System.nanoTime() - begin);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private static Path largest(final Path trace) throws IOException {
        try (Stream<Path> files = Files.walk(trace)) {
            return files.filter(Files::isRegularFile)
                .max((one, other) -> Long.compare(one.toFile().length(), other.toFile().length())).orElseThrow();
        }
    }

    private static List<ByteBuffer> read(final Path file) throws IOException {
        final List<ByteBuffer> parts = new ArrayList<>();
        try (FileChannel channel = FileChannel.open(file)) {
            for (long at = 0; at < channel.size(); at += PART) {
                final ByteBuffer part = ByteBuffer.allocateDirect((int) Math.min(PART, channel.size() - at));
                while (part.hasRemaining() && channel.read(part, at + part.position()) >= 0) {
                    // Reads on.
                }
                part.flip();
                parts.add(part);
            }
        }
        return parts;
    }
}
