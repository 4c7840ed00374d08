// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.usdt.find.ElfNotes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written is judged by the tools that others use. */
class StubObjectTest {
    private static final List<StubProbe> PROBES = List.of(
        new StubProbe("none", List.of()),
        new StubProbe("widths", List.of(ArgumentType.UINT64, ArgumentType.INT32, ArgumentType.UINT16,
            ArgumentType.INT8, ArgumentType.UINT32, ArgumentType.INT64)),
        new StubProbe("all", Collections.nCopies(12, ArgumentType.INT64)));

    @TempDir
    private Path directory;

    @BeforeAll
    static void needReadelf() {
        assumeTrue(Commands.has("readelf"), "readelf is missing: install binutils");
    }

    @Test
    void shouldListEveryNoteWhenReadByReadelf() throws IOException {
        final StubObject object = object(new X86Architecture(), ProbeSite.NOP5);
        final String notes = Commands.run("readelf", "-nW", write(object));
        assertThat(notes.split("NT_STAPSDT", -1)).hasSize(4);
        assertThat(notes).contains("Provider: shop").contains("Name: none").contains("Name: widths")
            .contains("Arguments: 8@%rdi -4@%esi 2@%dx -1@%cl 4@%r8d -8@%r9")
            .contains("Arguments: -8@%rdi -8@%rsi -8@%rdx -8@%rcx -8@%r8 -8@%r9 -8@8(%rsp) -8@16(%rsp) -8@24(%rsp)"
                + " -8@32(%rsp) -8@40(%rsp) -8@48(%rsp)");
        for (int i = 0; i < PROBES.size(); i++) {
            assertThat(notes).contains(String.format(Locale.ROOT, "Location: 0x%016x", object.codeOffset(i)))
                .contains(String.format(Locale.ROOT, "Semaphore: 0x%016x", object.wordOffset(i)));
        }
        assertThat(notes).doesNotContainIgnoringCase("warning").doesNotContainIgnoringCase("corrupt");
    }

    @Test
    void shouldKeepCodeAndWordsApartWhenLoaded() throws IOException {
        final String file = write(object(new X86Architecture(), ProbeSite.NOP1));
        final String segments = Commands.run("readelf", "-lW", file);
        assertThat(segments).contains("Elf file type is DYN").containsPattern("LOAD .* R E 0x1000")
            .containsPattern("LOAD .* RW  0x1000").containsPattern("DYNAMIC .* RW ")
            .containsPattern("NOTE .* R  .* 0x4").containsPattern("GNU_STACK .* RW ").doesNotContain("RWE");
        final String sections = Commands.run("readelf", "-SW", file);
        assertThat(sections).containsPattern("\\.note\\.stapsdt +NOTE +0{16} \\S+ \\S+ 00 +0 +0 +4")
            .containsPattern("\\.note\\.gnu\\.build-id +NOTE .* A ")
            .containsPattern("\\.text +PROGBITS .* AX ").containsPattern("\\.stapsdt\\.base +PROGBITS .* A ")
            .containsPattern("\\.probes +PROGBITS .* 00000c 00 +WA ").containsPattern("\\.dynsym +DYNSYM ");
        final String symbols = Commands.run("readelf", "--dyn-syms", "-W", file);
        assertThat(symbols).containsPattern("2 FUNC +GLOBAL DEFAULT .* shop:widths")
            .containsPattern("4 OBJECT +GLOBAL DEFAULT .* shop_widths_semaphore");
        for (final String output : List.of(segments, sections, symbols, Commands.run("readelf", "-aW", file))) {
            assertThat(output).doesNotContainIgnoringCase("warning").doesNotContainIgnoringCase("error:");
        }
    }

    @Test
    void shouldBeginEachStubWithTheSiteWhenAskedForOne() {
        for (final ProbeSite site : ProbeSite.values()) {
            final StubObject object = object(new X86Architecture(), site);
            final byte[] expected = new X86Architecture().stub(site);
            assertThat(expected).endsWith(0xC3);
            for (int i = 0; i < PROBES.size(); i++) {
                final int at = (int) object.codeOffset(i);
                assertThat(at % 16).isZero();
                assertThat(Arrays.copyOfRange(object.bytes(), at, at + expected.length)).isEqualTo(expected);
            }
        }
        assertThat(new X86Architecture().stub(ProbeSite.NOP5)).hasSize(6);
        assertThat(new X86Architecture().stub(ProbeSite.NOP10)).hasSize(11);
    }

    @Test
    void shouldReadBackWhatWasWrittenWhenParsed() throws IOException {
        for (final Architecture architecture : List.of(new X86Architecture(), new Aarch64Architecture())) {
            final StubObject object = object(architecture, ProbeSite.NOP1);
            final List<ElfNotes.Note> notes = ElfNotes.read(Path.of(write(object))).notes();
            assertThat(notes).hasSize(PROBES.size());
            for (int i = 0; i < PROBES.size(); i++) {
                final ElfNotes.Note note = notes.get(i);
                final List<String> arguments = new ArrayList<>();
                for (int a = 0; a < PROBES.get(i).arguments().size(); a++) {
                    arguments.add(architecture.argument(a, PROBES.get(i).arguments().get(a)));
                }
                assertThat(note).isEqualTo(new ElfNotes.Note("shop", PROBES.get(i).name(),
                    String.join(" ", arguments), object.codeOffset(i), object.wordOffset(i),
                    object.wordOffset(i) - object.codeOffset(i)));
            }
        }
    }

    @Test
    void shouldNameArgumentsAsReadersExpectWhenOnArm() throws IOException {
        final String file = write(object(new Aarch64Architecture(), ProbeSite.NOP5));
        assertThat(Commands.run("readelf", "-hW", file)).contains("AArch64");
        assertThat(Commands.run("readelf", "-nW", file)).contains("Arguments: 8@x0 -4@x1 2@x2 -1@x3 4@x4 -8@x5")
            .contains("-8@x7 -8@[sp] -8@[sp, 8] -8@[sp, 16] -8@[sp, 24]");
    }

    @Test
    void shouldHoldThousandsOfProbesInOneObject() throws IOException {
        final List<StubProbe> many = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            many.add(new StubProbe("p" + i, List.of(ArgumentType.INT64)));
        }
        final StubObject object = StubObject.ofProbes(new X86Architecture(), ProbeSite.NOP5, "many", many);
        final List<ElfNotes.Note> notes = ElfNotes.read(Path.of(write(object))).notes();
        assertThat(notes).hasSize(20_000);
        assertThat(notes.get(19_999).name()).isEqualTo("p19999");
    }

    private static StubObject object(final Architecture architecture, final ProbeSite site) {
        return StubObject.ofProbes(architecture, site, "shop", PROBES);
    }

    private String write(final StubObject object) throws IOException {
        return Files.write(directory.resolve("object.so"), object.bytes()).toString();
    }
}
