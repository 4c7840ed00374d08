// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

import dev.sluice.store.format.TraceStoreException;
import java.nio.file.Path;

/**
 * A way to open a trace's files. The class path offers such ways as services; the first one that can be instantiated is
 * used for all files. The store itself offers a way by system calls, which needs JNA; the command always has JNA.
 * Without JNA, {@link JdkFile} is used. Implementations are stateless: any thread.
 */
public interface FileOpener {
    /**
     * Opens a file without following a link, and without waiting if the way allows that.
     *
     * @throws TraceStoreException if it is not a regular file, or may not be read
     */
    ReadOnlyFile open(Path file);

    /**
     * Whether a process that lives writes the trace in a directory. False if this cannot be told.
     *
     * @param directory the trace's own directory, not one of its segments
     */
    default boolean isWritten(final Path directory) {
        return false;
    }
}
