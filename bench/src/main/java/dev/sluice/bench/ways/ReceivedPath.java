// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.ways;

import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.session.BpfReceiver;
import java.nio.file.Path;

/** Into the ring, whose batches BPF drains; a thread receives them and stores nothing. */
public final class ReceivedPath implements FirePath {
    private BpfReceiver receiver;

    @Override
    public void open(final Path directory) {
        OurEvent.PROVIDER.load();
        receiver = new BpfReceiver(OurEvent.PATTERN);
    }

    @Override
    public long fire(final long a, final long b) {
        return OurEvent.TWO.fire(a, b) ? a : a + b;
    }

    @Override
    public Stored finish(final long fired) {
        receiver.finish();
        return new Stored(receiver.events(), "events of the batches that were received");
    }

    @Override
    public void close() {
        if (receiver != null) {
            receiver.close();
        }
    }
}
