// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt.find;

import static dev.sluice.usdt.elf.ElfConstants.PF_W;
import static dev.sluice.usdt.elf.ElfConstants.PF_X;
import static dev.sluice.usdt.elf.ElfConstants.PT_LOAD;
import static dev.sluice.usdt.elf.ElfConstants.SHT_NOTE;
import static dev.sluice.usdt.elf.ElfConstants.STAPSDT_BASE_SECTION;
import static dev.sluice.usdt.elf.ElfConstants.STAPSDT_OWNER;
import static dev.sluice.usdt.elf.ElfConstants.STAPSDT_SECTION;
import static dev.sluice.usdt.elf.ElfConstants.STAPSDT_TYPE;

import dev.sluice.os.OpenedFile;
import dev.sluice.os.proc.Problems;
import dev.sluice.usdt.elf.ElfFile;
import dev.sluice.usdt.elf.ElfFormatException;
import dev.sluice.usdt.elf.ReadBudget;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Reads the USDT probes that an ELF file declares. Reads headers and notes only, so a large file costs as little as a
 * small one. The file may be hostile: every number in it is checked before use, memory and work are bounded. A damaged
 * note is left out and reported; the others are still read.
 */
public final class ElfNotes {
    /** The greatest number of bytes that one look reads of all files together. */
    static final long MAX_READ_BYTES = 1L << 30;
    /** Probes of one file. */
    static final int MAX_NOTES = 50_000;

    private static final int MAX_NOTES_BYTES = 8 << 20;
    private static final int MAX_NOTE_SECTIONS = 256;
    private static final int MAX_SEGMENTS = 256;
    private static final int MAX_NAME_BYTES = 512;
    private static final int MAX_ARGUMENTS_BYTES = 4096;
    private static final int PAGE = 4096;
    private static final int NOTE_HEADER = 12;
    private static final int DESCRIPTION_HEADER = 24;
    private static final Pattern UNPRINTABLE = Pattern.compile("\\p{Cc}|\\p{Cf}|[\\u2028\\u2029]");

    private final ElfFile elf;
    private final List<Segment> segments = new ArrayList<>();
    private final List<Section> sections = new ArrayList<>();
    private final List<Note> notes = new ArrayList<>();
    private final Map<String, String> texts = new HashMap<>();
    private final Problems problems = new Problems();
    private long baseAddress;

    /**
     * One probe, as a file declares it.
     *
     * @param provider          its provider
     * @param name              its name
     * @param arguments         where its arguments are, in the note's own words; empty if it has none
     * @param siteOffset        the site's offset in the file
     * @param semaphoreOffset   the semaphore's offset in the file; 0 if it has none, {@link UsdtProbe#NOT_IN_FILE} if
     *                          it lies in memory that no page of the file is mapped to
     * @param semaphoreDistance from the site to the semaphore in memory, in bytes
     */
    public record Note(String provider, String name, String arguments, long siteOffset, long semaphoreOffset,
        long semaphoreDistance) {
    }

    /**
     * What was found in a file.
     *
     * @param notes    the probes, in the file's own order
     * @param problems what could not be read and why, one line each; only the first few problems are kept
     */
    public record Contents(List<Note> notes, List<String> problems) {
    }

    private record Segment(int flags, long offset, long address, long fileLength, long memoryLength) {
        boolean holds(final long wanted) {
            return Long.compareUnsigned(wanted, address) >= 0
                && Long.compareUnsigned(wanted - address, memoryLength) < 0;
        }

        /** Whether the address is in a page that contains a part of the file: such a page is mapped as a whole. */
        boolean hasPageOf(final long wanted) {
            final long end = offset + fileLength;
            return fileLength > 0 && wanted - address + offset < (end + PAGE - 1 & -PAGE);
        }
    }

    private record Section(long offset, long length) {
    }

    private ElfNotes(final ElfFile elf) {
        this.elf = elf;
    }

    /**
     * The probes of a file, in its own order. A note whose site or semaphore lies in no segment of the file, as a
     * linker leaves behind when it drops a function, is left out.
     *
     * @throws ElfFormatException if the file is no such ELF file
     * @throws IOException if the file cannot be read
     */
    public static Contents read(final Path path) throws IOException {
        try (OpenedFile file = OpenedFile.open(path)) {
            return read(file, new ReadBudget(MAX_READ_BYTES));
        }
    }

    /**
     * Reads as {@link #read(Path)} does, from a file that is open already, within a budget that several reads share.
     */
    static Contents read(final OpenedFile file, final ReadBudget budget) throws IOException {
        try (FileChannel channel = file.channel()) {
            return read(channel, budget);
        }
    }

    /** Reads as {@link #read(Path)} does, from an open file, whose position is neither used nor changed. */
    public static Contents read(final FileChannel file, final ReadBudget budget) throws IOException {
        final ElfNotes found = new ElfNotes(new ElfFile(file, budget));
        found.parse();
        return new Contents(List.copyOf(found.notes), found.problems.lines());
    }

    private void parse() throws IOException {
        elf.sections(this::findSection);
        if (sections.isEmpty()) {
            return;
        }
        elf.sections(this::findBase);
        elf.segments(this::addSegment);
        long left = MAX_NOTES_BYTES;
        for (final Section section : sections) {
            try {
                parseNotes(elf.slice(section.offset, section.length, left, "section " + STAPSDT_SECTION));
                left -= section.length;
            } catch (final ElfFormatException e) {
                problems.add(e.getMessage());
            }
        }
    }

    private void findSection(final ByteBuffer table, final int at) throws IOException {
        if (table.getInt(at + 4) == SHT_NOTE
            && elf.isName(Integer.toUnsignedLong(table.getInt(at)), STAPSDT_SECTION)) {
            if (sections.size() < MAX_NOTE_SECTIONS) {
                sections.add(new Section(table.getLong(at + 24), table.getLong(at + 32)));
            } else {
                problems.add("more than " + MAX_NOTE_SECTIONS + " sections " + STAPSDT_SECTION);
            }
        }
    }

    private void findBase(final ByteBuffer table, final int at) throws IOException {
        if (table.getInt(at + 4) != SHT_NOTE
            && elf.isName(Integer.toUnsignedLong(table.getInt(at)), STAPSDT_BASE_SECTION)) {
            baseAddress = table.getLong(at + 16);
        }
    }

    private void addSegment(final ByteBuffer table, final int at) {
        if (table.getInt(at) != PT_LOAD) {
            return;
        }
        final long offset = table.getLong(at + 8);
        final long fileLength = table.getLong(at + 32);
        final long memoryLength = table.getLong(at + 40);
        if (segments.size() == MAX_SEGMENTS) {
            problems.add("more than " + MAX_SEGMENTS + " loadable segments");
        } else if (offset < 0 || fileLength < 0 || offset > elf.size() - fileLength || memoryLength < fileLength) {
            problems.add("segment: offset=" + offset + " length=" + fileLength + " inMemory=" + memoryLength + " file="
                + elf.size());
        } else {
            segments.add(
                new Segment(table.getInt(at + 4), offset, table.getLong(at + 16), fileLength, memoryLength));
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
                // It is unknown where the next note begins.
                throw new ElfFormatException("note: at=" + at + " owner=" + ownerLength + " length=" + length
                    + " section=" + section.capacity());
            }
            final int ownerAt = at + NOTE_HEADER;
            final boolean ours = type == STAPSDT_TYPE && ownerLength == STAPSDT_OWNER.length() + 1
                && text(section, ownerAt, ownerAt + STAPSDT_OWNER.length()).equals(STAPSDT_OWNER);
            if (ours) {
                if (notes.size() == MAX_NOTES) {
                    throw new ElfFormatException("more than " + MAX_NOTES + " probes: the others are left out");
                }
                parseDescription(section, (int) description, (int) (description + length));
            }
            // The last note's padding may be missing.
            at = (int) Math.min(section.capacity(), description + align4(length));
        }
    }

    private void parseDescription(final ByteBuffer section, final int start, final int end) {
        if (end - start < DESCRIPTION_HEADER + 3) {
            problems.add("probe note: at=" + start + " length=" + (end - start) + " is too short");
            return;
        }
        final int providerEnd = textEnd(section, start + DESCRIPTION_HEADER, end, MAX_NAME_BYTES);
        final int nameEnd = providerEnd < 0 ? -1 : textEnd(section, providerEnd + 1, end, MAX_NAME_BYTES);
        final int argumentsEnd = nameEnd < 0 ? -1 : textEnd(section, nameEnd + 1, end, MAX_ARGUMENTS_BYTES);
        if (argumentsEnd < 0) {
            problems.add("probe note: at=" + start + " length=" + (end - start) + ": a text in it does not end, or is"
                + " too long");
            return;
        }
        final long noteBase = section.getLong(start + 8);
        // Prelink moves sections but does not change notes: the distance between the two bases says how far sections
        // were moved.
        final long moved = baseAddress == 0 || noteBase == 0 ? 0 : baseAddress - noteBase;
        final long site = section.getLong(start);
        final long semaphore = section.getLong(start + 16);
        final Segment code = segment(site + moved, PF_X);
        final Segment data = semaphore == 0 ? null : segment(semaphore + moved, PF_W);
        if (code == null || !code.hasPageOf(site + moved) || semaphore != 0 && data == null) {
            return;
        }
        notes.add(new Note(name(section, start + DESCRIPTION_HEADER, providerEnd),
            name(section, providerEnd + 1, nameEnd), name(section, nameEnd + 1, argumentsEnd),
            site + moved - code.address + code.offset, data == null ? 0 : semaphoreOffset(data, semaphore + moved),
            data == null ? 0 : semaphore - site));
    }

    private static long semaphoreOffset(final Segment data, final long address) {
        return data.hasPageOf(address) ? address - data.address + data.offset : UsdtProbe.NOT_IN_FILE;
    }

    private static int textEnd(final ByteBuffer section, final int start, final int limit, final int mostBytes) {
        for (int at = start; at < limit && at - start <= mostBytes; at++) {
            if (section.get(at) == 0) {
                return at;
            }
        }
        return -1;
    }

    /** The segment with this permission that has an address; null if there is none. */
    private Segment segment(final long address, final int permission) {
        for (final Segment segment : segments) {
            if ((segment.flags & permission) != 0 && segment.holds(address)) {
                return segment;
            }
        }
        return null;
    }

    /** A text of a note. Each distinct text is kept once, because files contain the same few texts again and again. */
    private String name(final ByteBuffer section, final int start, final int end) {
        return texts.computeIfAbsent(printable(text(section, start, end)), text -> text);
    }

    private static String text(final ByteBuffer bytes, final int start, final int end) {
        return new String(bytes.array(), start, end - start, StandardCharsets.UTF_8);
    }

    /** Names may be printed on terminals: characters that could control a terminal are replaced. */
    private static String printable(final String text) {
        return UNPRINTABLE.matcher(text).replaceAll("\uFFFD");
    }

    private static long align4(final long length) {
        return length + 3 & ~3L;
    }
}
