// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.workload;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What the database is asked, and what is reported of it. */
class QueryMixTest {
    private static final int QUERIES = 2_000;

    private long events;

    @Test
    void shouldReportEachQueryAndEachRowWhenItAsks() throws Exception {
        int group = 0;
        int one = 0;
        int none = 0;
        try (QueryMix mix = new QueryMix(() -> events++)) {
            for (int i = 0; i < QUERIES; i++) {
                final long before = events;
                mix.query();
                final long rows = events - before - 2;
                group += rows == QueryMix.ROWS ? 1 : 0;
                one += rows == 1 ? 1 : 0;
                none += rows == 0 ? 1 : 0;
            }
            mix.check();
        }
        assertThat(group + one + none).isEqualTo(QUERIES);
        assertThat((double) one / QUERIES).isBetween(0.65, 0.75);
        assertThat((double) group / QUERIES).isBetween(0.11, 0.19);
    }
}
