// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.write;

import dev.sluice.store.format.DocumentDescriptor;
import dev.sluice.store.format.TraceInfo;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.queue.rollcycles.SparseRollCycles;
import net.openhft.chronicle.wire.DocumentContext;

/**
 * The file of a new Chronicle Queue, made by Chronicle with its first document in it. Whatever comes behind is written
 * to the file without Chronicle ({@link Segment} says why). Immutable.
 *
 * @param name  of the file in its folder
 * @param begin offset of the first document's length word
 * @param end   offset behind the first document: of the next length word, which is still zero
 */
record NewQueueFile(String name, long begin, long end) {
    // 1. The queue rolls to another file by the clock alone. Its clock is therefore stopped at the trace's begin: a
    //    segment is one file however long the recording takes.
    // 2. With the sparse cycle the queue's own index costs 32 KiB a segment; our reader does not need it.

    /** What Chronicle maps of the file at a time; it makes the file so long at once, without taking space for it. */
    private static final long BLOCK_LENGTH = 1L << 20;

    static {
        ChronicleStart.withoutSystemCalls();
        ChronicleStart.withoutFiles();
    }

    /** Bytes of the first document, which depend on where it lies. For one call. */
    interface FirstDocument {
        byte[] at(long offset);
    }

    /**
     * Makes the file. What Chronicle has mapped is let go before this returns.
     *
     * @throws RuntimeException or InternalError, if Chronicle or the disk fails
     */
    static NewQueueFile make(final SegmentFolder folder, final TraceInfo info, final FirstDocument document) {
        try (SingleChronicleQueue queue = SingleChronicleQueueBuilder.binary(folder.held())
            .rollCycle(SparseRollCycles.LARGE_HOURLY_XSPARSE)
            .timeProvider(new StoppedClock(info.createdRealtimeNs() / 1_000_000))
            .blockSize(BLOCK_LENGTH)
            .checkInterrupts(false)
            .build();
            ExcerptAppender appender = queue.createAppender()) {
            final long begin;
            final long end;
            try (DocumentContext context = appender.writingDocument()) {
                final Bytes<?> bytes = context.wire().bytes();
                begin = bytes.writePosition() - DocumentDescriptor.QUEUE_WORD_LENGTH;
                bytes.write(document.at(bytes.writePosition()));
                end = bytes.writePosition();
            }
            return new NewQueueFile(appender.currentFile().getName(), begin, end);
        }
    }
}
