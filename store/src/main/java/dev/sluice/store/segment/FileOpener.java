// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

import dev.sluice.store.format.TraceStoreException;
import java.nio.file.Path;

/**
 * A way to open a trace's files. The class path offers such ways as services; the first that can be made is used for
 * all files. The store offers one by system calls, which needs JNA: the command always has that. Without JNA
 * {@link JdkFile} is used. Implementations are stateless: any thread.
 */
public interface FileOpener {
    /**
     * Opens a file without following a link, and without waiting where the way allows that.
     *
     * @throws TraceStoreException if it is no regular file, or may not be read
     */
    ReadOnlyFile open(Path file);
}
