// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.table;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.turn.Turn;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a row says of a failure. */
class PathTableTest {
    private static final int MOST = 250;

    @Test
    void shouldNameThePlaceOfTheBytesWhenTheFirstTurnHasStoredNothing() {
        final Turn nothing = new Turn(List.of(10.0), 0, 10, new Stored(0, "seen"), "");
        final Turn some = new Turn(List.of(10.0), 0, 10, new Stored(10, "seen").inMemory(240), "");
        assertThat(new PathResult("ring", "", false, "", List.of(nothing, some)).storedBytesText())
            .isEqualTo("24.00 memory");
        assertThat(new PathResult("ring", "", false, "", List.of(nothing)).storedBytesText()).isEqualTo("nothing");
    }

    @Test
    void shouldKeepTheCauseWhenTheReasonIsTooLongForALine() {
        final String told = PathTable.cut("failed: java.lang.IllegalStateException: gcc -O2 -Wall "
            + "-I /tmp/somewhere ".repeat(20) + ": exit status 1:\n/usr/bin/ld: cannot find -llttng-ust: No such file\n"
            + "collect2: error: ld returned 1 exit status\n");
        assertThat(told).startsWith("failed: java.lang.IllegalStateException: gcc ").contains(" ... ",
            "cannot find -llttng-ust: No such file").endsWith("ld returned 1 exit status").doesNotContain("\n")
            .hasSizeLessThan(MOST);
        assertThat(PathTable.cut("failed: no room")).isEqualTo("failed: no room");
    }
}
