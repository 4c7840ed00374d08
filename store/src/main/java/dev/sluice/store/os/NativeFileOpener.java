// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.os;

import com.sun.jna.Native;
import dev.sluice.store.segment.FileOpener;
import dev.sluice.store.segment.ReadOnlyFile;
import java.nio.file.Path;

/** Opens files by system calls. It is found as a service if JNA is on the class path. */
public final class NativeFileOpener implements FileOpener {
    /** Fails if JNA is missing or does not work. */
    public NativeFileOpener() {
        if (Native.POINTER_SIZE != Long.BYTES) {
            throw new IllegalStateException("not a 64-bit JVM");
        }
    }

    @Override
    public ReadOnlyFile open(final Path file) {
        return new NativeFile(file);
    }

    @Override
    public boolean isWritten(final Path directory) {
        try {
            final int fd = FileCalls.open(FileCalls.NO_DIRECTORY, directory.toAbsolutePath().toString(),
                FileCalls.O_RDONLY | FileCalls.O_DIRECTORY);
            try {
                return FileCalls.isLockedElsewhere(fd);
            } finally {
                FileCalls.closeDescriptor(fd);
            }
        } catch (final FileCallException e) {
            return false;
        }
    }
}
