// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

import dev.sluice.ring.memory.Memory;
import dev.sluice.store.format.DocumentDescriptor;
import dev.sluice.store.format.DocumentKind;
import dev.sluice.store.format.TraceStoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;

/**
 * The index of a queue file, which is read instead of walking through the file. The index is never trusted. It must
 * have the same owner as the file; it must be made for a file of exactly this length and time of change; its checksum
 * must fit; its documents must lie in the file one after another; and some documents, chosen by chance, are compared
 * with the file. If any of this fails, the index is ignored. Only the headers of packets are taken from it. A reader of
 * a packet still checks the packet itself, and that it is the packet that the index describes. For one thread.
 */
public final class SegmentIndex {
    private static final SecureRandom RANDOM = new SecureRandom();
    /** About one in so many documents is compared with the file, and always the first and the last. */
    private static final int SAMPLE = 256;

    private final SegmentFile segment;
    private final DocumentBuffer content = new DocumentBuffer(0);
    private final long address;
    private final int length;
    private final long count;

    private SegmentIndex(final SegmentFile segment, final long address, final int length, final long count,
        final DocumentBuffer content) {
        this.segment = segment;
        this.address = address;
        this.length = length;
        this.count = count;
        this.content.take(content);
    }

    /** The index of a file, or null if there is no index that can be used. */
    public static SegmentIndex of(final SegmentFile segment) {
        try {
            return read(segment);
        } catch (final IOException | TraceStoreException e) {
            // The trace itself has all that the index could say.
            return null;
        }
    }

    static Path path(final Path file) {
        return file.resolveSibling(file.getFileName() + SegmentIndexDescriptor.SUFFIX);
    }

    /** When a file was changed last, in ns since 1970. */
    static long changedNs(final Path file) throws IOException {
        return Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).to(TimeUnit.NANOSECONDS);
    }

    private static SegmentIndex read(final SegmentFile segment) throws IOException {
        final Path path = path(segment.file());
        if (!Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)
            || !Files.getOwner(path, LinkOption.NOFOLLOW_LINKS)
                .equals(Files.getOwner(segment.file(), LinkOption.NOFOLLOW_LINKS))) {
            return null;
        }
        final ReadOnlyFile file = ReadOnlyFile.open(path);
        if (file.length() < SegmentIndexDescriptor.LENGTH || file.length() > SegmentIndexDescriptor.MOST_BYTES) {
            return null;
        }
        final int length = (int) file.length();
        final DocumentBuffer content = new DocumentBuffer(0);
        final long address = content.load(file, 0, length);
        if (address == 0 || Memory.getLong(address + SegmentIndexDescriptor.MAGIC_OFFSET)
            != SegmentIndexDescriptor.MAGIC
            || Memory.getInt(address + SegmentIndexDescriptor.VERSION_OFFSET) != SegmentIndexDescriptor.VERSION
            || Memory.getLong(address + SegmentIndexDescriptor.FILE_LENGTH_OFFSET) != segment.source().length()
            || Memory.getLong(address + SegmentIndexDescriptor.FILE_TIME_OFFSET) != changedNs(segment.file())
            || content.checksum(address + SegmentIndexDescriptor.FILE_LENGTH_OFFSET,
                length - SegmentIndexDescriptor.FILE_LENGTH_OFFSET)
                != Memory.getInt(address + SegmentIndexDescriptor.CRC_OFFSET)) {
            return null;
        }
        final SegmentIndex index = new SegmentIndex(segment, address, length,
            Memory.getLong(address + SegmentIndexDescriptor.COUNT_OFFSET), content);
        return index.isSound() ? index : null;
    }

    private boolean isSound() {
        final DocumentBuffer buffer = new DocumentBuffer(0);
        final long fileLength = segment.source().length();
        long at = address + SegmentIndexDescriptor.LENGTH;
        final long end = address + length;
        long behind = 0;
        for (long i = 0; i < count; i++) {
            if (end - at < SegmentIndexDescriptor.ENTRY_LENGTH || end - at < entryLength(at)) {
                return false;
            }
            final long offset = Memory.getLong(at);
            final int documentLength = documentLength(at);
            if (offset < behind || documentLength < DocumentDescriptor.PAYLOAD_OFFSET
                || documentLength > DocumentDescriptor.MAX_LENGTH || offset > fileLength - documentLength
                || !fits(at, documentLength)) {
                return false;
            }
            if ((i == 0 || i == count - 1 || RANDOM.nextInt(SAMPLE) == 0) && !isAsInFile(buffer, at)) {
                return false;
            }
            behind = offset + documentLength;
            at += entryLength(at);
        }
        return at == end && count > 0;
    }

    /** Whether the payload fills the document, but for its padding; {@link SegmentWalk} asks the same. */
    private static boolean fits(final long at, final int documentLength) {
        final long padding = (long) documentLength - DocumentDescriptor.PAYLOAD_OFFSET - payloadLength(at);
        return payloadLength(at) >= 0 && padding >= 0 && padding < Long.BYTES;
    }

    private boolean isAsInFile(final DocumentBuffer buffer, final long at) {
        final int compared = entryLength(at) - Long.BYTES;
        final long inFile = buffer.load(segment.source(), Memory.getLong(at), compared);
        for (int i = 0; i < compared && inFile != 0; i++) {
            if (Memory.getByte(inFile + i) != Memory.getByte(at + Long.BYTES + i)) {
                return false;
            }
        }
        return inFile != 0;
    }

    private static int documentLength(final long at) {
        return Memory.getInt(at + Long.BYTES + DocumentDescriptor.LENGTH_OFFSET);
    }

    private static int payloadLength(final long at) {
        return Memory.getInt(at + Long.BYTES + DocumentDescriptor.PAYLOAD_LENGTH_OFFSET);
    }

    private static int entryLength(final long at) {
        final int kind = Short.toUnsignedInt(Memory.getShort(at + Long.BYTES + DocumentDescriptor.KIND_OFFSET));
        return SegmentIndexDescriptor.ENTRY_LENGTH + (hasHeader(kind, payloadLength(at))
            ? SegmentIndexDescriptor.PACKET_LENGTH : 0);
    }

    static boolean hasHeader(final int kind, final int payloadLength) {
        return kind == DocumentKind.PACKET.code() && payloadLength >= SegmentIndexDescriptor.PACKET_LENGTH;
    }

    /** Passes all documents to a visitor, as {@link SegmentWalk#run} does. */
    public void visit(final SegmentWalk.Visitor visitor) {
        final DocumentBuffer buffer = new DocumentBuffer(0);
        final DocumentView document = new DocumentView();
        long at = address + SegmentIndexDescriptor.LENGTH;
        for (long i = 0; i < count && visitor.wantsMore(); i++) {
            final int entryLength = entryLength(at);
            visitor.visit(document.known(segment, buffer, Memory.getLong(at), documentLength(at), at + Long.BYTES,
                entryLength - Long.BYTES));
            at += entryLength;
        }
        buffer.free();
        content.free();
    }
}
