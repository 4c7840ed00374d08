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

/** The event of {@link BatchPath} by one trap each, into a BPF program that stores it. */
public final class SizedTrapPath implements FirePath {
    private static final int ARGUMENTS = 3;

    private final SizedEvent event = new SizedEvent(BatchPath.PAYLOAD);
    private TrapProbe trap;

    @Override
    public void open(final Path directory) {
        event.load();
        final UsdtProbe probe = event.probe();
        trap = TrapProbe.storing((int) ProcessHandle.current().pid(), probe.path(), probe.siteOffset(),
            probe.semaphoreOffset(), ARGUMENTS);
        if (!event.isEnabled()) {
            throw new IllegalStateException("the semaphore is down");
        }
    }

    @Override
    public long fire(final long a, final long b) {
        return event.fire(a, b) ? a : a + b;
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
