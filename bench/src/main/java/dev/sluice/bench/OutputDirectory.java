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
import java.util.ArrayList;
import java.util.List;

/** The directory of the results, looked at before anything is measured. Immutable. */
final class OutputDirectory {
    private static final List<String> FILES = List.of("results.json", "report.html", "rounds.jsonl");

    private final Path path;
    /** Directories that were not there before, the innermost first. */
    private final List<Path> made;

    private OutputDirectory(final Path path, final List<Path> made) {
        this.path = path;
        this.made = made;
    }

    /**
     * Makes it.
     *
     * @throws IllegalStateException if files cannot be written there; the message names file and remedy
     */
    static OutputDirectory make(final Path directory) {
        // JMH and Jackson take files, which are relative to where the JVM was started and not to user.dir.
        final Path path = directory.toAbsolutePath();
        final List<Path> missing = new ArrayList<>();
        for (Path outer = path; outer != null && !Files.exists(outer); outer = outer.getParent()) {
            missing.add(outer);
        }
        final OutputDirectory output = new OutputDirectory(path, List.copyOf(missing));
        try {
            Files.createDirectories(path);
            Files.delete(Files.createTempFile(path, "sluice-bench", ".tmp"));
        } catch (final IOException e) {
            output.removeIfEmpty();
            throw new IllegalStateException("nothing can be written into -o " + directory + " (" + reason(e)
                + "): name another directory", e);
        }
        for (final String name : FILES) {
            final Path file = path.resolve(name);
            if (Files.exists(file) && (!Files.isRegularFile(file) || !Files.isReadable(file)
                || !Files.isWritable(file))) {
                throw new IllegalStateException(file + " is no file that can be read and written: remove it, or name"
                    + " another directory");
            }
        }
        return output;
    }

    /** Its absolute path. */
    Path path() {
        return path;
    }

    /** Removes what was made for a run that has then left nothing in it. */
    void removeIfEmpty() {
        for (final Path directory : made) {
            try {
                Files.deleteIfExists(directory);
            } catch (final IOException e) {
                // It has something in it, and so have those around it.
                return;
            }
        }
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
