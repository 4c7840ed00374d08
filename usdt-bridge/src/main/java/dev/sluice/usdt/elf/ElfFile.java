// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt.elf;

import static dev.sluice.usdt.elf.ElfConstants.CLASS_64;
import static dev.sluice.usdt.elf.ElfConstants.DATA_LITTLE;
import static dev.sluice.usdt.elf.ElfConstants.EHDR_SIZE;
import static dev.sluice.usdt.elf.ElfConstants.MAGIC;
import static dev.sluice.usdt.elf.ElfConstants.PHDR_SIZE;
import static dev.sluice.usdt.elf.ElfConstants.PN_XNUM;
import static dev.sluice.usdt.elf.ElfConstants.SHDR_SIZE;
import static dev.sluice.usdt.elf.ElfConstants.SHN_XINDEX;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;

/**
 * The tables of an ELF file, read piece by piece. The file may be hostile: every number in it is checked before use, a
 * piece is at most 64 KiB, and all pieces together cost no more than the budget. 64-bit little-endian files only. For
 * one thread.
 */
public final class ElfFile {
    private static final int PIECE_LENGTH = 64 << 10;
    private static final int NAMES_PIECE_LENGTH = 4 << 10;
    private static final int MAX_HEADERS = 1 << 20;

    private final FileChannel file;
    private final long size;
    private final ReadBudget budget;
    private final long sectionsAt;
    private final long sectionCount;
    private final long segmentsAt;
    private final long segmentCount;
    private final long namesAt;
    private final long namesLength;
    private ByteBuffer names = ByteBuffer.allocate(0);
    private long namesPieceAt;

    /** Takes one header of a table. */
    public interface Headers {
        /** Bytes of {@code table} from {@code at} on are the header; they are valid during the call. */
        void header(ByteBuffer table, int at) throws IOException;
    }

    /**
     * Reads the file header and what it points to.
     *
     * @param file the file; its position is neither used nor changed
     * @throws ElfFormatException if it is no such ELF file
     */
    public ElfFile(final FileChannel file, final ReadBudget budget) throws IOException {
        this.file = file;
        this.budget = budget;
        size = file.size();
        final ByteBuffer header = slice(0, EHDR_SIZE, EHDR_SIZE, "file header");
        if (header.getInt(0) != MAGIC || header.get(4) != CLASS_64 || header.get(5) != DATA_LITTLE) {
            throw ElfFormatException.foreign();
        }
        segmentsAt = header.getLong(32);
        sectionsAt = header.getLong(40);
        final int segments = unsigned(header, 56);
        final int sections = unsigned(header, 60);
        final int nameSection = unsigned(header, 62);
        final boolean isExtended =
            sections == 0 && sectionsAt != 0 || nameSection == SHN_XINDEX || segments == PN_XNUM;
        checkEntries(isExtended || sections > 0, unsigned(header, 58), SHDR_SIZE, "section headers");
        checkEntries(segments > 0, unsigned(header, 54), PHDR_SIZE, "program headers");
        // Numbers that do not fit into the file header are in the first section's header.
        final ByteBuffer first =
            isExtended ? slice(sectionsAt, SHDR_SIZE, SHDR_SIZE, "section headers") : ByteBuffer.allocate(SHDR_SIZE);
        sectionCount = sections == 0 ? first.getLong(32) : sections;
        segmentCount = segments == PN_XNUM && first.getInt(44) != 0 ? Integer.toUnsignedLong(first.getInt(44))
            : segments;
        checkTable(sectionsAt, sectionCount, SHDR_SIZE, "section headers");
        checkTable(segmentsAt, segmentCount, PHDR_SIZE, "program headers");
        final long nameIndex =
            nameSection == SHN_XINDEX ? Integer.toUnsignedLong(first.getInt(40)) : nameSection;
        if (sectionCount > 0 && nameIndex >= sectionCount) {
            throw new ElfFormatException("section headers: count=" + sectionCount + " names=" + nameIndex);
        }
        final ByteBuffer ofNames = sectionCount == 0 ? ByteBuffer.allocate(SHDR_SIZE)
            : slice(sectionsAt + nameIndex * SHDR_SIZE, SHDR_SIZE, SHDR_SIZE, "section headers");
        namesAt = ofNames.getLong(24);
        namesLength = ofNames.getLong(32);
        checkTable(namesAt, namesLength, 1, "section names");
    }

    private static int unsigned(final ByteBuffer header, final int at) {
        return Short.toUnsignedInt(header.getShort(at));
    }

    private static void checkEntries(final boolean hasAny, final int entrySize, final int expected, final String what)
        throws ElfFormatException {
        if (hasAny && entrySize != expected) {
            throw new ElfFormatException(what + ": entrySize=" + entrySize);
        }
    }

    private void checkTable(final long offset, final long count, final int entrySize, final String what)
        throws ElfFormatException {
        if (count < 0 || entrySize > 1 && count > MAX_HEADERS
            || count > 0 && (offset < 0 || count * entrySize > size || offset > size - count * entrySize)) {
            throw new ElfFormatException(what + ": offset=" + offset + " count=" + count + " file=" + size);
        }
    }

    /** Its length in bytes. */
    public long size() {
        return size;
    }

    /** Hands out each section's header, in order. */
    public void sections(final Headers to) throws IOException {
        table(sectionsAt, sectionCount, SHDR_SIZE, "section headers", to);
    }

    /** Hands out each segment's header, in order. */
    public void segments(final Headers to) throws IOException {
        table(segmentsAt, segmentCount, PHDR_SIZE, "program headers", to);
    }

    private void table(final long at, final long count, final int entrySize, final String what, final Headers to)
        throws IOException {
        final long perPiece = PIECE_LENGTH / entrySize;
        for (long done = 0; done < count; done += perPiece) {
            final long length = Math.min(perPiece, count - done) * entrySize;
            final ByteBuffer piece = slice(at + done * entrySize, length, PIECE_LENGTH, what);
            for (int entry = 0; entry < piece.capacity(); entry += entrySize) {
                to.header(piece, entry);
            }
        }
    }

    /** Whether the name at an offset in the table of section names is the wanted name. */
    public boolean isName(final long offset, final String wanted) throws IOException {
        final int length = wanted.length() + 1;
        if (offset < 0 || offset > namesLength - length) {
            return false;
        }
        final long distance = offset - namesPieceAt;
        if (distance < 0 || distance > names.capacity() - length) {
            names = slice(namesAt + offset, Math.min(NAMES_PIECE_LENGTH, namesLength - offset), NAMES_PIECE_LENGTH,
                "section names");
            namesPieceAt = offset;
        }
        final int at = (int) (offset - namesPieceAt);
        return names.get(at + wanted.length()) == 0
            && new String(names.array(), at, wanted.length(), StandardCharsets.ISO_8859_1).equals(wanted);
    }

    /**
     * A piece of the file.
     *
     * @param most the greatest length in bytes that the piece may have
     * @param what the piece is, for messages
     * @throws ElfFormatException if the file ends before the piece does, the piece is too long, or the budget is used
     *     up
     */
    public ByteBuffer slice(final long offset, final long length, final long most, final String what)
        throws IOException {
        if (offset < 0 || length < 0 || offset > size - length || length > most) {
            throw new ElfFormatException(what + ": offset=" + offset + " length=" + length + " most=" + most
                + " file=" + size);
        }
        budget.take(length);
        final ByteBuffer buffer = ByteBuffer.allocate((int) length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (file.read(buffer, offset + buffer.position()) < 0) {
                throw new ElfFormatException(what + ": the file ends inside; offset=" + offset + " length=" + length);
            }
        }
        return buffer;
    }
}
