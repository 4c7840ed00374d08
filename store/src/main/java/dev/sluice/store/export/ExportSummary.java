// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.export;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What an export has written, and what its user should know about it. For one thread. */
public final class ExportSummary {
    private final List<Path> outputs = new ArrayList<>();
    private final List<String> notices = new ArrayList<>();
    private long events;
    private long missing;

    void wrote(final Path output) {
        outputs.add(output);
    }

    void counted(final long newEvents, final long newMissing) {
        events = newEvents;
        missing = newMissing;
    }

    /** Adds a sentence. */
    void note(final String notice) {
        notices.add(notice);
    }

    /** The files, or the directories, that were written. */
    public List<Path> outputs() {
        return Collections.unmodifiableList(outputs);
    }

    /** Sentences about what the user may expect in these files but will not find. */
    public List<String> notices() {
        return Collections.unmodifiableList(notices);
    }

    /** Number of events that were written. */
    public long events() {
        return events;
    }

    /** Number of events that are marked as missing, or counted as that. */
    public long missing() {
        return missing;
    }
}
