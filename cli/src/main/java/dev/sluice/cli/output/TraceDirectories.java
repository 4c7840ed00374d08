// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.output;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.SecureRandom;

/** Where traces go that nobody has named a place for. */
public final class TraceDirectories {
    private static final SecureRandom RANDOM = new SecureRandom();

    private TraceDirectories() {
    }

    /**
     * A directory of a name: in the working directory, or in that of temporary files if the former is read-only. If
     * somebody has made one of that name, it gets an ending that nobody can guess.
     */
    public static Path byDefault(final String name) {
        final Path above =
            Files.isWritable(Path.of(".")) ? Path.of("") : Path.of(System.getProperty("java.io.tmpdir"));
        final Path directory = above.resolve(name);
        return !Files.exists(directory, LinkOption.NOFOLLOW_LINKS) ? directory
            : above.resolve(name + '-' + Long.toHexString(RANDOM.nextLong()));
    }
}
