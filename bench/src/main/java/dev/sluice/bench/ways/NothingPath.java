// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.ways;

import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.Stored;
import java.nio.file.Path;

/** No tracing: the loop and the values. */
public final class NothingPath implements FirePath {
    @Override
    public void open(final Path directory) {
    }

    @Override
    public long fire(final long a, final long b) {
        return a + b;
    }

    @Override
    public Stored finish(final long fired) {
        return Stored.nothing();
    }
}
