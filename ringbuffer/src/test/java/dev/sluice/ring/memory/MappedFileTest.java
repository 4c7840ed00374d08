// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.ring.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedFileTest {
    @TempDir
    private Path directory;

    @Test
    void shouldMapWhenTheThreadIsInterrupted() throws IOException {
        try (FileChannel channel = FileChannel.open(directory.resolve("region"), StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            channel.truncate(0).write(ByteBuffer.allocate(4096));
            final MappedFile file = new MappedFile(channel, FileChannel.MapMode.READ_WRITE, 4096);
            Thread.currentThread().interrupt();
            final long address = file.address(0, 4096);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(channel.isOpen()).isTrue();
            Memory.putLong(address, 7);
            assertThat(Memory.getLong(address)).isEqualTo(7);
        }
    }
}
