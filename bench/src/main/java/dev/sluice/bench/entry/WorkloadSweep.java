// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.entry;

import dev.sluice.bench.turn.Contestant;
import dev.sluice.bench.workload.QueryProgram;
import java.util.ArrayList;
import java.util.List;

/** How fast a database answers that reports its queries and rows, by many ways of the table. */
public final class WorkloadSweep {
    /** Its name, which tables and pages refer to. */
    public static final String NAME = "workload";

    private static final String PREFIX = "workload-";
    private static final List<String> WAYS = List.of(Catalogue.NOTHING, Catalogue.DISABLED, Catalogue.OWNER,
        Catalogue.OWNER_STORED, Catalogue.TRAP_OPTIMISED, Catalogue.TRAP_NOP1, Catalogue.JFR, "jfr-stack",
        Catalogue.LTTNG_JAVA, "log4j");

    private WorkloadSweep() {
    }

    static Sweep of(final Forks forks) {
        final List<Sweep.Point> points = new ArrayList<>();
        Catalogue.of(forks.measuring(QueryProgram::runner)).stream().filter(one -> WAYS.contains(one.name()))
            .forEach(one -> points.add(new Sweep.Point(one.name(), 0, new Contestant(PREFIX + one.name(), one.what(),
                one.isRival(), one.missing(), one.runner()), PREFIX + Catalogue.NOTHING)));
        return new Sweep(NAME, "queries to an H2 database in the same process, one after the other, each of which"
            + " reports its begin, its end, and every row that it reads", "ns of a query", points);
    }
}
