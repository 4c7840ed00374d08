// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.write.TraceWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is of the target is found out once, not for each event. */
class ExportMemoryTest {
    private static final int EVENTS = 10_000;
    private static final int PATH_CHARACTERS = 10_000;
    /** The shortened command line for each event would be a hundred times more than this. */
    private static final long MOST_MORE_BYTES = 2L * EVENTS * PATH_CHARACTERS / 100;

    @TempDir
    Path temp;

    private TraceReader trace(final String name, final String commandLine) {
        final TargetInfo like = TestTraces.target();
        final TargetInfo target = new TargetInfo(like.id(), like.pid(), like.startTime(), like.bootId(),
            like.clockKind(), like.clockFrequencyHz(), like.layoutVersion(), like.uid(), commandLine,
            like.javaVersion());
        final Path directory = temp.resolve(name);
        try (TraceWriter writer = TraceWriter.create(directory, TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(TestTraces.PAIR));
            writer.clock(0, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
            final PacketBuilder ring = new PacketBuilder(target.id(), 0);
            for (int i = 1; i <= EVENTS; i++) {
                ring.event(TestTraces.PAIR, 100L * i, 0, (long) i, -1L);
            }
            ring.append(writer, 0);
        }
        return TraceReader.open(directory);
    }

    private long allocated(final ExportFormat format, final TraceReader trace, final String out) {
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final long thread = Thread.currentThread().getId();
        final long before = threads.getThreadAllocatedBytes(thread);
        format.export(trace.events(), temp.resolve(out), ExportWatch.SILENT);
        return threads.getThreadAllocatedBytes(thread) - before;
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PARQUET")
    void shouldCostNoMoreOfAnEventWhenTheCommandLineIsLong(final ExportFormat format) {
        final TraceReader brief = trace("brief", "java Main");
        final TraceReader lengthy = trace("lengthy", "java -cp " + "/lib/a.jar:".repeat(PATH_CHARACTERS / 11)
            + " Main");
        allocated(format, brief, "first");
        assertThat(allocated(format, lengthy, "lengthy-" + format) - allocated(format, brief, "brief-" + format))
            .isLessThan(MOST_MORE_BYTES);
    }
}
