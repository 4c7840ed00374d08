// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The directory of the results, looked at before anything is measured. For one thread. */
final class OutputDirectory {
    private static final List<String> FILES = List.of("results.json", "report.html", "rounds.jsonl");

    private final Path path;
    /** Directories that were made here and by nobody else, the innermost first. */
    private final List<Path> made = new ArrayList<>();

    private OutputDirectory(final Path path) {
        this.path = path;
    }

    /**
     * Makes it.
     *
     * @throws IllegalStateException if files cannot be written there; the message names file and remedy
     */
    static OutputDirectory make(final Path directory) {
        // JMH and Jackson take files, which are relative to where the JVM was started and not to user.dir.
        final Path path = directory.toAbsolutePath();
        final OutputDirectory output = new OutputDirectory(path);
        try {
            output.make(path, path.getParent());
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

    private void make(final Path missing, final Path parent) throws IOException {
        if (parent != null && !Files.isDirectory(parent)) {
            make(parent, parent.getParent());
        }
        try {
            // It fails where somebody else has made it meanwhile, and where a symbolic link leads nowhere.
            Files.createDirectory(missing);
            made.add(0, missing);
        } catch (final IOException e) {
            if (!Files.isDirectory(missing)) {
                throw e;
            }
        }
    }

    /** Its absolute path. */
    Path path() {
        return path;
    }

    /** Removes the directories that were made for a run that has then left nothing in them. */
    void removeIfEmpty() {
        for (final Path directory : made) {
            try {
                // Somebody may have put something else in its place since.
                if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
                    Files.delete(directory);
                }
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
