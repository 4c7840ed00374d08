// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.measure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Processor time up to a moment, as the kernel has counted it for threads that live, in ns.
 *
 * @param firingNs of the thread that is measured
 * @param otherNs  of all other threads of this process and of the processes that it has started, and they
 */
public record ProcessorTime(long firingNs, long otherNs) {
    private static final Path SELF = Path.of("/proc/thread-self");

    /** Up to now, where the calling thread is the one that is measured. */
    public static ProcessorTime ofThisThread() {
        try {
            return now(SELF.toRealPath());
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Up to now, where the first thread of a process that was started is the one that is measured. */
    public static ProcessorTime of(final long pid) {
        return now(Path.of("/proc/" + pid + "/task/" + pid));
    }

    /** What was spent since an earlier moment, for each of so many events. Threads that ended are left out. */
    public PerEvent since(final ProcessorTime before, final long events) {
        return new PerEvent((double) (firingNs - before.firingNs) / events,
            (double) Math.max(0, otherNs - before.otherNs) / events);
    }

    private static ProcessorTime now(final Path firing) {
        final ProcessHandle self = ProcessHandle.current();
        final long all = LongStream.concat(LongStream.of(self.pid()),
            self.descendants().mapToLong(ProcessHandle::pid)).map(ProcessorTime::ofProcess).sum();
        final long firingNs = ofTask(firing);
        return new ProcessorTime(firingNs, all - firingNs);
    }

    /** Of all threads of a process; 0 if it has ended. */
    public static long ofProcess(final long pid) {
        try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
            return tasks.mapToLong(ProcessorTime::ofTask).sum();
        } catch (final NoSuchFileException e) {
            return 0;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long ofTask(final Path task) {
        try {
            return Long.parseLong(Files.readString(task.resolve("schedstat")).split(" ")[0]);
        } catch (final IOException e) {
            // The thread has ended since it was listed.
            return 0;
        }
    }

    /** What several threads of one program that fire at the same time have spent together. For one thread at a time. */
    public static final class Threads {
        private long firingNs;
        private long allNs;
        private long events;

        /** Adds one of them, with the events that it has fired between the two moments. */
        public void add(final ProcessorTime before, final ProcessorTime after, final long fired) {
            firingNs += after.firingNs - before.firingNs;
            // Of the whole program, as each of them has seen it: that of the one who has looked for the longest.
            allNs = Math.max(allNs, after.firingNs + after.otherNs - before.firingNs - before.otherNs);
            events += fired;
        }

        /** For each event of all of them. */
        public PerEvent perEvent() {
            return new PerEvent((double) firingNs / events, (double) Math.max(0, allNs - firingNs) / events);
        }
    }

    /**
     * For each event: times in ns.
     *
     * @param firing    of the thread that fires; NaN if that was not measured
     * @param other     of everybody else; NaN if that was not measured
     * @param counts    of the processor, for the thread that fires
     * @param allocated bytes that the thread that fires allocated; NaN if that was not measured
     */
    public record PerEvent(double firing, double other, HardwareCounts counts, double allocated) {
        /** Not measured. */
        public static final PerEvent UNKNOWN = new PerEvent(Double.NaN, Double.NaN);

        /** Times alone. */
        public PerEvent(final double firing, final double other) {
            this(firing, other, HardwareCounts.UNKNOWN, Double.NaN);
        }

        /** The same with what the processor has counted, and with the bytes that were allocated. */
        public PerEvent with(final HardwareCounts counted, final double bytes) {
            return new PerEvent(firing, other, counted, bytes);
        }
    }
}
