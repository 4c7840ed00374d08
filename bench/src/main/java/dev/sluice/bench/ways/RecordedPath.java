// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.ways;

import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.fire.Tally;
import dev.sluice.ring.control.FullPolicy;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.TraceAccount;
import dev.sluice.store.read.TraceReader;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Into the ring, and from there into a trace that another process stores under BLOCK; afterwards each event is read
 * back.
 */
public final class RecordedPath implements FirePath {
    private final String source;
    private Path trace;
    private RecorderProcess recorder;

    /** Drained as a name of {@link dev.sluice.consumer.record.EventPath} says. */
    public RecordedPath(final String source) {
        this.source = source;
    }

    @Override
    public void open(final Path directory) throws IOException, InterruptedException {
        OurEvent.PROVIDER.load();
        trace = RecorderProcess.trace(directory);
        recorder = new RecorderProcess(source, FullPolicy.BLOCK, directory);
    }

    @Override
    public long fire(final long a, final long b) {
        return OurEvent.TWO.fire(a, b) ? a : a + b;
    }

    @Override
    public Stored finish(final long fired) throws IOException, InterruptedException {
        recorder.finish();
        final Tally tally = new Tally();
        final TraceReader reader = TraceReader.open(trace);
        final EventCursor cursor = reader.events().cursor();
        while (cursor.next()) {
            tally.add(cursor.event().getLong(0), cursor.event().getLong(1));
        }
        final Long traps = new TraceAccount(reader.targets(), cursor, reader.damageCount() > 0,
            !reader.unknownDocuments().isEmpty()).traps();
        final Stored stored = tally.stored(fired, "events read from the trace").onDisk(trace);
        return traps == null ? stored : stored.withTraps(traps);
    }

    @Override
    public void close() {
        if (recorder != null) {
            recorder.close();
        }
    }
}
