// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.segment;

import dev.sluice.ring.memory.Memory;
import dev.sluice.store.format.DocumentDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * Notes what a walk through a queue file finds, and writes this beside the file as its index. An index is written only
 * into a directory that belongs to the reader and to which nobody else may write; the directory is held open meanwhile.
 * The index is first written under another name, so that nobody reads an incomplete one. If the directory is another's,
 * or anything fails, no index is written. For one thread.
 */
public final class SegmentIndexRecorder implements SegmentWalk.Visitor {
    private static final int FIRST_LENGTH = 1 << 16;
    private static final int GREATEST_LENGTH = 1 << 20;

    private final SegmentFile segment;
    private final SegmentWalk.Visitor visitor;
    private final long changedNs;
    /**
     * The index in blocks, each filled up to its position: an array that grows would be there twice while it is
     * copied. The first block is allocated with the first document, because a directory may have thousands of files
     * without documents.
     */
    private final List<ByteBuffer> blocks = new ArrayList<>();
    private ByteBuffer last = ByteBuffer.allocate(0);
    private long memoryBytes;
    private int length = SegmentIndexDescriptor.LENGTH;
    private long count;
    /** Whether the file has something that an index cannot express, or the index would be too long. */
    private boolean isUnfit;

    /** Makes a recorder that passes everything on to another visitor. */
    public SegmentIndexRecorder(final SegmentFile segment, final SegmentWalk.Visitor visitor) {
        this.segment = segment;
        this.visitor = visitor;
        long changed = 0;
        try {
            changed = SegmentIndex.changedNs(segment.file());
        } catch (final IOException e) {
            isUnfit = true;
        }
        changedNs = changed;
    }

    @Override
    public void visit(final DocumentView document) {
        visitor.visit(document);
        if (!isUnfit) {
            add(document);
        }
    }

    private void add(final DocumentView document) {
        final int head = DocumentDescriptor.PAYLOAD_OFFSET;
        final int copied = SegmentIndex.hasHeader(document.kindCode(), document.payloadLength())
            ? head + SegmentIndexDescriptor.PACKET_LENGTH : head;
        if (length + Long.BYTES + copied > SegmentIndexDescriptor.MOST_BYTES || !document.load(copied)) {
            isUnfit = true;
            return;
        }
        if (Long.BYTES + copied > last.remaining()) {
            addBlock();
        }
        last.putLong(document.offset());
        last.put(Memory.getBytes(document.payloadAddress() - head, copied));
        length += Long.BYTES + copied;
        count++;
    }

    private void addBlock() {
        final boolean isFirst = blocks.isEmpty();
        last = ByteBuffer.allocate(Math.min(GREATEST_LENGTH, Math.max(FIRST_LENGTH, 2 * last.capacity())))
            .order(ByteOrder.LITTLE_ENDIAN);
        memoryBytes += last.capacity();
        blocks.add(last);
        if (isFirst) {
            last.position(SegmentIndexDescriptor.LENGTH);
        }
    }

    @Override
    public void damaged(final long offset, final DocumentView document, final String problem) {
        isUnfit = true;
        visitor.damaged(offset, document, problem);
    }

    @Override
    public boolean wantsMore() {
        return visitor.wantsMore();
    }

    /**
     * Whether the file is sound, has so many documents that an index saves time, and the notes fit into memory together
     * with others.
     *
     * @param otherBytes memory that the notes on other files take
     */
    public boolean isWorthKeeping(final long otherBytes) {
        return !isUnfit && count >= SegmentIndexDescriptor.LEAST_DOCUMENTS
            && otherBytes + memoryBytes <= SegmentIndexDescriptor.MOST_BYTES;
    }

    /** Bytes of memory that the notes take. */
    public long memoryBytes() {
        return memoryBytes;
    }

    /**
     * Writes the index beside the file. If that is not possible, the next reader walks the whole file again. Only for a
     * recorder that {@link #isWorthKeeping}, and once the whole trace turned out to be sound.
     */
    public void keep() {
        try {
            final Path directory = segment.file().toAbsolutePath().getParent();
            try (DirectoryStream<Path> opened = Files.newDirectoryStream(directory)) {
                if (opened instanceof SecureDirectoryStream<Path> held && isOwn(held)) {
                    write(held, SegmentIndex.path(segment.file()).getFileName());
                }
            }
        } catch (final IOException | UnsupportedOperationException e) {
            // Without the index, the next reading takes longer; nothing else is lost.
            isUnfit = true;
        }
    }

    private static boolean isOwn(final SecureDirectoryStream<Path> directory) throws IOException {
        final PosixFileAttributes attributes =
            directory.getFileAttributeView(PosixFileAttributeView.class).readAttributes();
        return attributes.owner().equals(Files.getOwner(Path.of("/proc/self")))
            && !attributes.permissions().contains(PosixFilePermission.GROUP_WRITE)
            && !attributes.permissions().contains(PosixFilePermission.OTHERS_WRITE);
    }

    private void write(final SecureDirectoryStream<Path> directory, final Path name) throws IOException {
        if (SegmentIndex.changedNs(segment.file()) != changedNs
            || Files.isSymbolicLink(segment.file())) {
            return;
        }
        final ByteBuffer view = blocks.get(0);
        view.putLong(SegmentIndexDescriptor.MAGIC_OFFSET, SegmentIndexDescriptor.MAGIC);
        view.putInt(SegmentIndexDescriptor.VERSION_OFFSET, SegmentIndexDescriptor.VERSION);
        view.putLong(SegmentIndexDescriptor.FILE_LENGTH_OFFSET, segment.source().length());
        view.putLong(SegmentIndexDescriptor.FILE_TIME_OFFSET, changedNs);
        view.putLong(SegmentIndexDescriptor.COUNT_OFFSET, count);
        final CRC32C crc = new CRC32C();
        for (final ByteBuffer block : blocks) {
            final ByteBuffer filled = block.duplicate().flip();
            crc.update(block == view ? filled.position(SegmentIndexDescriptor.FILE_LENGTH_OFFSET) : filled);
        }
        view.putInt(SegmentIndexDescriptor.CRC_OFFSET, (int) crc.getValue());
        final Path temporary = Path.of(name + "." + ProcessHandle.current().pid() + "." + System.nanoTime());
        final FileAttribute<Set<PosixFilePermission>> mode =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (SeekableByteChannel channel = directory.newByteChannel(temporary, Set.of(StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS), mode)) {
            for (final ByteBuffer block : blocks) {
                final ByteBuffer rest = block.duplicate().flip();
                while (rest.hasRemaining()) {
                    channel.write(rest);
                }
            }
            directory.move(temporary, directory, name);
        } catch (final IOException e) {
            remove(directory, temporary);
            throw e;
        }
    }

    private static void remove(final SecureDirectoryStream<Path> directory, final Path name) throws IOException {
        try {
            directory.deleteFile(name);
        } catch (final NoSuchFileException e) {
            // The temporary file was never created.
            return;
        }
    }
}
