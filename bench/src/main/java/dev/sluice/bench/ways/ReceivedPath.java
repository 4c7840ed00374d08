// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.ways;

import dev.sluice.bench.fire.BatchCarrier;
import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.session.BpfReceiver;
import dev.sluice.bench.session.OwnRing;
import java.nio.file.Path;

/**
 * Into the ring, whose batches BPF drains; a thread receives and checks their events, and stores nothing. Under the
 * strategy {@code drain_thread} the firing thread carries none itself.
 */
public final class ReceivedPath implements FirePath, BatchCarrier {
    private final boolean isOwner = !"drain_thread".equals(System.getProperty("sluice.strategy"));
    private BpfReceiver receiver;
    private OwnRing ring;

    @Override
    public void open(final Path directory) {
        OurEvent.PROVIDER.load();
        receiver = BpfReceiver.checking(OurEvent.PATTERN);
        ring = receiver.ownRing();
    }

    @Override
    public long batches() {
        return isOwner ? ring.traps() : 0;
    }

    @Override
    public long fire(final long a, final long b) {
        return OurEvent.TWO.fire(a, b) ? a : a + b;
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
