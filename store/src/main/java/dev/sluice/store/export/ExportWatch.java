// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

/** Is told how far an export has come, and may end it. */
@FunctionalInterface
public interface ExportWatch {
    /** Lets every export go on and reports nothing. */
    ExportWatch SILENT = bytes -> true;

    /**
     * Called after each piece that was written, by the thread that exports.
     *
     * @param bytesWritten bytes written to all files so far
     * @return false to end the export, which then leaves no file behind
     */
    boolean goesOn(long bytesWritten);
}
