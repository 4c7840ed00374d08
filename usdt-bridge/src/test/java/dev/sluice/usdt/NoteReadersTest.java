// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.testsupport.OneJdk;
import dev.sluice.usdt.find.ElfNotes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Other people's readers of notes see in our objects what we meant. BpftraceTest has the one that also attaches. */
@OneJdk
@Tag("kernel")
@Timeout(400)
class NoteReadersTest {
    private static final List<StubProbe> PROBES = List.of(
        new StubProbe("none", List.of()),
        new StubProbe("widths", List.of(ArgumentType.INT8, ArgumentType.UINT8, ArgumentType.INT16, ArgumentType.UINT16,
            ArgumentType.INT32, ArgumentType.UINT32, ArgumentType.INT64, ArgumentType.UINT64)));

    @TempDir
    private Path directory;
    private LoadedStubs stubs;
    private List<ElfNotes.Note> notes;

    @BeforeEach
    void load() throws IOException {
        System.setProperty(StubFiles.DIRECTORY_PROPERTY, directory.resolve("stubs").toString());
        stubs = StubLoader.load("readers", PROBES);
        notes = ElfNotes.read(Path.of(stubs.path())).notes();
        assertThat(notes).hasSize(2);
    }

    @AfterEach
    void clearProperties() {
        System.clearProperty(StubFiles.DIRECTORY_PROPERTY);
    }

    private static void need(final String program, final String debianPackage) {
        assumeTrue(Commands.has(program), program + " is missing: install " + debianPackage);
    }

    @Test
    void shouldShowTheSameSitesAndSemaphoresWhenReadByGdb() {
        need("gdb", "gdb");
        final String output = Commands.run("gdb", "-nx", "-batch", "-ex", "info probes stap readers", stubs.path());
        for (final ElfNotes.Note note : notes) {
            assertThat(output).containsPattern(String.format(Locale.ROOT, "stap +readers +%s +0x%016x +0x%016x",
                note.name(), note.siteOffset(), note.semaphoreOffset()));
        }
    }

    @Test
    void shouldListTheProbesWhenPerfHasTheObjectInItsCache() {
        need("perf", "linux-perf");
        final String cache = directory.resolve("perf").toString();
        Commands.run("perf", "--buildid-dir", cache, "buildid-cache", "-a", stubs.path());
        // A cache that knows this object alone; through cat, so that no pager comes up.
        final String list = Commands.run("sh", "-c", "perf --buildid-dir \"$0\" list sdt | cat", cache);
        assertThat(list).contains("sdt_readers:none").contains("sdt_readers:widths");
    }

    @Test
    void shouldShowTheSameArgumentsWhenReadByBcc() {
        need("tplist-bpfcc", "bpfcc-tools");
        final String output = Commands.run("tplist-bpfcc", "-vv", "-l", stubs.path());
        final List<String> expected = new ArrayList<>();
        for (final ElfNotes.Note note : notes) {
            expected.add(String.format(Locale.ROOT, "readers:%s [sema 0x%x]", note.name(), note.semaphoreOffset()));
            expected.add(String.format(Locale.ROOT, "location #1 %s 0x%x", stubs.path(), note.siteOffset()));
        }
        assertThat(output).contains(expected);
        final String[] registers = {"di", "si", "dx", "cx", "r8", "r9", "*(sp + 8)", "*(sp + 16)"};
        int i = 0;
        for (final ArgumentType type : PROBES.get(1).arguments()) {
            assertThat(output).contains(String.format(Locale.ROOT, "argument #%d %d %-8s bytes @ %s", i + 1,
                type.sizeBytes(), type.isSigned() ? "signed" : "unsigned", registers[i]));
            i++;
        }
        assertThat(Commands.run("tplist-bpfcc", "-p", Long.toString(ProcessHandle.current().pid()), "*readers*"))
            .contains("readers:none").contains("readers:widths");
    }

    @Test
    void shouldHaveAnIdOfItsContentWhenReadByReadelf() throws IOException {
        need("readelf", "binutils");
        final LoadedStubs other = StubLoader.load("readers", PROBES.subList(0, 1));
        final String first = Commands.run("readelf", "-nW", stubs.path());
        assertThat(first).containsPattern("Build ID: \\p{XDigit}{40}\n");
        assertThat(first.lines().filter(line -> line.contains("Build ID")))
            .isNotEqualTo(Commands.run("readelf", "-nW", other.path()).lines().filter(l -> l.contains("Build ID")));
        assertThat(Files.readAllBytes(Path.of(stubs.path())))
            .isEqualTo(StubObject.ofProbes(Architecture.current().orElseThrow(), ProbeSite.current(), "readers", PROBES)
                .bytes());
    }
}
