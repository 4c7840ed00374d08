// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.system.scene.Scene;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The kernel's memory is spent on targets that answer, and on no others (issue 10, 7). */
@OneJdk
@KernelTest
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class KernelMemoryTest {
    private static final long LOOKS = 20;

    @TempDir
    private Path directory;

    /** BPF maps that this process holds. */
    private static long maps() throws IOException {
        long count = 0;
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (final Path descriptor : descriptors.toList()) {
                try {
                    count += Files.readSymbolicLink(descriptor).toString().contains("bpf-map") ? 1 : 0;
                } catch (final NoSuchFileException e) {
                    // Closed meanwhile.
                    continue;
                }
            }
        }
        return count;
    }

    @Test
    void shouldLoadNothingIntoTheKernelBeforeTheTargetHasAnswered() throws Exception {
        try (Scene scene = Scene.start(directory, List.of(), 1, "threads", "1000")) {
            scene.awaitTarget();
            scene.startFiring();
            scene.target().signal("STOP");
            final long before = maps();
            final CompletableFuture<Recorder> started = CompletableFuture.supplyAsync(
                () -> Recorder.start(RecordOptions.of(scene.target().pid(), directory.resolve("trace")).build()));
            for (int i = 0; i < LOOKS; i++) {
                TimeUnit.MILLISECONDS.sleep(50);
                assertThat(maps()).as("BPF maps, look %d", i).isEqualTo(before);
            }
            scene.target().signal("CONT");
            try (Recorder recorder = started.get(3, TimeUnit.MINUTES)) {
                assertThat(maps()).as("BPF maps of a recording").isGreaterThan(before);
                scene.awaitFiredMoreThan(0);
                scene.hold();
                assertThat(recorder.finish().isComplete()).isTrue();
            }
            assertThat(maps()).as("BPF maps afterwards").isEqualTo(before);
        }
    }
}
