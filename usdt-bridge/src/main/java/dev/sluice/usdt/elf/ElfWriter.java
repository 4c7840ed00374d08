// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt.elf;

import static dev.sluice.usdt.elf.ElfConstants.CLASS_64;
import static dev.sluice.usdt.elf.ElfConstants.DATA_LITTLE;
import static dev.sluice.usdt.elf.ElfConstants.EHDR_SIZE;
import static dev.sluice.usdt.elf.ElfConstants.ET_DYN;
import static dev.sluice.usdt.elf.ElfConstants.MAGIC;
import static dev.sluice.usdt.elf.ElfConstants.PF_R;
import static dev.sluice.usdt.elf.ElfConstants.PF_W;
import static dev.sluice.usdt.elf.ElfConstants.PF_X;
import static dev.sluice.usdt.elf.ElfConstants.PHDR_SIZE;
import static dev.sluice.usdt.elf.ElfConstants.PT_DYNAMIC;
import static dev.sluice.usdt.elf.ElfConstants.PT_GNU_STACK;
import static dev.sluice.usdt.elf.ElfConstants.PT_LOAD;
import static dev.sluice.usdt.elf.ElfConstants.PT_NOTE;
import static dev.sluice.usdt.elf.ElfConstants.SHDR_SIZE;
import static dev.sluice.usdt.elf.ElfConstants.SHF_ALLOC;
import static dev.sluice.usdt.elf.ElfConstants.SHF_WRITE;
import static dev.sluice.usdt.elf.ElfConstants.SHT_DYNAMIC;
import static dev.sluice.usdt.elf.ElfConstants.SHT_NOTE;
import static dev.sluice.usdt.elf.ElfConstants.SHT_STRTAB;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Lays sections out as a shared object and writes it. Two loadable segments: everything up to the first writable
 * section is mapped readable and executable, the others follow on a page of their own. An address always equals the
 * offset in the file, so readers that confuse the two still read the right bytes.
 */
public final class ElfWriter {
    private static final int WORD = 8;

    private final int machine;
    private final int pageSize;
    private final List<Section> sections = new ArrayList<>();

    public ElfWriter(final int machine, final int pageSize) {
        this.machine = machine;
        this.pageSize = pageSize;
        add(new Section("", 0, 0, 1, () -> new byte[0]));
    }

    /**
     * A section. The code that makes its content may ask any section for its offset, but the content's length must not
     * depend on the answer.
     */
    public static final class Section {
        final String name;
        final int type;
        final int flags;
        final int alignment;
        private final Supplier<byte[]> content;
        private int index;
        private int offset;
        private int length;
        private int entrySize;
        private Section link;
        private int info;

        public Section(final String name, final int type, final int flags, final int alignment,
            final Supplier<byte[]> content) {
            this.name = name;
            this.type = type;
            this.flags = flags;
            this.alignment = alignment;
            this.content = content;
        }

        /** A table of fixed-size entries that refers to another section. */
        public Section table(final int entryBytes, final Section linked, final int headerInfo) {
            entrySize = entryBytes;
            link = linked;
            info = headerInfo;
            return this;
        }

        /** File offset, and address within the loaded object. */
        public int offset() {
            return offset;
        }

        public int length() {
            return length;
        }

        public int index() {
            return index;
        }
    }

    /** Adds a section. The loaded sections from the first writable section on share the writable segment. */
    public Section add(final Section section) {
        section.index = sections.size();
        sections.add(section);
        return section;
    }

    public byte[] write() {
        final Bytes names = new Bytes();
        final List<Integer> nameOffsets = new ArrayList<>();
        final Section nameTable = add(new Section(".shstrtab", SHT_STRTAB, 0, 1, names::toArray));
        for (final Section section : sections) {
            nameOffsets.add(names.size());
            names.text(section.name);
        }
        final int programHeaders = programHeaderCount();
        place(EHDR_SIZE + programHeaders * PHDR_SIZE);

        final Bytes out = new Bytes();
        final int end = nameTable.offset + nameTable.length;
        final int sectionHeaders = (end + WORD - 1) / WORD * WORD;
        writeHeader(out, programHeaders, sectionHeaders, nameTable.index);
        writeProgramHeaders(out);
        for (final Section section : sections.subList(1, sections.size())) {
            pad(out, section.offset);
            out.put(section.content.get());
        }
        pad(out, sectionHeaders);
        for (final Section section : sections) {
            writeSectionHeader(out, section, nameOffsets.get(section.index));
        }
        return out.toArray();
    }

    private void place(final int headerEnd) {
        int offset = headerEnd;
        boolean writable = false;
        for (final Section section : sections.subList(1, sections.size())) {
            int alignment = section.alignment;
            if (!writable && (section.flags & SHF_WRITE) != 0) {
                writable = true;
                alignment = pageSize;
            }
            offset = (offset + alignment - 1) / alignment * alignment;
            section.offset = offset;
            section.length = section.content.get().length;
            offset += section.length;
        }
    }

    private void writeHeader(final Bytes out, final int programHeaders, final int sectionHeaders, final int names) {
        out.u32(MAGIC).u8(CLASS_64).u8(DATA_LITTLE).u8(1).align(16, 0);
        out.u16(ET_DYN).u16(machine).u32(1);
        out.u64(0).u64(EHDR_SIZE).u64(sectionHeaders).u32(0);
        out.u16(EHDR_SIZE).u16(PHDR_SIZE).u16(programHeaders);
        out.u16(SHDR_SIZE).u16(sections.size()).u16(names);
    }

    private int programHeaderCount() {
        int count = 2;
        for (final Section section : sections) {
            if ((section.flags & SHF_ALLOC) != 0 && (section.type == SHT_NOTE || section.type == SHT_DYNAMIC)) {
                count++;
            }
        }
        return count + 1;
    }

    private void writeProgramHeaders(final Bytes out) {
        int codeEnd = 0;
        int dataStart = 0;
        int dataEnd = 0;
        for (final Section section : sections) {
            final int end = section.offset + section.length;
            if (dataStart == 0 && (section.flags & SHF_WRITE) != 0) {
                dataStart = section.offset;
            }
            if ((section.flags & SHF_ALLOC) != 0) {
                codeEnd = dataStart == 0 ? end : codeEnd;
                dataEnd = end;
            }
        }
        writeProgramHeader(out, PT_LOAD, PF_R | PF_X, 0, codeEnd, pageSize);
        writeProgramHeader(out, PT_LOAD, PF_R | PF_W, dataStart, dataEnd - dataStart, pageSize);
        for (final Section section : sections) {
            if (section.type == SHT_DYNAMIC) {
                writeProgramHeader(out, PT_DYNAMIC, PF_R | PF_W, section.offset, section.length, section.alignment);
            } else if (section.type == SHT_NOTE && (section.flags & SHF_ALLOC) != 0) {
                writeProgramHeader(out, PT_NOTE, PF_R, section.offset, section.length, section.alignment);
            }
        }
        writeProgramHeader(out, PT_GNU_STACK, PF_R | PF_W, 0, 0, 16);
    }

    private static void writeProgramHeader(final Bytes out, final int type, final int flags, final int offset,
        final int length, final int alignment) {
        out.u32(type).u32(flags).u64(offset).u64(offset).u64(offset).u64(length).u64(length).u64(alignment);
    }

    private static void writeSectionHeader(final Bytes out, final Section section, final int nameOffset) {
        final boolean loaded = (section.flags & SHF_ALLOC) != 0;
        out.u32(nameOffset).u32(section.type).u64(section.flags);
        out.u64(loaded ? section.offset : 0).u64(section.offset).u64(section.length);
        out.u32(section.link == null ? 0 : section.link.index).u32(section.info);
        out.u64(section.type == 0 ? 0 : section.alignment).u64(section.entrySize);
    }

    private static void pad(final Bytes out, final int offset) {
        out.put(new byte[offset - out.size()]);
    }
}
