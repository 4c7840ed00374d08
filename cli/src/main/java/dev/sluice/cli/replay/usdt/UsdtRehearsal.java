// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay.usdt;

import dev.sluice.cli.replay.pace.Pace;
import dev.sluice.cli.replay.pace.ReplaySink;
import dev.sluice.store.read.EventView;
import dev.sluice.trace.Tracepoint;

/** Takes events as {@link UsdtSink} does, and fires none: a tracer that is attached must see each event once. */
final class UsdtRehearsal implements ReplaySink {
    private final UsdtTracepoints tracepoints;
    private final Pace pace;
    private UsdtRun run = new UsdtRun(0, "");
    private long count;

    UsdtRehearsal(final UsdtTracepoints tracepoints, final Pace pace) {
        this.tracepoints = tracepoints;
        this.pace = pace;
    }

    @Override
    public ReplaySink rehearsal(final Pace rehearsed) {
        return new UsdtRehearsal(tracepoints, rehearsed);
    }

    @Override
    public boolean event(final EventView event, final long dueNs) {
        final Tracepoint tracepoint = tracepoints.of(event.schema());
        if (tracepoint != null) {
            run.add(new UsdtEvent(tracepoint, event, dueNs));
        }
        if (run.isFull()) {
            run = new UsdtRun(run.number() + 1, event.threadName());
        }
        count++;
        return pace.await(dueNs);
    }

    @Override
    public long passed() {
        return count;
    }
}
