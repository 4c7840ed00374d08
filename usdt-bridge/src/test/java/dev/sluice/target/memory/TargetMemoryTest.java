// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.target.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.os.NativeCalls;
import dev.sluice.target.jvm.JdkAccess;
import dev.sluice.target.session.Settings;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shared files of a target that was stopped, and a thread that is still inside of a fire. */
class TargetMemoryTest {
    private static final String CONTENT = "the application's own";
    /** More than a target has descriptors: the kernel gives the lowest number that is free. */
    private static final int FILES = 32;

    @TempDir
    private Path directory;

    @Test
    void shouldChangeNoFileOfTheApplicationWhenItsDescriptorsWereGivenToOthers() throws IOException {
        assumeTrue(NativeCalls.unavailableReason().isEmpty(), NativeCalls.unavailableReason());
        assertThat(JdkAccess.open()).isNull();
        final TargetMemory memory = new TargetMemory(Settings.read());
        assertThat(memory.allocateSlot(0)).isTrue();
        memory.retire();
        final List<FileChannel> opened = new ArrayList<>();
        try {
            for (int i = 0; i < FILES; i++) {
                opened.add(FileChannel.open(Files.writeString(directory.resolve("file-" + i), CONTENT),
                    StandardOpenOption.READ, StandardOpenOption.WRITE));
            }
            // What a thread does that has seen its bit, was not run for long, and goes on now.
            assertThat(memory.allocateSlot(1)).isFalse();
            assertThat(memory.punch(0, Files.size(directory.resolve("file-0")))).isFalse();
            for (int i = 0; i < FILES; i++) {
                assertThat(directory.resolve("file-" + i)).hasContent(CONTENT);
            }
        } finally {
            for (final FileChannel channel : opened) {
                channel.close();
            }
        }
    }
}
