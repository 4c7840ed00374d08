// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.os.NativeCalls;
import dev.sluice.os.NativeException;
import dev.sluice.os.proc.ProcessMap;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.SdtTarget;
import dev.sluice.usdt.find.ElfNotes;
import dev.sluice.usdt.find.ProcessProbes;
import dev.sluice.usdt.find.UsdtProbe;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Discovery in this JVM and in a program that a C compiler and sys/sdt.h made. */
@OneJdk
class ProcessProbesTest {
    private static final long SELF = ProcessHandle.current().pid();
    private static final StubProbe PROBE =
        new StubProbe("seen", List.of(ArgumentType.INT64, ArgumentType.UINT16));

    @TempDir
    private Path directory;

    @AfterEach
    void clearProperties() {
        System.clearProperty(StubFiles.DIRECTORY_PROPERTY);
        System.clearProperty(StubBacking.PROPERTY);
    }

    @Test
    void shouldFindOurProbeWhenBackedByAFile() {
        final LoadedStubs stubs = load("ondisk", StubBacking.FILE);
        final UsdtProbe probe = only("ondisk");
        assertThat(probe.path()).isEqualTo(stubs.path());
        assertMatches(probe, stubs, "file");
    }

    @Test
    void shouldFindOurProbeWhenBackedByAMemfd() throws IOException {
        final LoadedStubs stubs = load("anonymous", StubBacking.MEMFD);
        final UsdtProbe probe = only("anonymous");
        assertThat(probe.path()).startsWith("/proc/" + SELF + "/fd/");
        assertMatches(probe, stubs, "memfd");
    }

    @Test
    void shouldReachTheMappedFileWhenItsNameIsGoneOrAnothers() throws IOException {
        final LoadedStubs stubs = load("unlinked", StubBacking.FILE);
        final Path file = Path.of(stubs.path());
        Files.delete(file);
        assumeTrue(Files.isReadable(Path.of("/proc/self/map_files")) && uid() == 0, "map_files needs root");
        assertThat(only("unlinked").path()).startsWith("/proc/" + SELF + "/map_files/");
        Files.writeString(file, "another file of that name");
        assertMatches(only("unlinked"), stubs, "file");
    }

    @Test
    void shouldReadTheSemaphoreWhenItIsNotZero() {
        final LoadedStubs stubs = load("raised", StubBacking.FILE);
        NativeCalls.get().bufferAt(stubs.word(0), 4).putInt(0, 0x0001_FFFE);
        assertThat(only("raised").semaphore()).isEqualTo(0xFFFE);
        NativeCalls.get().bufferAt(stubs.word(0), 4).putInt(0, 0);
    }

    @Test
    void shouldFindACompilersProbesWhenTheProgramRuns() throws Exception {
        assumeTrue(Commands.has("gcc") && Files.exists(Path.of("/usr/include/x86_64-linux-gnu/sys/sdt.h")),
            "gcc or sys/sdt.h is missing: install gcc and systemtap-sdt-dev");
        // A space in the path is a trap for readers of maps.
        final Path folder = Files.createDirectory(directory.resolve("with space"));
        final Path source = Files.writeString(folder.resolve("target.c"), """
            /* Copyright the Sluice authors */
            /* SPDX-License-Identifier: Apache-2.0 */
            #define _SDT_HAS_SEMAPHORES 1
            #include <sys/sdt.h>
            #include <stdio.h>
            __attribute__((section(".probes"))) unsigned short market_trade_semaphore;
            __attribute__((section(".probes"))) unsigned short market_quote_semaphore;
            int main(int argc, char **argv)
            {
                market_quote_semaphore = 3;
                DTRACE_PROBE2(market, trade, argc, argv);
                DTRACE_PROBE1(market, quote, argc);
                puts("ready");
                fflush(stdout);
                return getchar();
            }
            """);
        final Path program = folder.resolve("target");
        Commands.run("gcc", "-O1", "-o", program.toString(), source.toString());
        final Process process = new ProcessBuilder(program.toString()).start();
        try {
            assertThat(process.getInputStream().readNBytes(6)).asString().isEqualTo("ready\n");
            final List<UsdtProbe> probes = ProcessProbes.of(process.pid()).stream()
                .filter(probe -> probe.provider().equals("market")).toList();
            assertThat(probes).extracting(UsdtProbe::name).containsExactly("trade", "quote");
            assertThat(probes).extracting(UsdtProbe::semaphore).containsExactly(0, 3);
            assertThat(probes).extracting(UsdtProbe::path).containsOnly(program.toString());
            assertThat(probes.get(0).arguments().split(" ")).hasSize(2);
            final String notes = Commands.run("readelf", "-nW", program.toString());
            for (final UsdtProbe probe : probes) {
                assertThat(notes).contains("Arguments: " + probe.arguments());
            }
        } finally {
            assertThat(process.destroyForcibly().waitFor(180, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    @Tag("kernel")
    void shouldFindProbesWhenTheProcessLivesInOtherNamespaces() throws Exception {
        assumeTrue(uid() == 0, "namespaces need root");
        assumeTrue(SdtTarget.missing().isEmpty(), SdtTarget.missing());
        final Path program = SdtTarget.compile(directory);
        final Path hidden = Files.createDirectory(directory.resolve("hidden"));
        // The copy lies on a file system that is mounted in the process's own namespace alone.
        try (SdtTarget target = SdtTarget.start(hidden.resolve("sdt_target"), "unshare", "--mount", "--pid", "--fork",
            "--kill-child", "sh", "-c", "mount -t tmpfs -o mode=755 none '" + hidden + "' && cp '" + program
            + "' '" + hidden + "' && exec \"$0\"")) {
            final long pid = target.handle().children().findFirst().orElseThrow().pid();
            assertThat(hidden.resolve("sdt_target")).doesNotExist();
            final List<UsdtProbe> probes = ofProviders(ProcessProbes.of(pid), "market", "depot");
            assertThat(probes).extracting(probe -> probe.provider() + ":" + probe.name()).containsExactlyInAnyOrder(
                "market:trade", "market:trade", "depot:trade", "market:widths", "market:places", "market:twelve");
            assertThat(probes).extracting(UsdtProbe::semaphore).containsOnly(0);
            assertThat(probes).extracting(UsdtProbe::path)
                .containsOnly("/proc/" + pid + "/root" + hidden.resolve("sdt_target"));
            assertThat(probes).extracting(UsdtProbe::siteAddress).doesNotHaveDuplicates();
            assertThat(ElfNotes.read(Path.of(probes.get(0).path())).notes()).hasSize(probes.size());
            assertThat(target.send("trade 1")).isEqualTo("done");
        }
    }

    @Test
    void shouldReadEachFileOnceWhenTwoHundredProcessesMapIt() throws Exception {
        assumeTrue(SdtTarget.missing().isEmpty(), SdtTarget.missing());
        try (SdtTarget target = SdtTarget.start(SdtTarget.compile(directory))) {
            target.send("workers 199");
            final List<Long> pids =
                new ArrayList<>(target.handle().children().map(ProcessHandle::pid).toList());
            assertThat(pids).hasSize(199);
            final ProcessProbes finder = new ProcessProbes();
            final List<UsdtProbe> first = finder.find(target.pid());
            final int read = finder.filesRead();
            assertThat(read).isPositive();
            for (final long pid : pids) {
                assertThat(finder.find(pid)).hasSameSizeAs(first);
            }
            assertThat(finder.filesRead()).isEqualTo(read);
        }
    }

    private static List<UsdtProbe> ofProviders(final List<UsdtProbe> probes, final String... providers) {
        return probes.stream().filter(probe -> List.of(providers).contains(probe.provider())).toList();
    }

    @Test
    void shouldFindNothingTwiceWhenAskedAboutTheSameProcessAgain() {
        load("stable", StubBacking.FILE);
        final ProcessProbes finder = new ProcessProbes();
        final List<UsdtProbe> first = finder.find(SELF);
        assertThat(finder.find(SELF)).isEqualTo(first);
        assertThat(first).doesNotHaveDuplicates();
    }

    @Test
    void shouldSayWhichProcessIsMissingWhenItIs() {
        assertThatThrownBy(() -> ProcessProbes.of(Integer.MAX_VALUE)).isInstanceOf(NativeException.class)
            .hasMessageContaining("there is no process " + Integer.MAX_VALUE);
    }

    /** A million lines and a hundred thousand long names, in a heap that the names alone would fill. */
    @Test
    void shouldKeepLittleWhenMapsAreLongOnPurpose() throws Exception {
        final String name = "/" + "x".repeat(4000);
        final ProcessMap map = ProcessMap.read(() -> new GeneratedLines(1_000_000, i -> i % 10 == 0
            ? Long.toHexString(i << 12) + "-" + Long.toHexString(i + 1 << 12) + " r-xp 00000000 fe:01 " + (i + 1)
                + " " + name + "\n"
            : Long.toHexString(i << 12) + "-" + Long.toHexString(i + 1 << 12) + " rw-p 00000000 fe:01 1 /a\n"));
        assertThat(map.files()).hasSizeBetween(100, ProcessMap.MAX_FILES);
        assertThat(map.problems()).hasSizeBetween(1, 20)
            .anyMatch(line -> line.startsWith("more executable files are mapped than are looked at"))
            .anyMatch(line -> line.startsWith("a file is mapped more than 256 times"));
        long kept = 0;
        for (final ProcessMap.MappedFile file : map.files()) {
            kept += file.first().path().length();
        }
        assertThat(kept).isLessThan(4 << 20);
    }

    /** Text that is made while it is read. */
    private static final class GeneratedLines extends InputStream {
        private final long count;
        private final LongFunction<String> lines;
        private byte[] line = new byte[0];
        private long next;
        private int at;

        GeneratedLines(final long count, final LongFunction<String> lines) {
            this.count = count;
            this.lines = lines;
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int read(final byte[] to, final int offset, final int length) {
            if (at == line.length) {
                if (next == count) {
                    return -1;
                }
                line = lines.apply(next++).getBytes(StandardCharsets.UTF_8);
                at = 0;
            }
            final int part = Math.min(length, line.length - at);
            System.arraycopy(line, at, to, offset, part);
            at += part;
            return part;
        }
    }

    private LoadedStubs load(final String provider, final StubBacking backing) {
        System.setProperty(StubFiles.DIRECTORY_PROPERTY, directory.resolve("stubs").toString());
        System.setProperty(StubBacking.PROPERTY, backing.text());
        final LoadedStubs stubs = StubLoader.load(provider, List.of(PROBE));
        assertThat(stubs.backing()).as(stubs.toString()).isEqualTo(backing);
        return stubs;
    }

    private static UsdtProbe only(final String provider) {
        final List<UsdtProbe> probes =
            ProcessProbes.of(SELF).stream().filter(probe -> probe.provider().equals(provider)).toList();
        assertThat(probes).hasSize(1);
        return probes.get(0);
    }

    private static void assertMatches(final UsdtProbe probe, final LoadedStubs stubs, final String backing) {
        assertThat(probe.name()).isEqualTo("seen");
        assertThat(probe.arguments()).isEqualTo("-8@%rdi 2@%si");
        assertThat(probe.siteAddress()).isEqualTo(stubs.stub(0));
        assertThat(probe.semaphoreAddress()).isEqualTo(stubs.word(0));
        assertThat(probe.semaphore()).isZero();
        assertThat(probe.backing()).isEqualTo(backing);
        assertThat(probe.siteOffset() & 0xFFF).isEqualTo(stubs.stub(0) & 0xFFF);
    }

    private static int uid() {
        return NativeCalls.get().geteuid();
    }
}
