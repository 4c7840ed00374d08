// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

import java.nio.file.Path;
import java.util.Locale;

/** One queue file of a trace, open for reading; {@link SegmentWalk} goes through it. Immutable: any thread. */
public final class SegmentFile {
    /** Folder of a trace's first segment, below the trace's directory. */
    public static final String FIRST_FOLDER = "0000";
    /** Names of folders of segments: their numbers, with at least four digits. */
    public static final String FOLDERS = "\\d{4,9}";

    private final ReadOnlyFile source;

    public SegmentFile(final Path file) {
        source = ReadOnlyFile.open(file);
    }

    /** Name of the folder of a segment, by its number from 0. */
    public static String folder(final int number) {
        return String.format(Locale.ROOT, "%04d", number);
    }

    /** Number of the segment, as its folder says; 0 if that is called otherwise. */
    public int number() {
        final Path folder = file().toAbsolutePath().getParent().getFileName();
        return folder != null && folder.toString().matches(FOLDERS) ? Integer.parseInt(folder.toString()) : 0;
    }

    /** Length of the file by now, in bytes. */
    public long lengthNow() {
        return source.lengthNow();
    }

    /** Closes the file, when nobody reads it any more. Idempotent. */
    public void release() {
        source.release();
    }

    /** Whether a process that lives writes the trace in a directory; false if this cannot be told. */
    public static boolean isWritten(final Path trace) {
        return ChosenOpener.OPENER.isWritten(trace);
    }

    public Path file() {
        return source.file();
    }

    ReadOnlyFile source() {
        return source;
    }
}
