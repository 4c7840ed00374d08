// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.foreign;

import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.session.TrapProbe;
import java.nio.file.Path;

/** A BPF program of ours at the program's site. */
public final class TrapSide implements OtherSide {
    private final boolean isStoring;
    private TrapProbe trap;

    /** A program that stores each event, or only counts. */
    public TrapSide(final boolean isStoring) {
        this.isStoring = isStoring;
    }

    @Override
    public void attach(final long pid, final Path program, final long siteOffset) {
        trap = TrapProbe.attach((int) pid, program.toString(), siteOffset, 0, isStoring);
    }

    @Override
    public Stored finish(final long fired) {
        return trap.finish(fired);
    }

    @Override
    public void close() {
        if (trap != null) {
            trap.close();
        }
    }
}
