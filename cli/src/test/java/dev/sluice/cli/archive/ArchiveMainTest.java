// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testsupport.ChildProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a JVM lists that runs the short commands for the archive of their classes. */
class ArchiveMainTest {
    private static final long TIMEOUT_S = 120;

    @TempDir
    private Path directory;

    @Test
    void shouldListWhatTheCommandsLoadWhenItRunsThem() throws Exception {
        final Path list = directory.resolve("list");
        final Path room = Files.createDirectory(directory.resolve("room"));
        final List<String> flags = new ArrayList<>(ChildProgram.launcherFlags());
        flags.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:DumpLoadedClassList=" + list,
            "-Djava.io.tmpdir=" + room));
        try (ChildProgram program = ChildProgram.startJava(directory, flags, System.getProperty("java.class.path"),
            List.of(Main.class.getName(), room.toString()))) {
            assertThat(program.awaitExit(TIMEOUT_S)).as(program.toString()).isZero();
            // Nobody records it, and doctor may miss something here; and nothing of what they print is there.
            assertThat(program.output().lines()).hasSizeGreaterThan(10).allSatisfy(line -> assertThat(line).matches(
                line.contains("control") ? "1 .*" : line.contains("doctor") ? "[03] .*" : "0 .*"));
        }
        // Of a recording, of its target, of a reader; and what the JVM makes for lambdas.
        assertThat(Files.readAllLines(list))
            .anyMatch(line -> line.startsWith("dev/sluice/consumer/attach/TargetRegion"))
            .anyMatch(line -> line.startsWith("dev/sluice/store/read/EventCursor"))
            .anyMatch(line -> line.startsWith("@lambda-proxy dev/sluice/store/"));
        assertThat(room.resolve("trace")).isDirectory();
    }
}
