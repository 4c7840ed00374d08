// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.attach;

import dev.sluice.os.Remedy;
import dev.sluice.os.proc.ProcessStat;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Notices processes that begin to use Sluice. Each {@link #look} lists /proc, which costs one directory; into the
 * descriptors of a process it looks each time only while the process is young, as a program that uses Sluice mostly
 * does so soon, and every two seconds afterwards. For one thread.
 */
public final class TargetWatch {
    private static final long YOUNG_NS = TimeUnit.SECONDS.toNanos(30);
    /** The same in the unit of start times, 1/100 s. */
    private static final long YOUNG_TICKS = 3_000;
    private static final long PERIOD_OF_OLD_NS = TimeUnit.SECONDS.toNanos(2);
    /** Start time of a process that is not known to be a target. */
    private static final long NO_TARGET = -1;

    private final Map<Long, Seen> seen = new HashMap<>();

    /** A process that was there at an earlier look. */
    private static final class Seen {
        private long firstNs;
        private long nextNs;
        /** When the target started, in clock ticks since boot; a process of the same number may follow it. */
        private long targetStartTime = NO_TARGET;

        Seen(final long firstNs) {
            this.firstNs = firstNs;
            nextNs = firstNs;
        }
    }

    /** Begins: processes that use Sluice already are not told. */
    public TargetWatch() {
        look();
        final long self = startTime(Path.of("/proc/self"));
        seen.forEach((pid, process) -> {
            if (startTime(Path.of("/proc/" + pid)) < self - YOUNG_TICKS) {
                process.firstNs -= YOUNG_NS;
                process.nextNs += PERIOD_OF_OLD_NS;
            }
        });
    }

    /** Tells the process once more, if it still uses Sluice: what it shares was not complete yet. */
    public void again(final long pid) {
        seen.remove(pid);
    }

    /** The processes that have begun to use Sluice since the last look, in ascending order. */
    public List<Long> look() {
        final long now = System.nanoTime();
        final List<Long> found = new ArrayList<>();
        final Set<Long> running = new HashSet<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (final Path process : processes) {
                final long pid = Long.parseLong(process.getFileName().toString());
                running.add(pid);
                if (pid != ProcessHandle.current().pid() && isFound(pid, process, now)) {
                    found.add(pid);
                }
            }
        } catch (final IOException | DirectoryIteratorException e) {
            throw new AttachException(AttachException.Reason.ENVIRONMENT, "cannot list /proc: "
                + Remedy.describe(e instanceof DirectoryIteratorException failed ? failed.getCause() : e), e);
        }
        seen.keySet().retainAll(running);
        found.sort(null);
        return found;
    }

    private boolean isFound(final long pid, final Path directory, final long now) {
        Seen process = seen.get(pid);
        if (process != null && process.targetStartTime != NO_TARGET) {
            if (startTime(directory) == process.targetStartTime) {
                return false;
            }
            process = null;
        }
        if (process == null) {
            process = new Seen(now);
            seen.put(pid, process);
        }
        if (now - process.nextNs < 0) {
            return false;
        }
        if (SharedFiles.hasControlFile(directory)) {
            process.targetStartTime = startTime(directory);
            return process.targetStartTime != NO_TARGET;
        }
        process.nextNs = now - process.firstNs < YOUNG_NS ? now : now + PERIOD_OF_OLD_NS;
        return false;
    }

    private static long startTime(final Path process) {
        try {
            return ProcessStat.read(process).startTime();
        } catch (final IOException e) {
            // It has ended meanwhile.
            return NO_TARGET;
        }
    }
}
