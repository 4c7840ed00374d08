// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.pair;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.FieldSchema;
import dev.sluice.ring.event.FieldType;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.field.EventKinds;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.write.TraceWriter;
import dev.sluice.testsupport.OneJdk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Begins without an end are kept up to a bound, and the oldest are given up, and counted. */
@OneJdk
class PairMemoryTest {
    private static final EventSchema BEGIN =
        new EventSchema(1, "db", "query_begin", List.of(new FieldSchema("id", FieldType.INT64)));
    private static final EventSchema END =
        new EventSchema(2, "db", "query_end", List.of(new FieldSchema("id", FieldType.INT64)));

    @TempDir
    private Path directory;

    private TraceEvents events;

    /** Begins 0 to 99, and then their ends, the last first. */
    @BeforeEach
    void write() {
        final TargetInfo target = TestTraces.target();
        try (TraceWriter writer = TraceWriter.create(directory.resolve("trace"), TestTraces.INFO)) {
            writer.addTarget(target);
            writer.schema(0, TestTraces.log(BEGIN, END));
            writer.clock(0, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
            final PacketBuilder packets = new PacketBuilder(target.id(), 0);
            for (long id = 0; id < 100; id++) {
                packets.event(BEGIN, id, 0, id);
            }
            for (long id = 99; id >= 0; id--) {
                packets.event(END, 1_000 - id, 0, id);
            }
            packets.append(writer, 0);
        }
        events = TraceReader.open(directory.resolve("trace")).events();
    }

    private PairFigures figures(final String name, final List<Long> found) {
        final Pairs pairs = new Pairs(List.of(new PairRule(new EventKinds(events), PairName.parse(name), null)),
            (figures, begin, end, latencyNs) -> found.add(end.getLong(0)), 10);
        events.forEach(pairs::accept);
        pairs.finish();
        return pairs.figures().get(0);
    }

    private void check(final String name) {
        final List<Long> found = new ArrayList<>();
        final PairFigures figures = figures(name, found);
        assertThat(found).containsExactly(99L, 98L, 97L, 96L, 95L, 94L, 93L, 92L, 91L, 90L);
        assertThat(figures.givenUp()).isEqualTo(90);
        assertThat(figures.endsWithoutBegin()).isEqualTo(90);
        assertThat(figures.open()).isZero();
        assertThat(figures.latency().max()).isEqualTo(1_000L - 90 - 90);
    }

    @Test
    void shouldGiveUpTheOldestWhenTooManyOfAThreadAreOpen() {
        check("db:query_begin,db:query_end");
    }

    @Test
    void shouldGiveUpTheOldestWhenTooManyKeysAreOpen() {
        check("db:query_begin,db:query_end,id");
    }
}
