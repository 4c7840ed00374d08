// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.text;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** What a failed use of a file is told as: without the names of Java's classes. Stateless: any thread. */
public final class FileText {
    private FileText() {
    }

    /** The file and what is wrong with it, or what the system says. */
    public static String of(final Exception failure) {
        if (failure instanceof FileSystemException e && e.getReason() == null && e.getFile() != null) {
            final String what = what(e);
            return what.isEmpty() ? failure.toString() : e.getFile() + ": " + what;
        }
        return failure.getMessage() == null ? failure.toString() : failure.getMessage();
    }

    private static String what(final FileSystemException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof NoSuchFileException) {
            return "there is no such file or directory";
        }
        if (e instanceof FileAlreadyExistsException) {
            return "it is there already, and is no directory";
        }
        return e instanceof NotDirectoryException ? "it is no directory" : "";
    }
}
