// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.entry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.turn.Effort;
import dev.sluice.bench.turn.Turn;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What comes of a turn after which events are missing, in each series. */
class SizeSweepTest {
    private static final long FIRED = 1_000;

    /** Forks whose every turn finds so many events. */
    private static Forks finding(final long events) {
        return new Forks(List.of(), (path, argument, flags) -> (directory, effort) ->
            new Turn(List.of(10.0), 0, FIRED, new Stored(events, "seen"), ""));
    }

    private static Turn run(final Sweep.Point point) throws Exception {
        return point.contestant().runner().run(Path.of("nowhere"), Effort.QUICK);
    }

    @Test
    void shouldFailTheTurnWhenAnEventIsLostWhereThreadsWaitForRoom() throws Exception {
        for (final Sweep sweep : List.of(SizeSweep.ofChunk(finding(FIRED - 1)), SizeSweep.ofRing(finding(FIRED - 1)))) {
            for (final Sweep.Point point : sweep.points()) {
                assertThat(run(point).failure()).as(point.contestant().name()).isEqualTo(point.series()
                    .startsWith("block") ? "events were lost where none may be: fired=1000 found=999" : "");
            }
        }
    }

    @Test
    void shouldNotFailTheTurnWhenEveryEventIsFound() throws Exception {
        for (final Sweep.Point point : SizeSweep.ofRing(finding(FIRED)).points()) {
            assertThat(run(point).hasFailed()).as(point.contestant().name()).isFalse();
        }
    }
}
