// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.rivals;

import dev.sluice.bench.fire.EventClock;
import dev.sluice.bench.fire.FirePath;
import dev.sluice.bench.fire.Stored;
import dev.sluice.bench.fire.Tally;
import java.io.IOException;
import java.nio.file.Path;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ChronicleQueue;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.wire.DocumentContext;

/** A document of Chronicle Queue for each event, in a mapped file; afterwards each is read back. */
public final class ChroniclePath implements FirePath {
    /** Of a document. */
    private static final long HEADER = Integer.BYTES;
    private static final long ALIGNMENT = Integer.BYTES;

    private ChronicleQueue queue;
    private ExcerptAppender appender;
    /** Of the documents that were read: the file is longer than what it has, and sparse. */
    private long storedBytes;

    @Override
    public void open(final Path directory) {
        queue = ChronicleQueue.singleBuilder(directory.resolve("queue")).build();
        appender = queue.createAppender();
    }

    @Override
    public long fire(final long a, final long b) {
        try (DocumentContext document = appender.writingDocument()) {
            document.wire().bytes().writeLong(EventClock.now()).writeLong(a).writeLong(b);
        }
        return a + b;
    }

    @Override
    public Stored finish(final long fired) {
        final Tally tally = new Tally();
        try (ExcerptTailer tailer = queue.createTailer()) {
            while (read(tailer, tally)) {
                continue;
            }
        }
        return tally.stored(fired, "documents read from the queue").onDisk(storedBytes);
    }

    private boolean read(final ExcerptTailer tailer, final Tally tally) {
        try (DocumentContext document = tailer.readingDocument()) {
            if (document.isPresent()) {
                final Bytes<?> bytes = document.wire().bytes();
                storedBytes += HEADER + (bytes.readRemaining() + ALIGNMENT - 1 & -ALIGNMENT);
                bytes.readLong();
                tally.add(bytes.readLong(), bytes.readLong());
            }
            return document.isPresent();
        }
    }

    @Override
    public void close() throws IOException {
        if (queue != null) {
            appender.close();
            queue.close();
        }
    }
}
