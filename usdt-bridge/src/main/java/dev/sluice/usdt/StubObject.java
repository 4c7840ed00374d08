// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import static dev.sluice.usdt.elf.ElfConstants.DT_HASH;
import static dev.sluice.usdt.elf.ElfConstants.DT_NULL;
import static dev.sluice.usdt.elf.ElfConstants.DT_STRSZ;
import static dev.sluice.usdt.elf.ElfConstants.DT_STRTAB;
import static dev.sluice.usdt.elf.ElfConstants.DT_SYMENT;
import static dev.sluice.usdt.elf.ElfConstants.DT_SYMTAB;
import static dev.sluice.usdt.elf.ElfConstants.SHF_ALLOC;
import static dev.sluice.usdt.elf.ElfConstants.SHF_EXECINSTR;
import static dev.sluice.usdt.elf.ElfConstants.SHF_WRITE;
import static dev.sluice.usdt.elf.ElfConstants.SHT_DYNAMIC;
import static dev.sluice.usdt.elf.ElfConstants.SHT_DYNSYM;
import static dev.sluice.usdt.elf.ElfConstants.SHT_HASH;
import static dev.sluice.usdt.elf.ElfConstants.SHT_NOTE;
import static dev.sluice.usdt.elf.ElfConstants.SHT_PROGBITS;
import static dev.sluice.usdt.elf.ElfConstants.SHT_STRTAB;
import static dev.sluice.usdt.elf.ElfConstants.STAPSDT_BASE_SECTION;
import static dev.sluice.usdt.elf.ElfConstants.STAPSDT_OWNER;
import static dev.sluice.usdt.elf.ElfConstants.STAPSDT_SECTION;
import static dev.sluice.usdt.elf.ElfConstants.STAPSDT_TYPE;
import static dev.sluice.usdt.elf.ElfConstants.STB_GLOBAL;
import static dev.sluice.usdt.elf.ElfConstants.STT_FUNC;
import static dev.sluice.usdt.elf.ElfConstants.STT_OBJECT;
import static dev.sluice.usdt.elf.ElfConstants.SYM_SIZE;

import dev.sluice.usdt.elf.Bytes;
import dev.sluice.usdt.elf.ElfWriter;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A shared object with probe stubs, or with plain functions, as bytes. Per probe: code (the probed site, then a
 * return), a word of 32 bits in {@code .probes} whose low half is the semaphore, and a {@code .note.stapsdt} entry.
 * Exported symbols: {@code provider:probe} for the code, {@code provider_probe_semaphore} for the word.
 */
final class StubObject {
    /** Bytes of a probe's word: the semaphore, which the kernel changes, and 16 bits that the library changes. */
    static final int WORD_SIZE = 4;

    private static final int CODE_ALIGNMENT = 16;
    private static final String BUILD_ID_SECTION = ".note.gnu.build-id";
    private static final String GNU_OWNER = "GNU";
    private static final int BUILD_ID_TYPE = 3;
    private static final int BUILD_ID_SIZE = 20;

    /** Machine code to export under a name. */
    record Function(String symbol, byte[] code) {
    }

    private record Symbol(String name, int type, ElfWriter.Section section, int offset, int size) {
    }

    private final Architecture architecture;
    private final String provider;
    private final List<StubProbe> probes;
    private final List<Function> functions;
    private final int[] functionOffsets;
    private final List<Symbol> symbols = new ArrayList<>();
    private final ElfWriter writer;
    private final ElfWriter.Section text;
    private final ElfWriter.Section base;
    private final ElfWriter.Section words;
    private final byte[] bytes;

    private StubObject(final Architecture architecture, final String provider, final List<StubProbe> probes,
        final List<Function> stubs) {
        this.architecture = architecture;
        this.provider = provider;
        this.probes = probes;
        functions = List.copyOf(stubs);
        functionOffsets = new int[functions.size()];
        final byte[] code = layOutCode();
        writer = new ElfWriter(architecture.machine(), architecture.pageSize());

        final ElfWriter.Section strings =
            new ElfWriter.Section(".dynstr", SHT_STRTAB, SHF_ALLOC, 1, this::symbolNames);
        final ElfWriter.Section table = new ElfWriter.Section(".dynsym", SHT_DYNSYM, SHF_ALLOC, 8, this::symbolTable)
            .table(SYM_SIZE, strings, 1);
        final ElfWriter.Section hash = new ElfWriter.Section(".hash", SHT_HASH, SHF_ALLOC, 8, this::symbolHash)
            .table(4, table, 0);
        writer.add(hash);
        writer.add(table);
        writer.add(strings);
        final ElfWriter.Section buildId = writer.add(
            new ElfWriter.Section(BUILD_ID_SECTION, SHT_NOTE, SHF_ALLOC, 4, StubObject::emptyBuildId));
        text = writer.add(new ElfWriter.Section(".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, CODE_ALIGNMENT,
            () -> code));
        base = writer.add(new ElfWriter.Section(STAPSDT_BASE_SECTION, SHT_PROGBITS, SHF_ALLOC, 1, () -> new byte[1]));
        writer.add(new ElfWriter.Section(".dynamic", SHT_DYNAMIC, SHF_ALLOC | SHF_WRITE, 8,
            () -> dynamic(hash, table, strings)).table(16, strings, 0));
        words = writer.add(new ElfWriter.Section(".probes", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, 64,
            () -> new byte[WORD_SIZE * probes.size()]));
        if (!probes.isEmpty()) {
            // The notes come after .probes, because bcc, and therefore bpftrace, looks for notes only behind that
            // section. They are not loaded, because perf ignores notes that are.
            writer.add(new ElfWriter.Section(STAPSDT_SECTION, SHT_NOTE, 0, 4, this::notes));
        }
        declareSymbols();
        bytes = writer.write();
        System.arraycopy(digest(bytes), 0, bytes, buildId.offset() + buildId.length() - BUILD_ID_SIZE, BUILD_ID_SIZE);
    }

    /** Tools that cache objects, such as perf, identify an object by this id and ignore an object without one. */
    private static byte[] emptyBuildId() {
        return new Bytes().u32(GNU_OWNER.length() + 1).u32(BUILD_ID_SIZE).u32(BUILD_ID_TYPE).text(GNU_OWNER)
            .put(new byte[BUILD_ID_SIZE]).toArray();
    }

    private static byte[] digest(final byte[] content) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(content);
        } catch (final NoSuchAlgorithmException e) {
            // Every Java platform has this algorithm.
            throw new IllegalStateException(e);
        }
    }

    /**
     * The object of one provider.
     *
     * @throws IllegalArgumentException if a name is unfit, given twice, or there is no probe
     */
    static StubObject ofProbes(final Architecture architecture, final ProbeSite site, final String provider,
        final List<StubProbe> probes) {
        StubProbe.checkName("provider", provider);
        if (probes.isEmpty()) {
            throw new IllegalArgumentException("provider=" + provider + " has no probes");
        }
        final Set<String> names = new HashSet<>();
        final List<Function> stubs = new ArrayList<>();
        for (final StubProbe probe : probes) {
            if (!names.add(probe.name())) {
                throw new IllegalArgumentException("probe=" + probe.name() + " is declared twice in provider="
                    + provider);
            }
            stubs.add(new Function(provider + ":" + probe.name(), architecture.stub(site)));
        }
        return new StubObject(architecture, provider, List.copyOf(probes), stubs);
    }

    /** An object that only exports functions. */
    static StubObject ofFunctions(final Architecture architecture, final List<Function> functions) {
        return new StubObject(architecture, "", List.of(), functions);
    }

    /** The file's content. */
    byte[] bytes() {
        return bytes.clone();
    }

    /** The symbol of the first stub or function. */
    String firstSymbol() {
        return functions.get(0).symbol();
    }

    /** The place of a stub or function: bytes from the object's load address. */
    long codeOffset(final int index) {
        return text.offset() + functionOffsets[index];
    }

    /** The place of a probe's word: bytes from the object's load address. */
    long wordOffset(final int index) {
        return words.offset() + (long) WORD_SIZE * index;
    }

    private byte[] layOutCode() {
        final Bytes code = new Bytes();
        for (int i = 0; i < functions.size(); i++) {
            functionOffsets[i] = code.align(CODE_ALIGNMENT, architecture.filler()).size();
            code.put(functions.get(i).code());
        }
        return code.align(CODE_ALIGNMENT, architecture.filler()).toArray();
    }

    private void declareSymbols() {
        for (int i = 0; i < functions.size(); i++) {
            final Function function = functions.get(i);
            symbols.add(new Symbol(function.symbol(), STT_FUNC, text, functionOffsets[i], function.code().length));
        }
        for (int i = 0; i < probes.size(); i++) {
            final String name = provider + "_" + probes.get(i).name() + "_semaphore";
            symbols.add(new Symbol(name, STT_OBJECT, words, WORD_SIZE * i, WORD_SIZE));
        }
    }

    private byte[] notes() {
        final Bytes out = new Bytes();
        for (int i = 0; i < probes.size(); i++) {
            final StubProbe probe = probes.get(i);
            final Bytes description = new Bytes().u64(codeOffset(i)).u64(base.offset()).u64(wordOffset(i))
                .text(provider).text(probe.name()).text(arguments(probe));
            out.u32(STAPSDT_OWNER.length() + 1).u32(description.size()).u32(STAPSDT_TYPE).text(STAPSDT_OWNER)
                .put(description.toArray()).align(4, 0);
        }
        return out.toArray();
    }

    private String arguments(final StubProbe probe) {
        final List<String> texts = new ArrayList<>();
        for (int i = 0; i < probe.arguments().size(); i++) {
            texts.add(architecture.argument(i, probe.arguments().get(i)));
        }
        return String.join(" ", texts);
    }

    private byte[] symbolNames() {
        final Bytes out = new Bytes().u8(0);
        symbols.forEach(symbol -> out.text(symbol.name()));
        return out.toArray();
    }

    private byte[] symbolTable() {
        final Bytes out = new Bytes().put(new byte[SYM_SIZE]);
        int name = 1;
        for (final Symbol symbol : symbols) {
            out.u32(name).u8(STB_GLOBAL << 4 | symbol.type()).u8(0).u16(symbol.section().index());
            out.u64(symbol.section().offset() + symbol.offset()).u64(symbol.size());
            name += symbol.name().length() + 1;
        }
        return out.toArray();
    }

    private byte[] symbolHash() {
        final int bucketCount = symbols.size();
        final int[] buckets = new int[bucketCount];
        final int[] chains = new int[symbols.size() + 1];
        for (int index = 1; index <= symbols.size(); index++) {
            final int bucket = Integer.remainderUnsigned(hash(symbols.get(index - 1).name()), bucketCount);
            chains[index] = buckets[bucket];
            buckets[bucket] = index;
        }
        final Bytes out = new Bytes().u32(bucketCount).u32(chains.length);
        for (final int bucket : buckets) {
            out.u32(bucket);
        }
        for (final int chain : chains) {
            out.u32(chain);
        }
        return out.toArray();
    }

    /** The System V hash of a symbol's name; names are ASCII. */
    private static int hash(final String name) {
        int hash = 0;
        for (int i = 0; i < name.length(); i++) {
            hash = (hash << 4) + name.charAt(i);
            final int high = hash & 0xF0000000;
            hash = (hash ^ high >>> 24) & ~high;
        }
        return hash;
    }

    private static byte[] dynamic(final ElfWriter.Section hash, final ElfWriter.Section table,
        final ElfWriter.Section strings) {
        return new Bytes()
            .u64(DT_HASH).u64(hash.offset())
            .u64(DT_STRTAB).u64(strings.offset())
            .u64(DT_SYMTAB).u64(table.offset())
            .u64(DT_STRSZ).u64(strings.length())
            .u64(DT_SYMENT).u64(SYM_SIZE)
            .u64(DT_NULL).u64(0).toArray();
    }
}
