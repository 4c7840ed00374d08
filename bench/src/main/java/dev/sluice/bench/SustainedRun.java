// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import dev.sluice.bench.SustainedProgram.Burst;
import dev.sluice.bench.measure.Leftovers;
import dev.sluice.bench.measure.RecordedJvm;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.TraceReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * One recording of {@link SustainedProgram} by the command {@code sluice record}, each a process of its own: what it
 * took, and what a reader then found. For one thread.
 */
final class SustainedRun {
    /** Fired before the burst that is measured, so that both programs are compiled by then. */
    private static final String WARM_UP = "1 12000000 2000 0";
    /** What the second field of the burst is xored with. */
    private static final long MARK = -1;
    private static final int EVENT_BYTES = 24;
    /** Number of events of a burst that is bounded by time: more than any machine fires in that time. */
    private static final long MOST_EVENTS = 100_000_000;

    /** How to record: a name for people, the drain mode, the policy, producers, and when each of them ends. */
    record Kind(String name, String mode, String policy, int threads, long events, long milliseconds) {
    }

    /**
     * What came of it.
     *
     * @param events     fired in the burst, all of them stored but for the refused ones
     * @param wallNs     from the first event until the last one was received
     * @param firingNs   from the first event until the last one was fired
     * @param producerNs processor time of the traced program in the burst
     * @param consumerNs processor time of the recorder meanwhile
     * @param refused    events of the burst that a full ring refused
     * @param fileBytes  of the trace
     */
    record Outcome(long events, long wallNs, long firingNs, long producerNs, long consumerNs, long refused,
                   long fileBytes) {
        double millionsPerSecond() {
            return events * 1e3 / wallNs;
        }
    }

    private final Path root;
    private final Path directory;
    private final List<String> flags;

    /**
     * For recordings.
     *
     * @param root      of the checkout, where the launcher is
     * @param directory where traces go, one at a time
     * @param flags     of the traced JVM
     */
    SustainedRun(final Path root, final Path directory, final List<String> flags) {
        this.root = root;
        this.directory = directory;
        Leftovers.watch(trace());
        this.flags = List.copyOf(flags);
    }

    /** Where the trace of the last recording is, until {@link #remove}. */
    Path trace() {
        return directory.resolve("sustained-trace");
    }

    /**
     * Records once and counts what is stored.
     *
     * @throws IllegalStateException if a program fails, or what is stored is not what was fired
     */
    Outcome record(final Kind kind) throws IOException, InterruptedException {
        remove();
        // The end of a slow ring is part of the time: what waits for it is not to be seen.
        final List<String> all = Stream.concat(flags.stream(), Stream.of("-Dsluice.flush.period=5ms")).toList();
        try (RecordedJvm program = new RecordedJvm(SustainedProgram.class, all)) {
            program.record(root, SustainedProgram.PATTERN, trace(), kind.mode(), kind.policy());
            program.ask(WARM_UP);
            WarmPages.touch(directory, EVENT_BYTES * Math.min(MOST_EVENTS, kind.threads() * kind.events()));
            final long before = program.recorderProcessorNs();
            final Burst burst = Burst.parse(program.ask(kind.threads() + " " + kind.events() + " "
                + kind.milliseconds() + " " + MARK));
            final long consumerNs = program.recorderProcessorNs() - before;
            program.endRecording();
            final long refused = verify(burst.fired(), burst.sum());
            return new Outcome(burst.fired(), burst.receivedNs(), burst.firingNs(), burst.processorNs(), consumerNs,
                refused, fileBytes());
        }
    }

    /** Reads every event back; returns how many of the burst are not there. */
    private long verify(final long fired, final long sum) {
        final EventCursor cursor = TraceReader.open(trace()).events().cursor();
        long events = 0;
        long total = 0;
        while (cursor.next()) {
            final long a = cursor.event().getLong(0);
            final long mark = cursor.event().getLong(1) ^ a;
            if (mark != 0 && mark != MARK) {
                throw new IllegalStateException("an event has other fields than were fired: a=" + a + " mark=" + mark);
            }
            events -= mark;
            total -= mark * a;
        }
        final long refused = fired - events;
        if (refused < 0 || refused == 0 && total != sum) {
            throw new IllegalStateException("stored is not what was fired: fired=" + fired + " stored=" + events
                + " sum=" + sum + " stored sum=" + total);
        }
        return refused;
    }

    private long fileBytes() throws IOException {
        try (Stream<Path> files = Files.walk(trace())) {
            return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
        }
    }

    /** Removes the trace of the last recording, if there is one. */
    void remove() throws IOException {
        RecordedJvm.remove(trace());
    }
}
