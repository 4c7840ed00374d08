// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.foreign;

import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.session.OptimisedProbe;
import dev.sluice.bench.session.TrapProbe;
import java.io.IOException;
import java.nio.file.Path;

/** A BPF program of ours at the program's site. */
public final class TrapSide implements OtherSide {
    private final boolean isStoring;
    private final boolean isOptimised;
    private TrapProbe trap;
    private long process;

    /**
     * A program that stores each event, or only counts.
     *
     * @param isOptimised whether the turn fails if the kernel has not optimised the site
     */
    public TrapSide(final boolean isStoring, final boolean isOptimised) {
        this.isStoring = isStoring;
        this.isOptimised = isOptimised;
    }

    @Override
    public void attach(final long pid, final Path program, final long siteOffset) {
        process = pid;
        trap = TrapProbe.attach((int) pid, program.toString(), siteOffset, 0, isStoring);
    }

    @Override
    public Stored finish(final long fired) throws IOException {
        if (isOptimised) {
            OptimisedProbe.require(process);
        }
        return trap.finish(fired);
    }

    @Override
    public void close() {
        if (trap != null) {
            trap.close();
        }
    }
}
