// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.ways;

import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.session.OptimisedProbe;
import dev.sluice.bench.session.TrapProbe;
import dev.sluice.usdt.find.UsdtProbe;
import java.io.IOException;
import java.nio.file.Path;

/** One trap for each event, into a BPF program of our own. */
public final class TrapPath implements FirePath {
    private final boolean isStoring;
    private TrapProbe trap;

    /** {@code count}: the program only counts; {@code store}: it stores the event, and a thread receives it. */
    public TrapPath(final String what) {
        isStoring = "store".equals(what);
    }

    @Override
    public void open(final Path directory) {
        OurEvent.PROVIDER.load();
        final UsdtProbe probe = OurEvent.probe();
        trap = TrapProbe.attach((int) ProcessHandle.current().pid(), probe.path(), probe.siteOffset(),
            probe.semaphoreOffset(), isStoring);
        if (!OurEvent.TWO.isEnabled()) {
            throw new IllegalStateException("the semaphore is down");
        }
    }

    @Override
    public long fire(final long a, final long b) {
        return OurEvent.TWO.fire(a, b) ? a : a + b;
    }

    @Override
    public Stored finish(final long fired) throws IOException {
        if (OptimisedProbe.isAskedForHere()) {
            OptimisedProbe.require(ProcessHandle.current().pid());
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
