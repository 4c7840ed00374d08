// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import static dev.sluice.usdt.ElfConstants.CLASS_64;
import static dev.sluice.usdt.ElfConstants.DATA_LITTLE;
import static dev.sluice.usdt.ElfConstants.EHDR_SIZE;
import static dev.sluice.usdt.ElfConstants.MAGIC;
import static dev.sluice.usdt.ElfConstants.PF_W;
import static dev.sluice.usdt.ElfConstants.PF_X;
import static dev.sluice.usdt.ElfConstants.PHDR_SIZE;
import static dev.sluice.usdt.ElfConstants.PT_LOAD;
import static dev.sluice.usdt.ElfConstants.SHDR_SIZE;
import static dev.sluice.usdt.ElfConstants.SHT_NOTE;
import static dev.sluice.usdt.ElfConstants.STAPSDT_BASE_SECTION;
import static dev.sluice.usdt.ElfConstants.STAPSDT_OWNER;
import static dev.sluice.usdt.ElfConstants.STAPSDT_SECTION;
import static dev.sluice.usdt.ElfConstants.STAPSDT_TYPE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the USDT probes that an ELF file declares. Reads headers and notes only, so a large file costs as little as a
 * small one. The file may be hostile: every number in it is checked before use, memory and work are bounded, and the
 * only outcomes are a list and an {@link ElfFormatException}. 64-bit little-endian files only.
 */
public final class ElfNotes {
    private static final int MAX_NAMES_BYTES = 1 << 20;
    private static final int MAX_NOTES_BYTES = 4 << 20;
    private static final int MAX_SEGMENTS = 256;
    private static final int MAX_NOTES = 100_000;
    private static final int NOTE_HEADER = 12;
    private static final int DESCRIPTION_HEADER = 24;

    private final FileChannel file;
    private final long size;
    private final List<Segment> segments = new ArrayList<>();
    private final List<Note> notes = new ArrayList<>();
    private long baseAddress;

    /**
     * One probe, as a file declares it.
     *
     * @param provider        its provider
     * @param name            its name
     * @param arguments       where its arguments are, in the note's own words; empty if it has none
     * @param siteOffset      the site's offset in the file
     * @param semaphoreOffset the semaphore's offset in the file; 0 if it has none
     */
    public record Note(String provider, String name, String arguments, long siteOffset, long semaphoreOffset) {
    }

    private record Segment(int flags, long offset, long address, long length) {
        boolean holds(final long wanted) {
            return Long.compareUnsigned(wanted, address) >= 0 && Long.compareUnsigned(wanted - address, length) < 0;
        }
    }

    private record Section(int type, String name, long address, long offset, long length) {
    }

    private ElfNotes(final FileChannel file) throws IOException {
        this.file = file;
        this.size = file.size();
    }

    /**
     * The probes of a file, in its own order. A note whose site or semaphore lies in no segment of the file, as a
     * linker leaves behind when it drops a function, is left out.
     *
     * @throws ElfFormatException if it is no such ELF file, or is damaged
     * @throws IOException        if it cannot be read
     */
    public static List<Note> read(final Path path) throws IOException {
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
            return read(file);
        }
    }

    /** As {@link #read(Path)}, from an open file; its position is neither used nor changed. */
    static List<Note> read(final FileChannel file) throws IOException {
        final ElfNotes elf = new ElfNotes(file);
        elf.parse();
        return List.copyOf(elf.notes);
    }

    private void parse() throws IOException {
        final ByteBuffer header = slice(0, EHDR_SIZE, EHDR_SIZE, "file header");
        if (header.getInt(0) != MAGIC || header.get(4) != CLASS_64 || header.get(5) != DATA_LITTLE) {
            throw new ElfFormatException("not a 64-bit little-endian ELF file");
        }
        final List<Section> sections = sections(header);
        boolean found = false;
        for (final Section section : sections) {
            found |= isNotes(section);
            if (section.name.equals(STAPSDT_BASE_SECTION)) {
                baseAddress = section.address;
            }
        }
        if (found) {
            readSegments(header);
            long left = MAX_NOTES_BYTES;
            for (final Section section : sections) {
                if (isNotes(section)) {
                    parseNotes(slice(section.offset, section.length, left, "section " + section.name));
                    left -= section.length;
                }
            }
        }
    }

    private static boolean isNotes(final Section section) {
        return section.type == SHT_NOTE && section.name.equals(STAPSDT_SECTION);
    }

    private List<Section> sections(final ByteBuffer header) throws IOException {
        final int count = Short.toUnsignedInt(header.getShort(60));
        final int nameIndex = Short.toUnsignedInt(header.getShort(62));
        final List<Section> sections = new ArrayList<>();
        if (count == 0) {
            return sections;
        }
        if (header.getShort(58) != SHDR_SIZE || nameIndex >= count) {
            throw new ElfFormatException("section headers: entrySize=" + header.getShort(58) + " count=" + count
                + " names=" + nameIndex);
        }
        final ByteBuffer table =
            slice(header.getLong(40), (long) count * SHDR_SIZE, Long.MAX_VALUE, "section headers");
        final int namesAt = nameIndex * SHDR_SIZE;
        final ByteBuffer names =
            slice(table.getLong(namesAt + 24), table.getLong(namesAt + 32), MAX_NAMES_BYTES, "section names");
        for (int at = 0; at < table.capacity(); at += SHDR_SIZE) {
            // Only two names matter, and both are short: a hostile table of long names costs nothing.
            final String name = sectionName(names, table.getInt(at));
            if (name.equals(STAPSDT_SECTION) || name.equals(STAPSDT_BASE_SECTION)) {
                sections.add(new Section(table.getInt(at + 4), name, table.getLong(at + 16), table.getLong(at + 24),
                    table.getLong(at + 32)));
            }
        }
        return sections;
    }

    private static String sectionName(final ByteBuffer names, final int offset) throws ElfFormatException {
        if (offset < 0 || offset >= names.capacity()) {
            throw new ElfFormatException("section name: offset=" + offset + " length=" + names.capacity());
        }
        final int limit = Math.min(names.capacity(), offset + STAPSDT_SECTION.length() + 1);
        int end = offset;
        while (end < limit && names.get(end) != 0) {
            end++;
        }
        return text(names, offset, end);
    }

    private void readSegments(final ByteBuffer header) throws IOException {
        final int count = Short.toUnsignedInt(header.getShort(56));
        if (count > 0 && header.getShort(54) != PHDR_SIZE) {
            throw new ElfFormatException("program headers: entrySize=" + header.getShort(54) + " count=" + count);
        }
        final ByteBuffer table =
            slice(header.getLong(32), (long) count * PHDR_SIZE, Long.MAX_VALUE, "program headers");
        for (int at = 0; at < table.capacity(); at += PHDR_SIZE) {
            if (table.getInt(at) == PT_LOAD) {
                if (segments.size() == MAX_SEGMENTS) {
                    throw new ElfFormatException("more than " + MAX_SEGMENTS + " loadable segments");
                }
                final long offset = table.getLong(at + 8);
                final long length = table.getLong(at + 32);
                if (offset < 0 || length < 0 || offset > size - length) {
                    throw new ElfFormatException("segment: offset=" + offset + " length=" + length + " file=" + size);
                }
                segments.add(new Segment(table.getInt(at + 4), offset, table.getLong(at + 16), length));
            }
        }
    }

    private void parseNotes(final ByteBuffer section) throws ElfFormatException {
        int at = 0;
        while (section.capacity() - at >= NOTE_HEADER) {
            final long ownerLength = Integer.toUnsignedLong(section.getInt(at));
            final long length = Integer.toUnsignedLong(section.getInt(at + 4));
            final int type = section.getInt(at + 8);
            final long description = at + NOTE_HEADER + align4(ownerLength);
            if (description > section.capacity() || length > section.capacity() - description) {
                throw new ElfFormatException("note: at=" + at + " owner=" + ownerLength + " length=" + length
                    + " section=" + section.capacity());
            }
            final int ownerAt = at + NOTE_HEADER;
            final boolean ours = type == STAPSDT_TYPE && ownerLength == STAPSDT_OWNER.length() + 1
                && text(section, ownerAt, ownerAt + STAPSDT_OWNER.length()).equals(STAPSDT_OWNER);
            if (ours) {
                parseDescription(section, (int) description, (int) (description + length));
            }
            // The last note's padding may be missing.
            at = (int) Math.min(section.capacity(), description + align4(length));
        }
    }

    private void parseDescription(final ByteBuffer section, final int start, final int end) throws ElfFormatException {
        if (end - start < DESCRIPTION_HEADER + 3) {
            throw new ElfFormatException("probe note: at=" + start + " length=" + (end - start) + " is too short");
        }
        final long noteBase = section.getLong(start + 8);
        // Prelink moves sections and leaves notes alone: the distance between both bases says by how much.
        final long moved = baseAddress == 0 || noteBase == 0 ? 0 : baseAddress - noteBase;
        final int providerEnd = textEnd(section, start + DESCRIPTION_HEADER, end);
        final int nameEnd = textEnd(section, providerEnd + 1, end);
        final int argumentsEnd = textEnd(section, nameEnd + 1, end);
        final long semaphore = section.getLong(start + 16);
        final long siteOffset = fileOffset(section.getLong(start) + moved, PF_X);
        final long semaphoreOffset = semaphore == 0 ? 0 : fileOffset(semaphore + moved, PF_W);
        if (siteOffset >= 0 && semaphoreOffset >= 0) {
            if (notes.size() == MAX_NOTES) {
                throw new ElfFormatException("more than " + MAX_NOTES + " probes");
            }
            notes.add(new Note(printable(text(section, start + DESCRIPTION_HEADER, providerEnd)),
                printable(text(section, providerEnd + 1, nameEnd)),
                printable(text(section, nameEnd + 1, argumentsEnd)), siteOffset, semaphoreOffset));
        }
    }

    private static int textEnd(final ByteBuffer section, final int start, final int limit) throws ElfFormatException {
        for (int at = start; at < limit; at++) {
            if (section.get(at) == 0) {
                return at;
            }
        }
        throw new ElfFormatException("probe note: the text at=" + start + " does not end before " + limit);
    }

    /** The offset of an address in the file; -1 if no segment with this permission has it. */
    private long fileOffset(final long address, final int permission) {
        for (final Segment segment : segments) {
            if ((segment.flags & permission) != 0 && segment.holds(address)) {
                return address - segment.address + segment.offset;
            }
        }
        return -1;
    }

    private ByteBuffer slice(final long offset, final long length, final long most, final String what)
        throws IOException {
        if (offset < 0 || length < 0 || offset > size - length || length > most || length > Integer.MAX_VALUE) {
            throw new ElfFormatException(what + ": offset=" + offset + " length=" + length + " most=" + most
                + " file=" + size);
        }
        final ByteBuffer buffer = ByteBuffer.allocate((int) length).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (file.read(buffer, offset + buffer.position()) < 0) {
                throw new ElfFormatException(what + ": the file ends inside; offset=" + offset + " length=" + length);
            }
        }
        return buffer;
    }

    private static String text(final ByteBuffer bytes, final int start, final int end) {
        return new String(bytes.array(), start, end - start, StandardCharsets.UTF_8);
    }

    /** Names end on terminals: what could steer one is replaced. */
    private static String printable(final String text) {
        return text.replaceAll("\\p{Cntrl}|\\p{IsCf}", "\uFFFD");
    }

    private static long align4(final long length) {
        return length + 3 & ~3L;
    }
}
