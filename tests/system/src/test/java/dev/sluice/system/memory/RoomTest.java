// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.system.scene.Scene;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code record --ring SIZE} and {@code --buffer SIZE}: as much memory as was asked for, as the kernel counts it. */
@OneJdk
@KernelTest
@Timeout(200)
class RoomTest {
    private static final long MIB = 1 << 20;
    private static final int THREADS = 2;
    private static final long MORE = 200_000;

    @TempDir
    private Path directory;

    @Test
    void shouldLetRingsGrowToTheSizeThatWasAskedForAndNoFurther() throws Exception {
        try (Scene scene = Scene.start(directory, List.of(), THREADS, "threads", "0")) {
            scene.awaitTarget();
            scene.startFiring();
            final ChildProgram recorder =
                scene.startRecorder("--mode", "shared", "--policy", "discard", "--ring", "4M");
            scene.awaitEnabledBy(recorder);
            // Nobody takes anything out of the rings from now on.
            recorder.signal("STOP");
            try {
                scene.awaitSharedBytes("rings have grown", bytes -> bytes > THREADS * 4 * MIB);
                final long fired = scene.fired().firedTotal();
                ChildProgram.await("more was fired", () -> scene.fired().firedTotal() > fired + MORE);
                // Beside the rings there are slots, the schema and counters.
                assertThat(scene.sharedBytes()).isLessThan(THREADS * 4 * MIB + 2 * MIB);
            } finally {
                recorder.signal("CONT");
            }
        }
    }

    @Test
    void shouldMakeABufferInTheKernelOfTheSizeThatWasAskedFor() throws Exception {
        try (Scene scene = Scene.start(directory, List.of(), THREADS, "threads", "160")) {
            scene.awaitTarget();
            scene.startFiring();
            final ChildProgram recorder = scene.startRecorder("--mode", "bpf", "--buffer", "512K");
            scene.awaitEnabledBy(recorder);
            assertThat(buffers(recorder.pid())).contains(512L << 10).allMatch(bytes -> bytes <= 512 << 10);
        }
    }

    /** Bytes of the BPF ring buffers that a process has open. */
    private static List<Long> buffers(final long pid) throws IOException {
        final List<Long> buffers = new ArrayList<>();
        try (Stream<Path> entries = Files.list(Path.of("/proc/" + pid + "/fdinfo"))) {
            for (final Path entry : entries.toList()) {
                final List<String> lines = lines(entry);
                // BPF_MAP_TYPE_RINGBUF
                if (lines.contains("map_type:\t27")) {
                    lines.stream().filter(line -> line.startsWith("max_entries:"))
                        .forEach(line -> buffers.add(Long.parseLong(line.replaceAll("\\D", ""))));
                }
            }
        }
        return buffers;
    }

    private static List<String> lines(final Path entry) throws IOException {
        try {
            return Files.readAllLines(entry);
        } catch (final NoSuchFileException e) {
            // It was closed meanwhile.
            return List.of();
        }
    }
}
