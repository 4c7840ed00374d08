// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

import java.nio.file.Path;

/** One queue file of a trace, open for reading; {@link SegmentWalk} goes through it. Immutable: any thread. */
public final class SegmentFile {
    /** Folder of a trace's first segment, below the trace's directory. */
    public static final String FIRST_FOLDER = "0000";

    private final ReadOnlyFile source;

    public SegmentFile(final Path file) {
        source = ReadOnlyFile.open(file);
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
