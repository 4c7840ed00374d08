// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt.elf;

/** Numbers of the ELF format (64-bit, little-endian) that both the writer and the parser need. */
public final class ElfConstants {
    public static final int MAGIC = 0x464C457F;
    public static final int CLASS_64 = 2;
    public static final int DATA_LITTLE = 1;
    public static final int EHDR_SIZE = 64;
    public static final int PHDR_SIZE = 56;
    public static final int SHDR_SIZE = 64;
    public static final int SYM_SIZE = 24;

    public static final int ET_DYN = 3;

    /** File header: the number of sections' names is in the first section's header. */
    public static final int SHN_XINDEX = 0xFFFF;
    /** File header: the number of segments is in the first section's header. */
    public static final int PN_XNUM = 0xFFFF;

    public static final int PT_LOAD = 1;
    public static final int PT_DYNAMIC = 2;
    public static final int PT_NOTE = 4;
    public static final int PT_GNU_STACK = 0x6474E551;
    public static final int PF_X = 1;
    public static final int PF_W = 2;
    public static final int PF_R = 4;

    public static final int SHT_PROGBITS = 1;
    public static final int SHT_STRTAB = 3;
    public static final int SHT_HASH = 5;
    public static final int SHT_DYNAMIC = 6;
    public static final int SHT_NOTE = 7;
    public static final int SHT_NOBITS = 8;
    public static final int SHT_DYNSYM = 11;
    public static final int SHF_WRITE = 1;
    public static final int SHF_ALLOC = 2;
    public static final int SHF_EXECINSTR = 4;

    public static final int DT_NULL = 0;
    public static final int DT_HASH = 4;
    public static final int DT_STRTAB = 5;
    public static final int DT_SYMTAB = 6;
    public static final int DT_STRSZ = 10;
    public static final int DT_SYMENT = 11;

    public static final int STT_OBJECT = 1;
    public static final int STT_FUNC = 2;
    public static final int STB_GLOBAL = 1;

    public static final String STAPSDT_SECTION = ".note.stapsdt";
    public static final String STAPSDT_BASE_SECTION = ".stapsdt.base";
    public static final String STAPSDT_OWNER = "stapsdt";
    public static final int STAPSDT_TYPE = 3;

    private ElfConstants() {
    }
}
