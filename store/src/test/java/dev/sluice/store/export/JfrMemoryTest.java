// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.ChildProgram;
import dev.sluice.testsupport.OneJdk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A file of Flight Recorder that is larger than the heap of the program that writes it. */
@OneJdk
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class JfrMemoryTest {
    private static final String TRACE = "test.trace";
    private static final String OUT = "test.out";
    private static final int EVENTS = 1_000_000;
    private static final int EVENTS_OF_A_PACKET = 20_000;
    private static final long HEAP_BYTES = 24L << 20;

    @TempDir
    Path temp;

    /** The program with the small heap. */
    static final class Export {
        private Export() {
        }

        public static void main(final String[] arguments) {
            ExportFormat.JFR.export(TraceReader.open(Path.of(System.getProperty(TRACE))).events(),
                Path.of(System.getProperty(OUT)), ExportWatch.SILENT);
        }
    }

    @Test
    void shouldWriteMoreThanTheHeapHoldsWhenTheTraceIsLong() throws Exception {
        final Path trace = temp.resolve("trace");
        final TargetInfo target = TestTraces.target();
        try (TraceWriter writer = TraceWriter.create(trace, TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(TestTraces.PAIR));
            writer.clock(0, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
            final PacketBuilder ring = new PacketBuilder(target.id(), 0);
            for (int i = 1; i <= EVENTS; i++) {
                ring.event(TestTraces.PAIR, 100L * i, 0, (long) i, -1L);
                if (i % EVENTS_OF_A_PACKET == 0) {
                    ring.append(writer, 0);
                }
            }
        }
        final Path out = temp.resolve("trace.jfr");
        ChildProgram.runJava(temp, Export.class, "-Xmx" + HEAP_BYTES, "-D" + TRACE + '=' + trace, "-D" + OUT + '='
            + out);
        assertThat(Files.size(out)).isGreaterThan(HEAP_BYTES);
        long next = 0;
        try (RecordingFile recording = new RecordingFile(out)) {
            while (recording.hasMoreEvents()) {
                final RecordedEvent event = recording.readEvent();
                if (event.getLong("a") != ++next || event.getLong("b") != -1) {
                    throw new AssertionError("event " + next + " is " + event);
                }
            }
        }
        assertThat(next).isEqualTo(EVENTS);
    }
}
