// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The second version of cgroups, by files as the kernel writes them; the first one: FlightTest on this machine. */
class MemoryKillsTest {
    private static final long SELF = ProcessHandle.current().pid();
    private static final String UNIFIED = "0::/";

    @TempDir
    private Path cgroups;

    /** Where the events of this process's cgroup would be; skipped where the kernel has only the first version. */
    private Path events() throws IOException {
        final Optional<String> line = Files.readAllLines(Path.of("/proc/self/cgroup")).stream()
            .filter(each -> each.startsWith(UNIFIED)).findFirst();
        assumeTrue(line.isPresent(), "this kernel has no cgroups of the second version");
        return Files.createDirectories(cgroups.resolve(line.get().substring(UNIFIED.length())))
            .resolve("memory.events");
    }

    private static void write(final Path events, final int kills) throws IOException {
        Files.writeString(events, "low 0\nhigh 0\nmax 7\noom 3\noom_kill " + kills + "\noom_group_kill 0\n");
    }

    @Test
    void shouldTellAKillForMemoryFromAnotherEnd() throws IOException {
        final Path events = events();
        write(events, 2);
        final MemoryKills kills = new MemoryKills(cgroups);
        kills.follow(List.of(SELF));
        assertThat(kills.wasKilled(SELF)).as("the count stands").isFalse();
        kills.follow(List.of(SELF));
        write(events, 3);
        assertThat(kills.wasKilled(SELF)).as("the count has grown").isTrue();
        assertThat(kills.wasKilled(SELF)).as("it is followed no more").isFalse();
    }

    @Test
    void shouldRememberAKillWhenTheCgroupIsGoneBeforeTheEndIsNoticed() throws Exception {
        final Path events = events();
        write(events, 0);
        final MemoryKills kills = new MemoryKills(cgroups);
        kills.follow(List.of(SELF));
        write(events, 1);
        // Looks are some time apart.
        Thread.sleep(150);
        kills.follow(List.of(SELF));
        Files.delete(events);
        assertThat(kills.wasKilled(SELF)).isTrue();
    }
}
