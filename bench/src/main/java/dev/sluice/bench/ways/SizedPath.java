// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.ways;

import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.session.BpfReceiver;
import java.nio.file.Path;

/** An event of another size into the ring, whose chunks the owner drains; a thread receives, and stores nothing. */
public final class SizedPath implements FirePath {
    private final SizedEvent event;
    private BpfReceiver receiver;

    /** With a payload that {@link SizedEvent} knows. */
    public SizedPath(final String payload) {
        event = new SizedEvent(payload);
    }

    @Override
    public void open(final Path directory) {
        event.load();
        receiver = BpfReceiver.checking(SizedEvent.PATTERN, event);
    }

    @Override
    public long fire(final long a, final long b) {
        return event.fire(a, b) ? a : a + b;
    }

    @Override
    public Stored finish(final long fired) {
        receiver.finish();
        return receiver.stored();
    }

    @Override
    public void close() {
        if (receiver != null) {
            receiver.close();
        }
    }
}
