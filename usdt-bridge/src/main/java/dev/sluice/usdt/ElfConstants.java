// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

/** Numbers of the ELF format (64-bit, little-endian) that both the writer and the parser need. */
final class ElfConstants {
    static final int MAGIC = 0x464C457F;
    static final int CLASS_64 = 2;
    static final int DATA_LITTLE = 1;
    static final int EHDR_SIZE = 64;
    static final int PHDR_SIZE = 56;
    static final int SHDR_SIZE = 64;
    static final int SYM_SIZE = 24;

    static final int ET_DYN = 3;

    /** File header: the number of sections' names is in the first section's header. */
    static final int SHN_XINDEX = 0xFFFF;
    /** File header: the number of segments is in the first section's header. */
    static final int PN_XNUM = 0xFFFF;

    static final int PT_LOAD = 1;
    static final int PT_DYNAMIC = 2;
    static final int PT_NOTE = 4;
    static final int PT_GNU_STACK = 0x6474E551;
    static final int PF_X = 1;
    static final int PF_W = 2;
    static final int PF_R = 4;

    static final int SHT_PROGBITS = 1;
    static final int SHT_STRTAB = 3;
    static final int SHT_HASH = 5;
    static final int SHT_DYNAMIC = 6;
    static final int SHT_NOTE = 7;
    static final int SHT_NOBITS = 8;
    static final int SHT_DYNSYM = 11;
    static final int SHF_WRITE = 1;
    static final int SHF_ALLOC = 2;
    static final int SHF_EXECINSTR = 4;

    static final int DT_NULL = 0;
    static final int DT_HASH = 4;
    static final int DT_STRTAB = 5;
    static final int DT_SYMTAB = 6;
    static final int DT_STRSZ = 10;
    static final int DT_SYMENT = 11;

    static final int STT_OBJECT = 1;
    static final int STT_FUNC = 2;
    static final int STB_GLOBAL = 1;

    static final String STAPSDT_SECTION = ".note.stapsdt";
    static final String STAPSDT_BASE_SECTION = ".stapsdt.base";
    static final String STAPSDT_OWNER = "stapsdt";
    static final int STAPSDT_TYPE = 3;

    private ElfConstants() {
    }
}
