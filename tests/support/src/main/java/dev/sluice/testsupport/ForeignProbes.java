// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.testsupport;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Programs with notes that no compiler of this project writes; {@code foreign_probes.c} says how they are controlled.
 */
public final class ForeignProbes {
    private ForeignProbes() {
    }

    /** Compiles the program with flags of its own; returns its path. */
    public static Path compile(final Path directory, final String name, final String... flags)
        throws IOException, InterruptedException {
        return SdtTarget.compile(directory, "foreign_probes.c", name, flags);
    }
}
