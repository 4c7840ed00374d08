// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.scene;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * How long the calling thread has waited for a processor, as the kernel counts it (the second number of
 * /proc/thread-self/schedstat, Documentation/scheduler/sched-stats.rst). A test that says how long a call may take on a
 * machine with other work takes that off. For the thread that has made it.
 */
final class QueuedTime {
    /** The file is read again when its last reading is as old as this. */
    private static final long AGE_NS = 10_000_000;

    private final FileChannel file;
    private final ByteBuffer bytes = ByteBuffer.allocateDirect(128);
    private long readNs;
    private long queuedNs;

    QueuedTime() {
        try {
            file = FileChannel.open(Path.of("/proc/thread-self/schedstat"));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        queuedNs = read();
        readNs = System.nanoTime();
    }

    /** To be called before something that is measured. */
    void begin(final long nowNs) {
        if (nowNs - readNs >= AGE_NS) {
            queuedNs = read();
            readNs = nowNs;
        }
    }

    /** How long the thread has waited since the last {@link #begin}, or for at most 10 ms before that too, ns. */
    long sinceBeginNs() {
        return read() - queuedNs;
    }

    private long read() {
        bytes.clear();
        try {
            file.read(bytes, 0);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        bytes.flip();
        return Long.parseLong(StandardCharsets.US_ASCII.decode(bytes).toString().split(" ")[1]);
    }
}
