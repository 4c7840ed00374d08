// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.foreign;

import dev.sluice.bench.fire.Stored;
import java.io.IOException;
import java.nio.file.Path;

/** A session of LTTng that records the program's tracepoint. */
public final class LttngSide implements OtherSide {
    private LttngSession session;

    @Override
    public void open(final Path directory) throws IOException, InterruptedException {
        session = LttngSession.start(directory, LttngSession.Domain.C, "sluice_bench:two");
    }

    @Override
    public Stored finish(final long fired) throws IOException, InterruptedException {
        return session.finish(0);
    }

    @Override
    public void close() throws IOException {
        if (session != null) {
            session.close();
        }
    }
}
