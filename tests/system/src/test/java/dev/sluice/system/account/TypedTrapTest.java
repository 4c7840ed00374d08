// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.KernelTest;
import dev.sluice.consumer.record.EventPath;
import dev.sluice.consumer.record.RecordOptions;
import dev.sluice.consumer.record.RecordResult;
import dev.sluice.consumer.record.Recorder;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TraceReader;
import dev.sluice.testsupport.ChildProgram;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One trap an event, from typed interfaces and from the encoder: tracers read the same arguments. */
@KernelTest
@Timeout(400)
class TypedTrapTest {
    private static final int EVENTS = 2_000;

    @TempDir
    private Path directory;

    @Test
    void shouldReadEveryArgumentWhenTypedAndEncodedEventsTrap() throws Exception {
        final Path trace = directory.resolve("trace");
        try (ChildProgram target = ChildProgram.startServant(
                directory, "target", List.of("-Xmx256m"), System.getProperty("java.class.path"),
            List.of(TrapProgram.class.getName(), Integer.toString(EVENTS)))) {
            target.awaitLine("pid", 1);
            final RecordResult result;
            try (Recorder recorder = Recorder.start(RecordOptions.of(target.pid(), trace)
                .source(EventPath.TRAP).build())) {
                target.send("go");
                target.awaitLine("fired", 1);
                result = recorder.finish();
            }
            assertThat(target.toString()).doesNotContain("[sluice]");
            assertThat(result.stored()).as("%s", result).isEqualTo(2 * EVENTS);
        }
        final long[] next = new long[2];
        final EventCursor cursor = TraceReader.open(trace).events().cursor();
        while (cursor.next()) {
            final EventView event = cursor.event();
            if (event.schema().tracepoint().equals("mixed")) {
                checkMixed(event, next[0]++);
            } else {
                checkNumbers(event, next[1]++);
            }
        }
        assertThat(next).containsExactly(EVENTS, EVENTS);
    }

    private static void checkMixed(final EventView event, final long id) {
        assertThat(event.getLong(0)).isEqualTo(id);
        assertThat(event.getString(1)).isEqualTo(TrapProgram.first(id));
        assertThat(event.getDouble(2)).isEqualTo(id / 4.0);
        assertThat(event.getString(3)).isEqualTo(TrapProgram.second(id));
        assertThat(event.getString(4)).isEqualTo(id % 7 == 0 ? "BUY" : "SELL");
        assertThat(event.getLong(5)).isEqualTo(-id);
        assertThat(event.getBoolean(6)).isEqualTo(id % 2 != 0);
    }

    private static void checkNumbers(final EventView event, final long id) {
        assertThat(event.getLong(0)).isEqualTo(id);
        assertThat(event.getDouble(1)).isEqualTo(id / 4.0);
        assertThat(event.getDouble(2)).isEqualTo(id / 2f);
    }
}
