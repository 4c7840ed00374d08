// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.ways;

import dev.sluice.consumer.record.EventPath;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.ring.control.FullPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The process that records: what {@code sluice record} does, until the standard input ends. */
final class RecorderProgram {
    private static final long LONGEST_NS = TimeUnit.MINUTES.toNanos(10);

    private RecorderProgram() {
    }

    /** Arguments: the process, how it is drained, and the directory of the trace. */
    public static void main(final String[] arguments) {
        final Thread end = new Thread(RecorderProgram::awaitEnd, "end");
        end.setDaemon(true);
        try (Recorder recorder = Recorder.start(RecordOptions.of(Long.parseLong(arguments[0]), Path.of(arguments[2]))
            .patterns(List.of(OurEvent.PATTERN)).source(EventPath.valueOf(arguments[1])).policy(FullPolicy.BLOCK)
            .build())) {
            end.start();
            recorder.await(LONGEST_NS, () -> !end.isAlive(), () -> { });
            recorder.finish();
        }
    }

    private static void awaitEnd() {
        try {
            while (System.in.read() >= 0) {
                continue;
            }
        } catch (final IOException e) {
            System.err.println("the standard input ends early: " + e);
        }
    }
}
