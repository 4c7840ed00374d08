// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.text;

import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** What a failed use of a file is told as: without the names of Java's classes. Stateless: any thread. */
public final class FileText {
    private static final String NO_REASON = "it failed, and the system gives no reason";

    private FileText() {
    }

    /** The file and what is wrong with it, or what the system says. */
    public static String of(final Throwable thrown) {
        Throwable failure = thrown;
        // What only wraps another one has that one's class and message for a message.
        while (failure.getCause() != null && failure.getCause().toString().equals(failure.getMessage())) {
            failure = failure.getCause();
        }
        if (failure instanceof FileSystemException e && e.getReason() == null && e.getFile() != null) {
            return e.getFile() + ": " + what(e);
        }
        return failure.getMessage() == null ? NO_REASON : failure.getMessage();
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
        if (e instanceof DirectoryNotEmptyException) {
            return "the directory is not empty";
        }
        return e instanceof NotDirectoryException ? "it is no directory" : NO_REASON;
    }
}
