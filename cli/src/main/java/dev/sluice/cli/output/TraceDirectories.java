// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.output;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.SecureRandom;

/** Chooses the directory of a trace for which the user has named no directory. */
public final class TraceDirectories {
    private static final SecureRandom RANDOM = new SecureRandom();

    private TraceDirectories() {
    }

    /**
     * A directory with a name: in the working directory or, if that is read-only, in the directory for temporary files.
     * If a directory of that name exists, the name gets an ending that nobody can guess.
     */
    public static Path byDefault(final String name) {
        final Path above =
            Files.isWritable(Path.of(".")) ? Path.of("") : Path.of(System.getProperty("java.io.tmpdir"));
        final Path directory = above.resolve(name);
        return !Files.exists(directory, LinkOption.NOFOLLOW_LINKS) ? directory
            : above.resolve(name + '-' + Long.toHexString(RANDOM.nextLong()));
    }
}
