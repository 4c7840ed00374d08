// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.ways;

import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.Stored;
import dev.sluice.usdt.StubCalls;
import java.nio.file.Path;

/** The call of a stub with nothing attached: what a trap from Java costs before the trap. */
public final class NativeCallPath implements FirePath {
    private long site;

    @Override
    public void open(final Path directory) {
        OurEvent.PROVIDER.load();
        if (!StubCalls.available()) {
            throw new IllegalStateException(StubCalls.reason());
        }
        site = OurEvent.probe().siteAddress();
    }

    @Override
    public long fire(final long a, final long b) {
        StubCalls.trap2(site, a, b);
        return a + b;
    }

    @Override
    public Stored finish(final long fired) {
        return Stored.nothing();
    }
}
