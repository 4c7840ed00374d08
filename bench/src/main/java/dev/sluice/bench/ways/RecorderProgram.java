// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.ways;

import dev.sluice.bpf.reduce.Measure;
import dev.sluice.bpf.reduce.Reduced;
import dev.sluice.consumer.record.EventPath;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.ring.control.FullPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The process that records: what {@code sluice record} does, until the standard input ends. */
final class RecorderProgram {
    private static final long LONGEST_NS = TimeUnit.MINUTES.toNanos(10);

    private RecorderProgram() {
    }

    /**
     * Arguments: the process, how it is drained, what a full ring does, the directory of the trace, and fields whose
     * values are summed up in place of storing events. Of each it prints the number of values and their sum.
     */
    public static void main(final String[] arguments) {
        final Thread end = new Thread(RecorderProgram::awaitEnd, "end");
        end.setDaemon(true);
        try (Recorder recorder = Recorder.start(RecordOptions.of(Long.parseLong(arguments[0]), Path.of(arguments[3]))
            .patterns(List.of(OurEvent.PATTERN)).source(EventPath.valueOf(arguments[1]))
            .policy(FullPolicy.valueOf(arguments[2]))
            .measures(Arrays.stream(arguments).skip(4).map(Measure::sum).toList()).build())) {
            end.start();
            recorder.await(LONGEST_NS, () -> !end.isAlive(), () -> { });
            for (final Reduced sum : recorder.finish().reduced()) {
                System.out.println(sum.count() + " " + sum.sum());
            }
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
