// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.os.proc;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.UUID;

/** Tells which boot of the machine this is. Stateless: any thread. */
public final class BootId {
    private static final Path FILE = Path.of("/proc/sys/kernel/random/boot_id");

    private BootId() {
    }

    /**
     * Reads it.
     *
     * @throws IOException if the kernel does not show the id; the message says what can be done
     */
    public static UUID read() throws IOException {
        try {
            return UUID.fromString(Files.readString(FILE).trim());
        } catch (final IOException e) {
            throw new IOException("open(" + FILE + ") failed: "
                + (e instanceof NoSuchFileException ? "there is no such file"
                : e instanceof AccessDeniedException ? "permission denied" : e.getMessage())
                + "; where /proc is mounted with subset=pid, mount all of it", e);
        }
    }
}
