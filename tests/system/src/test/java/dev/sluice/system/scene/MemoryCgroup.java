// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.scene;

import dev.sluice.testsupport.ChildProgram;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/** A memory cgroup with a limit, of whichever version the machine has. Closing removes it, once it is empty. */
public final class MemoryCgroup implements AutoCloseable {
    private static final Path FIRST_VERSION = Path.of("/sys/fs/cgroup/memory");
    private static final Path UNIFIED = Path.of("/sys/fs/cgroup");

    private final Path directory;
    private final boolean isUnified;

    private MemoryCgroup(final Path directory, final boolean isUnified) {
        this.directory = directory;
        this.isUnified = isUnified;
    }

    /** Makes one; the test is skipped where that is not possible. */
    public static MemoryCgroup create(final long limitBytes) throws IOException {
        final boolean isFirst = Files.exists(FIRST_VERSION.resolve("memory.limit_in_bytes"));
        final Path controllers = UNIFIED.resolve("cgroup.subtree_control");
        if (!isFirst) {
            Assumptions.assumeTrue(Files.exists(controllers), "no memory cgroups are mounted");
            Files.writeString(controllers, "+memory");
        }
        final Path directory = (isFirst ? FIRST_VERSION : UNIFIED)
            .resolve("sluice-test-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
        Files.createDirectory(directory);
        final MemoryCgroup cgroup = new MemoryCgroup(directory, !isFirst);
        cgroup.limit(limitBytes);
        return cgroup;
    }

    private void write(final String file, final long number) throws IOException {
        Files.writeString(directory.resolve(file), Long.toString(number));
    }

    private List<String> lines(final String file) {
        try {
            return Files.readAllLines(directory.resolve(file), StandardCharsets.UTF_8);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Changes the limit. */
    public void limit(final long limitBytes) throws IOException {
        write(isUnified ? "memory.max" : "memory.limit_in_bytes", limitBytes);
    }

    /** Moves a process into it. What it has used before is not counted here. */
    public void add(final long pid) throws IOException {
        write("cgroup.procs", pid);
    }

    public long usedBytes() {
        return Long.parseLong(lines(isUnified ? "memory.current" : "memory.usage_in_bytes").get(0));
    }

    /** Processes that the kernel has killed for want of memory. */
    public long kills() {
        final Optional<String> line = lines(isUnified ? "memory.events" : "memory.oom_control").stream()
            .filter(each -> each.startsWith("oom_kill ")).findFirst();
        return Long.parseLong(line.orElseThrow().split(" ")[1]);
    }

    @Override
    public void close() throws IOException {
        try {
            ChildProgram.await("the cgroup is empty: " + directory, () -> lines("cgroup.procs").isEmpty());
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Files.deleteIfExists(directory);
    }
}
