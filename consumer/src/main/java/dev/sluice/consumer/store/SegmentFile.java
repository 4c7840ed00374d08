// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.consumer.store;

import dev.sluice.ring.Memory;
import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.BufferUtil;

/**
 * One queue file of a trace, mapped for reading, and the walk over its documents. It reads the queue's framing by
 * itself (a 4-byte word before each document: length, a bit for the queue's own documents, a bit for incomplete ones)
 * because the file is not trusted: the queue's own reader makes objects of classes that the file names and follows its
 * offsets unchecked. A test holds both readers against each other.
 * <p>
 * The mapping lives as long as this object is reachable, so no address of it can dangle while a flyweight refers here.
 * Immutable: any thread. A file that is truncated by someone while it is read ends in an InternalError.
 */
final class SegmentFile {
    private static final int NOT_COMPLETE = 0x8000_0000;
    private static final int META = 0x4000_0000;
    private static final int LENGTH_MASK = 0x3FFF_FFFF;
    private static final long STRIDE = 1L << 30;

    private final Path file;
    private final long length;
    /** Each begins at a multiple of the stride and reaches into the next, so that every document lies in one. */
    private final MappedByteBuffer[] pieces;
    private final long[] addresses;

    SegmentFile(final Path file) {
        this.file = file;
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            length = channel.size();
            pieces = new MappedByteBuffer[(int) ((length + STRIDE - 1) / STRIDE)];
            addresses = new long[pieces.length];
            for (int i = 0; i < pieces.length; i++) {
                final long begin = i * STRIDE;
                final long end = Math.min(length, begin + STRIDE + DocumentDescriptor.MAX_LENGTH);
                pieces[i] = channel.map(FileChannel.MapMode.READ_ONLY, begin, end - begin);
                addresses[i] = BufferUtil.address(pieces[i]);
            }
        } catch (final IOException e) {
            throw new TraceStoreException("cannot map the trace's file: file=" + file + ": " + e, e);
        }
    }

    Path file() {
        return file;
    }

    /** Address of an offset that {@link #walk} has given, good for the whole document. */
    long address(final long offset) {
        return addresses[(int) (offset / STRIDE)] + offset % STRIDE;
    }

    /** Is told where each document is. */
    interface Visitor {
        /** A document's place; false ends the walk. */
        boolean visit(long offset, int lengthBytes);
    }

    /**
     * Visits all complete documents in order, not the queue's own. Ends at the first word that is zero or marks an
     * incomplete document: nothing was ever written behind that.
     *
     * @return false if the last document is incomplete: its writer was killed, or is still at it
     */
    boolean walk(final Visitor visitor) {
        long offset = 0;
        while (offset + Integer.BYTES <= length) {
            final int word = Memory.getInt(address(offset));
            if (word == 0 || word == (NOT_COMPLETE | META)) {
                return true;
            }
            if ((word & NOT_COMPLETE) != 0) {
                return false;
            }
            final int documentLength = word & LENGTH_MASK;
            final long begin = offset + Integer.BYTES;
            if (begin + documentLength > length) {
                throw new TraceStoreException("the file is cut off: file=" + file + " length=" + length
                    + " document at=" + begin + " length=" + documentLength + "; copy the trace again");
            }
            if ((word & META) == 0) {
                if (documentLength > DocumentDescriptor.MAX_LENGTH) {
                    throw new TraceStoreException("not a trace of Sluice, or damaged: file=" + file + " document at="
                        + begin + " length=" + documentLength);
                }
                if (!visitor.visit(begin, documentLength)) {
                    return true;
                }
            }
            offset = begin + documentLength + 3 & -4L;
        }
        return true;
    }
}
