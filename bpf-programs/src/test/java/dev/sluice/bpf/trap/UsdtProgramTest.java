// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.trap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.bpf.KernelTest;
import dev.sluice.bpf.libbpf.BpfException;
import dev.sluice.bpf.libbpf.UprobeMulti;
import dev.sluice.testsupport.OneJdk;
import dev.sluice.testsupport.SdtTarget;
import dev.sluice.usdt.find.ProbeArgument;
import dev.sluice.usdt.find.ProbeArguments;
import dev.sluice.usdt.find.ProcessProbes;
import dev.sluice.usdt.find.UsdtProbe;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Probes that gcc and sys/sdt.h made: their arguments are where it liked, and one probe has two sites. */
@OneJdk
@KernelTest
@Timeout(300)
class UsdtProgramTest {
    private static final int RING_BUFFER_BYTES = 64 * 1024;
    private static final String NO_SEMAPHORES = "trade 0 widths 0 places 0 twelve 0 depot 0";

    @TempDir
    private static Path directory;
    private static Path executable;
    private SdtTarget target;

    @BeforeAll
    static void compile() throws Exception {
        executable = SdtTarget.compile(directory);
    }

    @BeforeEach
    void start() throws Exception {
        target = SdtTarget.start(executable);
    }

    @AfterEach
    void stop() {
        System.clearProperty(UprobeMulti.PROPERTY);
        target.close();
    }

    private List<UsdtProbe> sites(final String provider, final String name) {
        return ProcessProbes.of(target.pid()).stream()
            .filter(probe -> probe.provider().equals(provider) && probe.name().equals(name)).toList();
    }

    private List<UsdtSite> select(final int number, final String provider, final String name, final int strings,
                                  final int measured) {
        return sites(provider, name).stream().map(site -> new UsdtSite(site.path(), site.siteOffset(),
            site.semaphoreOffset(), number, ProbeArguments.parse(site.arguments()), strings, measured)).toList();
    }

    private UsdtProgram load(final UsdtProgram.Mode mode, final List<UsdtSite> sites) {
        final UsdtProgram program =
            UsdtProgram.load(new TrapConfig((int) target.pid(), RING_BUFFER_BYTES), mode, sites);
        program.attach();
        return program;
    }

    /** All records: the probe's number, then its arguments. */
    private static List<List<Object>> records(final UsdtProgram program, final int count, final int strings) {
        final List<List<Object>> records = new ArrayList<>();
        final TrapRecord record = new TrapRecord();
        program.ringBuffer().poll((address, length) -> {
            record.wrap(address, length);
            final List<Object> values = new ArrayList<>(List.of(UsdtProgram.probeOf(record)));
            for (int i = 0; i < count; i++) {
                final boolean isUnread = (UsdtProgram.unreadOf(record) >> i & 1) != 0;
                values.add(isUnread ? "?" : (strings >> i & 1) != 0 ? record.string(i) : (Object) record.argument(i));
            }
            records.add(values);
        }, Integer.MAX_VALUE);
        return records;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldReadEveryWidthWhenACompilerChoseThePlaces(final boolean isMulti) throws Exception {
        System.setProperty(UprobeMulti.PROPERTY, Boolean.toString(isMulti));
        try (UsdtProgram program = load(UsdtProgram.Mode.PRINT, select(5, "market", "widths", 0, 0))) {
            final long value = 0xFEDC_BA98_8765_8290L;
            target.send("widths " + value);
            assertThat(records(program, 8, 0)).containsExactly(List.of(5, (long) (byte) value, value & 0xFF,
                (long) (short) value, value & 0xFFFF, (long) (int) value, value & 0xFFFF_FFFFL, value, value));
        }
    }

    @Test
    void shouldReadMemoryConstantsAndTextWhenArgumentsAreThere() throws Exception {
        final UsdtProbe site = sites("market", "places").get(0);
        assertThat(ProbeArguments.parse(site.arguments())).as(site.arguments()).extracting(ProbeArgument::kind)
            .contains(ProbeArgument.Kind.MEMORY, ProbeArgument.Kind.CONSTANT);
        assertThat(site.arguments()).as("gcc still indexes").contains(",4)");
        try (UsdtProgram program = load(UsdtProgram.Mode.PRINT, select(0, "market", "places", 1 << 6, 0))) {
            target.send("places 0");
            target.send("places 1");
            assertThat(records(program, 8, 1 << 6)).containsExactly(
                List.of(0, -1L, 10L, -100L, -1_000_000_000_000L, -11L, -7L, "gr\u00fc\u00dfe", 0x123456789aL),
                List.of(0, -1L, -20L, 200L, -1_000_000_000_000L, 22L, -7L, "gr\u00fc\u00dfe", 0x123456789aL));
        }
    }

    @Test
    void shouldReadTwelveArgumentsAndEverySiteWhenThereAreSeveral() throws Exception {
        final List<UsdtSite> both = new ArrayList<>(select(1, "market", "twelve", 0, 0));
        both.addAll(select(2, "market", "trade", 0, 0));
        assertThat(both).hasSize(3);
        try (UsdtProgram program = load(UsdtProgram.Mode.PRINT, both)) {
            target.send("twelve 1000");
            target.send("trade 2");
            final List<List<Object>> records = records(program, 12, 0);
            assertThat(records.get(0)).isEqualTo(concat(1, LongStream.range(1000, 1012).boxed().toList()));
            assertThat(records.subList(1, 5)).extracting(values -> values.subList(0, 3)).containsExactly(
                List.of(2, 0L, 0L), List.of(2, 0L, 0L), List.of(2, 1L, -1L), List.of(2, -1L, 1L));
        }
    }

    private static List<Object> concat(final Object first, final List<Long> rest) {
        final List<Object> all = new ArrayList<>(List.of(first));
        all.addAll(rest);
        return all;
    }

    @Test
    void shouldMarkArgumentsWhenTheyCannotBeRead() throws Exception {
        final UsdtProbe site = sites("market", "widths").get(0);
        final List<ProbeArgument> arguments =
            ProbeArguments.parse("8@global(%rip) 8@(%rip) 8@$7 -1@$200 8@0(,%rdi,1)", "amd64");
        try (UsdtProgram program = load(UsdtProgram.Mode.PRINT, List.of(new UsdtSite(site.path(), site.siteOffset(),
            site.semaphoreOffset(), 0, arguments, 0, 0)))) {
            // The last one is at address 5, which nobody maps.
            target.send("widths 5");
            assertThat(records(program, 5, 0)).containsExactly(List.of(0, "?", "?", 7L, -56L, "?"));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCountProvidersApartWhenTheirProbesHaveOneName(final boolean isMulti) throws Exception {
        System.setProperty(UprobeMulti.PROPERTY, Boolean.toString(isMulti));
        final List<UsdtSite> sites = new ArrayList<>(select(0, "market", "trade", 0, 0));
        sites.addAll(select(1, "depot", "trade", 0, 0));
        try (UsdtProgram program = load(UsdtProgram.Mode.COUNT, sites)) {
            // A semaphore counts the sites that are attached to, however many tracers there are.
            assertThat(target.send("semaphores")).isEqualTo("trade 2 widths 0 places 0 twelve 0 depot 1");
            target.send("trade 1000");
            assertThat(program.count(0)).isEqualTo(2000);
            assertThat(program.count(1)).isEqualTo(1000);
            // A child has the parent's breakpoints and is another process all the same.
            target.send("child 100");
            assertThat(program.count(0)).isEqualTo(2000);
            program.detach();
            target.send("trade 10");
            assertThat(program.count(1)).isEqualTo(1000);
            assertThat(program.failures(TrapFailure.BUFFER_FULL)).isZero();
        }
        assertThat(target.send("semaphores")).isEqualTo(NO_SEMAPHORES);
    }

    @Test
    void shouldPutEachValueIntoItsPowerOfTwoWhenMeasured() throws Exception {
        try (UsdtProgram program = load(UsdtProgram.Mode.HISTOGRAM, select(0, "market", "widths", 0, 6))) {
            for (final long value : new long[] {0, 1, 2, 3, 4, 7, 8, 1023, 1024, Long.MAX_VALUE, -1, Long.MIN_VALUE}) {
                target.send("widths " + value);
            }
            final long[] histogram = program.histogram(0);
            assertThat(histogram).hasSize(UsdtProgram.BUCKETS + 1);
            assertThat(IntStream.range(0, histogram.length).filter(i -> histogram[i] > 0)
                .mapToObj(i -> i + "=" + histogram[i])).containsExactly(
                "0=2", "1=1", "2=1", "3=2", "4=2", "5=1", "11=1", "12=1", "64=1");
        }
        // The same bits are a great number where the note says that they have no sign.
        try (UsdtProgram program = load(UsdtProgram.Mode.HISTOGRAM, select(0, "market", "widths", 0, 7))) {
            target.send("widths -1");
            assertThat(program.histogram(0)[65]).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldSayThatAnotherTracerHasNoSemaphoreWhenTheKernelRefuses(final boolean isMulti) throws Exception {
        System.setProperty(UprobeMulti.PROPERTY, Boolean.toString(isMulti));
        final UsdtSite good = select(0, "market", "trade", 0, 0).get(1);
        final UsdtSite without = new UsdtSite(good.path(), good.siteOffset(), 0, 0, good.arguments(), 0, 0);
        final List<UsdtSite> all = new ArrayList<>(select(1, "market", "widths", 0, 0));
        all.addAll(select(0, "market", "trade", 0, 0));
        try (UsdtProgram plain = load(UsdtProgram.Mode.COUNT, List.of(without))) {
            assertThatThrownBy(() -> load(UsdtProgram.Mode.COUNT, all)).isInstanceOf(BpfException.class)
                .hasMessageContaining("another tracer is attached to " + executable)
                .hasMessageContaining("without the semaphore")
                .hasMessageContaining(Long.toHexString(good.siteOffset()));
            assertThat(target.send("semaphores")).as("nothing of the set stays").isEqualTo(NO_SEMAPHORES);
            target.send("trade 1");
            assertThat(plain.count(0)).isEqualTo(1);
        }
        load(UsdtProgram.Mode.COUNT, all).close();
    }

    @Test
    void shouldKeepTheSemaphoreUpWhenOneOfTwoTracersLeaves() throws Exception {
        final List<UsdtSite> sites = select(0, "depot", "trade", 0, 0);
        try (UsdtProgram first = load(UsdtProgram.Mode.COUNT, sites)) {
            try (UsdtProgram second = load(UsdtProgram.Mode.COUNT, sites)) {
                assertThat(target.send("semaphores")).endsWith("depot 1");
                target.send("trade 3");
                assertThat(second.count(0)).isEqualTo(3);
            }
            assertThat(target.send("semaphores")).endsWith("depot 1");
            target.send("trade 4");
            assertThat(first.count(0)).isEqualTo(7);
        }
        assertThat(target.send("semaphores")).isEqualTo(NO_SEMAPHORES);
    }
}
