// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import static dev.sluice.store.export.PairTrace.PARSE_BEGIN;
import static dev.sluice.store.export.PairTrace.PARSE_END;
import static dev.sluice.store.export.PairTrace.QUERY_BEGIN;
import static dev.sluice.store.export.PairTrace.QUERY_END;
import static dev.sluice.store.export.PairTrace.TICK;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.store.read.TraceEvents;
import dev.sluice.testsupport.OneJdk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Counted frames, split as programs for flame graphs do it: at semicolons, and at the last blank. */
@OneJdk
class FoldedExporterTest {
    @TempDir
    Path temp;

    private List<String> export(final TraceEvents events) throws Exception {
        final Path out = temp.resolve("trace.folded");
        ExportFormat.FOLDED.export(events, out, ExportWatch.SILENT);
        return Files.readAllLines(out);
    }

    @Test
    void shouldHaveOpenSlicesAsFramesWhenEventsBeginAndEnd() throws Exception {
        final PairTrace trace = new PairTrace(temp.resolve("trace"));
        trace.event(1, 1_000, 0, QUERY_BEGIN, 1).event(1, 2_000, 0, PARSE_BEGIN, 2).event(1, 2_500, 0, TICK, 3)
            .event(1, 2_600, 0, TICK, 3).event(1, 3_000, 0, PARSE_END, 4).event(1, 4_000, 0, QUERY_END, 5)
            .event(2, 5_000, 0, TICK, 6).event(3, 6_000, 77, TICK, 6).lose(1, 7).event(1, 7_000, 0, TICK, 8);
        assertThat(export(trace.read())).containsExactly(
            "process 42;[missing events] 7",
            "process 42;virtual thread;db:tick 1",
            "process 42;worker-1;db:query_begin 1",
            "process 42;worker-1;db:query_begin;db:parse_begin 1",
            "process 42;worker-1;db:query_begin;db:parse_begin;db:tick 2",
            "process 42;worker-1;db:query_begin;db:parse_end 1",
            "process 42;worker-1;db:query_end 1",
            "process 42;worker-1;db:tick 1",
            "process 42;worker-2;db:tick 1");
    }

    @Test
    void shouldCountEveryEventOnceWhenNamesAreForeign() throws Exception {
        final ExtremeTrace extreme = new ExtremeTrace();
        final List<String> lines = export(extreme.write(temp.resolve("trace")).events());
        assertThat(lines).allSatisfy(line -> assertThat(line).matches("process 42(;[^;\\p{Cntrl}]+)+ [0-9]+"));
        assertThat(lines.stream().mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1))).sum())
            .isEqualTo(extreme.rows().size() + 2 + ExtremeTrace.LOST + ExtremeTrace.DISCARDED + ExtremeTrace.REFUSED);
        assertThat(lines).contains("process 42;[missing events] 38",
            "process 42;main \"Ünter\", ,\\n\\u001B[2J;odd:all " + extreme.rows().size());
    }

    @Test
    void shouldCountTheSameWhenEventsAreRandom() throws Exception {
        final TraceEvents events = PairTrace.random(temp.resolve("trace"), 5_000);
        assertThat(export(events).stream().filter(line -> !line.contains("[missing"))
            .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1))).sum()).isEqualTo(5_000);
    }
}
