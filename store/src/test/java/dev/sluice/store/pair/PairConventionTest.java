// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.pair;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ring.clock.ClockTriple;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.store.PacketBuilder;
import dev.sluice.store.TestTraces;
import dev.sluice.store.field.EventKinds;
import dev.sluice.store.format.TargetInfo;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.write.TraceWriter;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PairConventionTest {
    @TempDir
    private Path directory;

    private List<String> pairsOf(final String... tracepoints) {
        final TargetInfo target = TestTraces.target();
        int id = 1;
        try (TraceWriter writer = TraceWriter.create(directory.resolve("trace"), TestTraces.INFO)) {
            writer.addTarget(target);
            for (final String name : tracepoints) {
                final EventSchema schema = new EventSchema(id++, name.contains(":") ? name.split(":")[0] : "p",
                    name.substring(name.indexOf(':') + 1), List.of());
                writer.schema(0, TestTraces.log(schema));
            }
            writer.clock(0, new ClockTriple(0, 0, TestTraces.BEGIN_NS));
            new PacketBuilder(target.id(), 0).append(writer, 0);
        }
        return PairConvention.of(new EventKinds(TraceReader.open(directory.resolve("trace")).events())).stream()
            .map(PairName::text).toList();
    }

    @Test
    void shouldFindTheEndWhenNamesDifferInTheirLastWordAlone() {
        assertThat(pairsOf("query_begin", "query_end", "gc__entry", "gc__return", "txStart", "txDone", "begin", "end",
            "run-start", "run-stop", "open_start", "open_end", "open_done")).containsExactlyInAnyOrder(
            "p:query_begin,p:query_end", "p:gc__entry,p:gc__return", "p:txStart,p:txDone", "p:begin,p:end",
            "p:run-start,p:run-stop", "p:open_start,p:open_done");
    }

    @Test
    void shouldFindNothingWhenNamesOnlyLookAlike() {
        assertThat(pairsOf("a_begin", "b_end", "x:c_begin", "y:c_end", "restart", "redone", "weekend", "weekbegin"))
            .isEmpty();
    }
}
