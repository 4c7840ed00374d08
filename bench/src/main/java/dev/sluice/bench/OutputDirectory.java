// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** The directory of the results, looked at before anything is measured. Stateless: any thread. */
final class OutputDirectory {
    private static final List<String> FILES = List.of("results.json", "report.html", "rounds.jsonl");

    private OutputDirectory() {
    }

    /**
     * Makes it.
     *
     * @return its absolute path
     * @throws IllegalStateException if files cannot be written there; the message names file and remedy
     */
    static Path make(final Path directory) {
        final Path made;
        try {
            // JMH and Jackson take files, which are relative to where the JVM was started and not to user.dir.
            made = Files.createDirectories(directory.toAbsolutePath());
            Files.delete(Files.createTempFile(made, "sluice-bench", ".tmp"));
        } catch (final IOException e) {
            throw new IllegalStateException("nothing can be written into -o " + directory + " (" + reason(e)
                + "): name another directory", e);
        }
        for (final String name : FILES) {
            final Path file = made.resolve(name);
            if (Files.exists(file) && (!Files.isRegularFile(file) || !Files.isReadable(file)
                || !Files.isWritable(file))) {
                throw new IllegalStateException(file + " is no file that can be read and written: remove it, or name"
                    + " another directory");
            }
        }
        return made;
    }

    private static String reason(final IOException e) {
        if (e instanceof FileAlreadyExistsException) {
            return "there is a file of that name";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof NoSuchFileException) {
            return "no such file or directory";
        }
        return e instanceof final FileSystemException known && known.getReason() != null ? known.getReason()
            : e.toString();
    }
}
