// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.flight;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Tells whether the kernel has killed a process for want of memory. The kernel counts such kills in each memory cgroup,
 * of both versions, also where it was the whole machine that had none left: a process that ends shortly after its
 * cgroup's count has grown was killed for that. Where a process has no such cgroup, or it is gone or cannot be seen,
 * the count of the whole machine stands for it. All of these are read without any right. For one thread.
 */
final class MemoryKills {
    private static final long PERIOD_NS = TimeUnit.MILLISECONDS.toNanos(100);
    /** A large process takes a while to die. */
    private static final long NEAR_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long UNKNOWN = -1;
    private static final String COUNT = "oom_kill ";
    private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
    private static final Path MACHINE = Path.of("/proc/vmstat");

    private final Path cgroups;
    private final Map<Long, Watched> watched = new HashMap<>();
    private long lookedNs = System.nanoTime() - PERIOD_NS;

    MemoryKills() {
        this(CGROUPS);
    }

    /** With cgroups at another place. */
    MemoryKills(final Path cgroups) {
        this.cgroups = cgroups;
    }

    /** A count that was read again and again. */
    private static final class Count {
        private final Path file;
        private long last;
        private boolean hasGrown;
        private long grownNs;

        Count(final Path file) {
            this.file = file;
            last = read(file);
        }

        /** Returns whether it can be read. */
        boolean look() {
            final long now = read(file);
            if (now == UNKNOWN) {
                return false;
            }
            if (last != UNKNOWN && now > last) {
                hasGrown = true;
                grownNs = System.nanoTime();
            }
            last = now;
            return true;
        }

        boolean hasJustGrown() {
            return hasGrown && System.nanoTime() - grownNs < NEAR_NS;
        }
    }

    /** One process. */
    private final class Watched {
        private final long pid;
        private final Count machine = new Count(MACHINE);
        private Count cgroup;

        Watched(final long pid) {
            this.pid = pid;
            look();
        }

        /** It may be moved to another cgroup at any time. */
        void look() {
            final Path file = file(pid);
            if (cgroup != null) {
                cgroup.look();
            }
            // A process that was killed and has not quite ended is shown in the root of the first version's cgroups.
            if (file != null && (cgroup == null || !cgroup.file.equals(file) && !cgroup.hasJustGrown())) {
                cgroup = new Count(file);
            }
            machine.look();
        }

        boolean wasKilled() {
            final boolean isSeen = cgroup != null && cgroup.look();
            machine.look();
            return cgroup != null && cgroup.hasJustGrown() || !isSeen && machine.hasJustGrown();
        }
    }

    /** Looks at all processes that are recorded, at most some times a second. */
    void follow(final List<Long> pids) {
        final long now = System.nanoTime();
        if (now - lookedNs >= PERIOD_NS || !watched.keySet().containsAll(pids)) {
            lookedNs = now;
            pids.forEach(pid -> watched.computeIfAbsent(pid, Watched::new).look());
        }
    }

    /** Whether a process that has just ended was killed for want of memory; it is followed no more. */
    boolean wasKilled(final long pid) {
        final Watched process = watched.remove(pid);
        return process != null && process.wasKilled();
    }

    /** The file with the count of a process's memory cgroup; null if there is none, or it cannot be told. */
    private Path file(final long pid) {
        for (final String line : lines(Path.of("/proc/" + pid + "/cgroup"))) {
            final String[] parts = line.split(":", 3);
            final boolean isFirst = parts.length > 1 && List.of(parts[1].split(",")).contains("memory");
            if (parts.length == 3 && (isFirst || parts[0].equals("0")) && !parts[2].contains("..")) {
                final Path file = isFirst ? cgroups.resolve("memory" + parts[2]).resolve("memory.oom_control")
                    : cgroups.resolve(parts[2].substring(1)).resolve("memory.events");
                if (read(file) != UNKNOWN) {
                    return file;
                }
            }
        }
        return null;
    }

    private static long read(final Path file) {
        for (final String line : lines(file)) {
            if (line.startsWith(COUNT)) {
                try {
                    return Long.parseLong(line.substring(COUNT.length()).strip());
                } catch (final NumberFormatException e) {
                    return UNKNOWN;
                }
            }
        }
        return UNKNOWN;
    }

    private static List<String> lines(final Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        } catch (final IOException e) {
            // The process has ended, its cgroup was removed, or there are no cgroups.
            return List.of();
        }
    }
}
