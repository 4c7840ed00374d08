// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.ways;

import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.session.HeadMover;
import java.nio.file.Path;

/** Into the ring, whose head another thread moves without looking at the events. */
public final class RingPath implements FirePath {
    /** More than a ring of this program has. */
    private static final long MOST_LEFT = 64L << 20;

    private HeadMover mover;

    @Override
    public void open(final Path directory) {
        OurEvent.PROVIDER.load();
        mover = new HeadMover(OurEvent.PATTERN);
    }

    @Override
    public long fire(final long a, final long b) {
        return OurEvent.TWO.fire(a, b) ? a : a + b;
    }

    @Override
    public Stored finish(final long fired) {
        if (mover.movedBytes() + MOST_LEFT < fired * OurEvent.LENGTH) {
            throw new IllegalStateException("not every event went through the ring: fired=" + fired + " bytes="
                + mover.movedBytes());
        }
        return Stored.nothing();
    }

    @Override
    public void close() {
        if (mover != null) {
            mover.close();
        }
    }
}
