// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.testsupport.ForeignProbes;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.SdtTarget;
import dev.sluice.testsupport.Seed;
import dev.sluice.usdt.elf.ElfConstants;
import dev.sluice.usdt.elf.ElfFormatException;
import dev.sluice.usdt.elf.ReadBudget;
import dev.sluice.usdt.find.ElfNotes;
import dev.sluice.usdt.find.UsdtProbe;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The parser against files that are wrong, by hand and at random. */
@OneJdk
class ElfNotesTest {
    private static final int MUTATIONS = 20_000;

    @TempDir
    private Path directory;

    private byte[] good;
    private int notesHeader;
    private int notesAt;

    @BeforeEach
    void writeGoodObject() throws IOException {
        good = StubObject.ofProbes(new X86Architecture(), ProbeSite.NOP5, "shop", List.of(
            new StubProbe("sold", List.of(ArgumentType.INT64, ArgumentType.UINT8)),
            new StubProbe("returned", List.of()))).bytes();
        // The notes are the writer's last section but one.
        final int sections = little(good).getShort(60);
        notesHeader = (int) little(good).getLong(40) + (sections - 2) * ElfConstants.SHDR_SIZE;
        notesAt = (int) little(good).getLong(notesHeader + 24);
        assertThat(little(good).getInt(notesHeader + 4)).isEqualTo(ElfConstants.SHT_NOTE);
        assertThat(parse(good)).hasSize(2);
    }

    @Test
    void shouldRefuseAFileWhenItIsNotElf() {
        assertRefused(new byte[0], "file header");
        assertRefused(Arrays.copyOf(good, 63), "file header");
        assertRefused(new byte[64], "not a 64-bit little-endian ELF file");
        final byte[] narrow = good.clone();
        narrow[4] = 1;
        assertRefused(narrow, "not a 64-bit little-endian ELF file");
    }

    @Test
    void shouldRefuseAFileWhenItsHeadersPointOutside() throws IOException {
        assertRefused(withLong(40, Long.MAX_VALUE), "section headers");
        assertRefused(withLong(40, -1), "section headers");
        assertRefused(withLong(32, good.length - 8), "program headers");
        assertRefused(withShort(58, 63), "entrySize=63");
        assertRefused(withShort(54, 0), "program headers: entrySize=0");
        assertRefused(withShort(60, 0xFFFF), "section headers");
        assertRefused(withShort(62, 0xFFFE), "section headers");
        // Sections without names: none of them is the one.
        assertThat(contents(withShort(62, 0xFFFF)).notes()).isEmpty();
        assertThat(contents(withInt(notesHeader, -1)).notes()).isEmpty();
        assertProblem(withLong(notesHeader + 24, good.length - 4), "section .note.stapsdt");
        assertProblem(withLong(notesHeader + 32, Long.MIN_VALUE), "section .note.stapsdt");
    }

    @Test
    void shouldLeaveOutTheDamagedNoteOnlyWhenItsLengthsAreWrong() throws IOException {
        // Where the next note begins cannot be told.
        assertProblem(withInt(notesAt, -1), "note: at=0");
        assertProblem(withInt(notesAt + 4, 0x7FFFFFFF), "note: at=0");
        // The first note of the section made of its former length, but with a text that does not end.
        final int length = little(good).getInt(notesAt + 4);
        final byte[] endless = good.clone();
        Arrays.fill(endless, notesAt + 12 + 8 + 24, notesAt + 12 + 8 + length, (byte) 'x');
        final ElfNotes.Contents contents = contents(endless);
        assertThat(contents.notes()).extracting(ElfNotes.Note::name).containsExactly("returned");
        assertThat(contents.problems()).hasSize(1).allMatch(problem -> problem.contains("does not end"));
    }

    @Test
    void shouldReadTheOthersWhenOneNoteOfACompilersFileIsDamaged() throws Exception {
        assumeTrue(SdtTarget.missing().isEmpty(), SdtTarget.missing());
        for (final String damage : List.of("SHORT_NOTE", "ENDLESS_NOTE")) {
            final Path program = ForeignProbes.compile(directory, "damaged_" + damage, "-D" + damage);
            final ElfNotes.Contents contents = ElfNotes.read(program);
            assertThat(contents.notes()).extracting(ElfNotes.Note::name).contains("before", "after");
            assertThat(contents.problems()).as(damage).hasSize(1);
        }
    }

    @Test
    void shouldFindTheProbesWhenSectionsAreNumberedTheLongWay() throws IOException {
        final byte[] bytes = good.clone();
        final int headers = (int) little(good).getLong(40);
        little(bytes).putLong(headers + 32, little(good).getShort(60));
        little(bytes).putInt(headers + 40, little(good).getShort(62));
        little(bytes).putInt(headers + 44, little(good).getShort(56));
        little(bytes).putShort(60, (short) 0);
        little(bytes).putShort(62, (short) 0xFFFF);
        little(bytes).putShort(56, (short) 0xFFFF);
        assertThat(parse(bytes)).isEqualTo(parse(good));
        little(bytes).putLong(headers + 32, Long.MAX_VALUE);
        assertRefused(bytes, "section headers");
    }

    /** Bytes behind a segment's part of the file: in its last page they are mapped with it, in later ones not. */
    @Test
    void shouldSayWhereASemaphoreIsWhenNoBytesOfTheFileAreThere() throws IOException {
        final int at = writableSegment();
        final long fileLength = little(good).getLong(at + 32);
        final byte[] bytes = withLong(at + 40, 1 << 20);
        final int semaphore = notesAt + 12 + 8 + 16;
        final long address = little(good).getLong(semaphore);
        final ElfNotes.Note before = parse(bytes).get(0);
        little(bytes).putLong(semaphore, address + fileLength);
        assertThat(parse(bytes).get(0).semaphoreOffset()).isEqualTo(before.semaphoreOffset() + fileLength);
        little(bytes).putLong(semaphore, address + 2 * 4096);
        final ElfNotes.Note beyond = parse(bytes).get(0);
        assertThat(beyond.semaphoreOffset()).isEqualTo(UsdtProbe.NOT_IN_FILE);
        assertThat(beyond.semaphoreDistance()).isEqualTo(before.semaphoreDistance() + 2 * 4096);
        // Not even memory.
        little(bytes).putLong(semaphore, address + (1 << 20));
        assertThat(parse(bytes)).hasSize(1);
    }

    private int writableSegment() {
        int at = (int) little(good).getLong(32);
        while (little(good).getInt(at) != ElfConstants.PT_LOAD
            || (little(good).getInt(at + 4) & ElfConstants.PF_W) == 0) {
            at += ElfConstants.PHDR_SIZE;
        }
        return at;
    }

    /** A megabyte of notes that are as short as notes can be, all damaged: told of in a few lines, and at once. */
    @Test
    void shouldSayItInFewLinesWhenAllOfManyNotesAreDamaged() {
        final byte[] bytes = withNotes(1 << 20);
        for (int at = good.length; at + 32 <= bytes.length; at += 32) {
            little(bytes).putInt(at, 8);
            little(bytes).putInt(at + 4, 8);
            little(bytes).putInt(at + 8, 3);
            System.arraycopy("stapsdt".getBytes(StandardCharsets.US_ASCII), 0, bytes, at + 12, 7);
        }
        assertTimeoutPreemptively(Duration.ofSeconds(10), () -> {
            final ElfNotes.Contents contents = contents(bytes);
            assertThat(contents.notes()).isEmpty();
            assertThat(contents.problems()).hasSizeBetween(2, 12);
        });
    }

    /** A sparse file that claims a terabyte of names, and a quarter of a million sections named all over it. */
    @Test
    void shouldEndSoonWhenTablesAreAsLongAsTheFormatAllows() throws IOException {
        final int count = 1 << 18;
        final byte[] headers = new byte[count * ElfConstants.SHDR_SIZE];
        final Random random = new Random(42);
        for (int at = 0; at < headers.length; at += ElfConstants.SHDR_SIZE) {
            little(headers).putInt(at, random.nextInt());
            little(headers).putInt(at + 4, ElfConstants.SHT_NOTE);
        }
        little(headers).putLong(24, good.length);
        little(headers).putLong(32, count);
        little(headers).putLong(ElfConstants.SHDR_SIZE + 24, good.length);
        little(headers).putLong(ElfConstants.SHDR_SIZE + 32, 1L << 40);
        final byte[] start = good.clone();
        little(start).putLong(40, 1L << 41);
        little(start).putShort(60, (short) 0);
        little(start).putShort(62, (short) 1);
        final Path path = directory.resolve("sparse");
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(start), 0);
            file.write(ByteBuffer.wrap(headers), 1L << 41);
        }
        assertTimeoutPreemptively(Duration.ofMinutes(2), () -> assertThatThrownBy(() -> ElfNotes.read(path))
            .isInstanceOf(ElfFormatException.class).hasMessageContaining("too long to be read"));
    }

    /** The good file, its notes replaced by a longer section at its end. */
    private byte[] withNotes(final int length) {
        final byte[] bytes = Arrays.copyOf(good, good.length + length);
        little(bytes).putLong(notesHeader + 24, good.length);
        little(bytes).putLong(notesHeader + 32, length);
        return bytes;
    }

    @Test
    void shouldLeaveOutANoteWhenItsAddressIsInNoSegment() throws IOException {
        final int site = notesAt + 12 + 8;
        assertThat(parse(withLong(site, 0x7000_0000))).extracting(ElfNotes.Note::name).containsExactly("returned");
        // The semaphore in the code's segment: attaching would make the kernel write there.
        assertThat(parse(withLong(site + 16, little(good).getLong(site)))).extracting(ElfNotes.Note::name)
            .containsExactly("returned");
    }

    @Test
    void shouldMoveAddressesWhenTheBaseSectionMoved() throws IOException {
        final int site = notesAt + 12 + 8;
        final byte[] moved = good.clone();
        for (int field = 0; field < 24; field += 8) {
            little(moved).putLong(site + field, little(good).getLong(site + field) + 0x1000);
        }
        assertThat(parse(moved)).isEqualTo(parse(good));
    }

    @Test
    void shouldReplaceControlCharactersWhenTheyAreInAName() throws IOException {
        final byte[] hostile = good.clone();
        hostile[notesAt + 12 + 8 + 24] = 0x1B;
        assertThat(parse(hostile).get(0).provider()).isEqualTo("\uFFFDhop");
    }

    @Test
    void shouldRefuseAFileWhenItsSectionsOverlapWithoutEnd() {
        // A table of as many sections as fit, each of them the same notes: little to store, and without end to read.
        final int count = 0xFFFE;
        final int notesLength = 64 << 10;
        final byte[] headers = Arrays.copyOfRange(good, notesHeader, notesHeader + ElfConstants.SHDR_SIZE);
        final byte[] names = Arrays.copyOfRange(good, notesHeader + ElfConstants.SHDR_SIZE,
            notesHeader + 2 * ElfConstants.SHDR_SIZE);
        final byte[] bytes = Arrays.copyOf(good, good.length + notesLength + count * ElfConstants.SHDR_SIZE);
        little(headers).putLong(24, good.length);
        little(headers).putLong(32, notesLength);
        for (int i = 0; i < count; i++) {
            System.arraycopy(i == count - 1 ? names : headers, 0, bytes,
                good.length + notesLength + i * ElfConstants.SHDR_SIZE, ElfConstants.SHDR_SIZE);
        }
        little(bytes).putLong(40, good.length + notesLength);
        little(bytes).putShort(60, (short) count);
        little(bytes).putShort(62, (short) (count - 1));
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> assertProblem(bytes, ".note.stapsdt"));
    }

    @Test
    void shouldEndWithAListOrARefusalWhenBytesAreRandomlyChanged() {
        fuzz(good, MUTATIONS);
    }

    @Test
    void shouldEndWithAListOrARefusalWhenBytesOfACompilersFileAreRandomlyChanged() throws Exception {
        assumeTrue(SdtTarget.missing().isEmpty(), SdtTarget.missing());
        fuzz(Files.readAllBytes(SdtTarget.compile(directory)), MUTATIONS / 10);
    }

    private void fuzz(final byte[] original, final int mutations) {
        final long seed = Seed.draw("ElfNotesTest");
        final Random random = new Random(seed);
        final int headers = (int) little(original).getLong(40);
        final int sections = little(original).getShort(60);
        int notes = 0;
        for (int at = headers; at < headers + sections * ElfConstants.SHDR_SIZE; at += ElfConstants.SHDR_SIZE) {
            notes = little(original).getInt(at + 4) == ElfConstants.SHT_NOTE ? (int) little(original).getLong(at + 24)
                : notes;
        }
        final int[] hot = {0, notes, headers, ElfConstants.EHDR_SIZE};
        final int[] interesting = {0, 1, -1, 0x7F, 0x80, 0xFF, 4, 8, 0x10, 0x40};
        assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            int refused = 0;
            for (int round = 0; round < mutations; round++) {
                final byte[] bytes = original.clone();
                for (int change = 0; change <= random.nextInt(6); change++) {
                    final int at = random.nextInt(4) == 0 ? random.nextInt(bytes.length)
                        : Math.min(bytes.length - 1, hot[random.nextInt(hot.length)] + random.nextInt(320));
                    bytes[at] = (byte) (random.nextBoolean() ? random.nextInt(256)
                        : interesting[random.nextInt(interesting.length)]);
                }
                final int length = random.nextInt(8) == 0 ? random.nextInt(bytes.length) : bytes.length;
                try {
                    final ElfNotes.Contents contents = contents(Arrays.copyOf(bytes, length));
                    assertThat(contents.notes().size()).as("seed=" + seed).isLessThan(1_000);
                    refused += contents.problems().isEmpty() ? 0 : 1;
                } catch (final ElfFormatException e) {
                    refused++;
                }
            }
            assertThat(refused).as("seed=" + seed).isBetween(mutations / 200, mutations - mutations / 200);
        });
    }

    private void assertProblem(final byte[] bytes, final String reason) throws IOException {
        assertThat(contents(bytes).problems()).isNotEmpty().allMatch(problem -> problem.contains(reason)
            || problem.startsWith("and "));
    }

    private List<ElfNotes.Note> parse(final byte[] bytes) throws IOException {
        return contents(bytes).notes();
    }

    private void assertRefused(final byte[] bytes, final String reason) {
        assertThatThrownBy(() -> parse(bytes)).isInstanceOf(ElfFormatException.class).hasMessageContaining(reason);
    }

    private ElfNotes.Contents contents(final byte[] bytes) throws IOException {
        try (FileChannel file = FileChannel.open(directory.resolve("object.so"), StandardOpenOption.CREATE,
            StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            file.write(ByteBuffer.wrap(bytes));
            return ElfNotes.read(file, new ReadBudget(1 << 30));
        } finally {
            Files.deleteIfExists(directory.resolve("object.so"));
        }
    }

    private byte[] withShort(final int at, final int value) {
        final byte[] bytes = good.clone();
        little(bytes).putShort(at, (short) value);
        return bytes;
    }

    private byte[] withInt(final int at, final int value) {
        final byte[] bytes = good.clone();
        little(bytes).putInt(at, value);
        return bytes;
    }

    private byte[] withLong(final int at, final long value) {
        final byte[] bytes = good.clone();
        little(bytes).putLong(at, value);
        return bytes;
    }

    private static ByteBuffer little(final byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
