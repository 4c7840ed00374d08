// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where traces go that nobody has named a place for. */
final class TraceDirectories {
    private TraceDirectories() {
    }

    /** A directory of a name: in the working directory, or in that of temporary files if the former is read-only. */
    static Path byDefault(final String name) {
        return Files.isWritable(Path.of(".")) ? Path.of(name) : Path.of(System.getProperty("java.io.tmpdir"), name);
    }
}
