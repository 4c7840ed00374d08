// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.store;

import java.nio.file.Path;

/** One queue file of a trace, open for reading; {@link SegmentWalk} goes through it. Immutable: any thread. */
final class SegmentFile {
    private final ReadOnlyFile source;

    SegmentFile(final Path file) {
        source = new ReadOnlyFile(file);
    }

    Path file() {
        return source.file();
    }

    ReadOnlyFile source() {
        return source;
    }
}
