// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.ways;

import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.Stored;
import java.nio.file.Path;

/** A tracepoint that nobody has enabled. */
public final class DisabledPath implements FirePath {
    @Override
    public void open(final Path directory) {
        OurEvent.PROVIDER.load();
    }

    @Override
    public long fire(final long a, final long b) {
        return OurEvent.TWO.fire(a, b) ? a : a + b;
    }

    @Override
    public Stored finish(final long fired) {
        if (OurEvent.TWO.isEnabled()) {
            throw new IllegalStateException("somebody has enabled the tracepoint");
        }
        return Stored.nothing();
    }
}
