// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.testsupport;

import java.io.IOException;
import java.nio.file.Path;

/** Programs with notes that no compiler of ours writes; {@code foreign_probes.c} says what they can be told. */
public final class ForeignProbes {
    private ForeignProbes() {
    }

    /** Compiles the program with flags of its own; returns its path. */
    public static Path compile(final Path directory, final String name, final String... flags)
        throws IOException, InterruptedException {
        return SdtTarget.compile(directory, "foreign_probes.c", name, flags);
    }
}
