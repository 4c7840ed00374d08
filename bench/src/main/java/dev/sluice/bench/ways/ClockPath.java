// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.ways;

import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.Stored;
import dev.sluice.usdt.Tsc;
import java.nio.file.Path;

/** A reading of a clock and nothing else. */
public final class ClockPath implements FirePath {
    private final boolean isTsc;

    /** Of the clock {@code tsc} or {@code nano}. */
    public ClockPath(final String clock) {
        isTsc = "tsc".equals(clock);
    }

    @Override
    public void open(final Path directory) {
        if (isTsc && !Tsc.isSound()) {
            throw new IllegalStateException(Tsc.reason());
        }
    }

    @Override
    public long fire(final long a, final long b) {
        return a + b + (isTsc ? Tsc.read() : System.nanoTime());
    }

    @Override
    public Stored finish(final long fired) {
        return Stored.nothing();
    }
}
