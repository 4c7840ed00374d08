// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.bpf.drain.DrainConfig;
import dev.sluice.bpf.drain.DrainProgram;
import dev.sluice.bpf.trap.TrapConfig;
import dev.sluice.bpf.trap.TrapProgram;
import dev.sluice.bpf.trap.TrapRecord;
import dev.sluice.bpf.trap.UsdtProgram;
import dev.sluice.bpf.trap.UsdtSite;
import dev.sluice.ring.packet.PacketHeaderDescriptor;
import dev.sluice.usdt.ArgumentType;
import dev.sluice.usdt.LoadedStubs;
import dev.sluice.usdt.StubCalls;
import dev.sluice.usdt.StubLoader;
import dev.sluice.usdt.StubProbe;
import dev.sluice.usdt.find.ProbeArguments;
import dev.sluice.usdt.find.ProcessProbes;
import dev.sluice.usdt.find.UsdtProbe;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.agrona.UnsafeApi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The programs on stubs that our own ELF writer made, in this JVM. */
@KernelTest
@Timeout(300)
class StubTest {

    private static final int PID = Math.toIntExact(ProcessHandle.current().pid());
    private static final int RING_BUFFER_BYTES = 256 * 1024;
    private static final int EPOCH = 3;
    /** More than one, as the kernel rewrites the site at the first hits where it can. */
    private static final int HITS = 50;

    private static UsdtProbe find(final String provider, final String name) {
        return ProcessProbes.of(PID).stream()
            .filter(probe -> probe.provider().equals(provider) && probe.name().equals(name))
            .findFirst().orElseThrow();
    }

    private static StubProbe probe(final String name, final int arguments) {
        return new StubProbe(name, Collections.nCopies(arguments, ArgumentType.INT64));
    }

    @Test
    void shouldDrainWhenFiredThroughAStubOfOurOwn() {
        final LoadedStubs stubs = StubLoader.load("bpf_drained", List.of(probe("drain", 3)));
        final UsdtProbe site = find("bpf_drained", "drain");
        final int contentLength = 65536;
        final long header = UnsafeApi.allocateMemory(PacketHeaderDescriptor.LENGTH + contentLength);
        UnsafeApi.setMemory(header, PacketHeaderDescriptor.LENGTH + contentLength, (byte) 0);
        final long packetBits = (PacketHeaderDescriptor.LENGTH + contentLength) * 8L;
        UnsafeApi.putInt(header + PacketHeaderDescriptor.MAGIC_OFFSET, PacketHeaderDescriptor.MAGIC);
        UnsafeApi.putLong(header + PacketHeaderDescriptor.CONTENT_SIZE_OFFSET, packetBits);
        UnsafeApi.putLong(header + PacketHeaderDescriptor.PACKET_SIZE_OFFSET, packetBits);
        UnsafeApi.putShort(header + PacketHeaderDescriptor.EPOCH_OFFSET, (short) EPOCH);
        UnsafeApi.putShort(header + PacketHeaderDescriptor.HEADER_LENGTH_OFFSET,
            (short) PacketHeaderDescriptor.LENGTH);
        final List<Long> sequences = new ArrayList<>();
        try (DrainProgram program = DrainProgram.load(new DrainConfig(PID, EPOCH, 1, RING_BUFFER_BYTES))) {
            program.attach(PID, site.path(), site.siteOffset(), site.semaphoreOffset());
            assertThat(UnsafeApi.getShort(stubs.word(0))).isEqualTo((short) 1);
            for (long sequence = 1; sequence <= HITS; sequence++) {
                UnsafeApi.putLong(header + PacketHeaderDescriptor.SEQUENCE_OFFSET, sequence);
                StubCalls.drain(stubs.stub(0), header, header + PacketHeaderDescriptor.LENGTH, contentLength);
                program.ringBuffer().poll((address, length) -> sequences.add(
                    UnsafeApi.getLong(address + PacketHeaderDescriptor.SEQUENCE_OFFSET)), 10);
            }
            assertThat(program.traps()).isEqualTo(HITS);
        } finally {
            UnsafeApi.freeMemory(header);
        }
        assertThat(sequences).isEqualTo(LongStream.rangeClosed(1, HITS).boxed().toList());
        assertThat(UnsafeApi.getShort(stubs.word(0))).isZero();
    }

    @Test
    void shouldDeliverTwelveArgumentsWhenFiredThroughAStubOfOurOwn() {
        final LoadedStubs stubs = StubLoader.load("bpf_trapped", List.of(probe("twelve", 12), probe("two", 2)));
        final UsdtProbe twelve = find("bpf_trapped", "twelve");
        final UsdtProbe two = find("bpf_trapped", "two");
        final List<List<Long>> received = new ArrayList<>();
        try (TrapProgram program = TrapProgram.load(new TrapConfig(PID, RING_BUFFER_BYTES))) {
            program.attach(PID, twelve.path(), twelve.siteOffset(), twelve.semaphoreOffset(), 12, 12, 0);
            program.attach(PID, two.path(), two.siteOffset(), two.semaphoreOffset(), 2, 2, 0);
            for (long i = 0; i < HITS; i++) {
                StubCalls.trap12(stubs.stub(0), i, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, -i);
                StubCalls.trap2(stubs.stub(1), i, -i);
            }
            final TrapRecord record = new TrapRecord();
            program.ringBuffer().poll((address, length) -> {
                record.wrap(address, length);
                received.add(LongStream.range(0, record.probeId()).mapToObj(i -> record.argument((int) i)).toList());
            }, Integer.MAX_VALUE);
        }
        assertThat(received).hasSize(2 * HITS);
        for (int i = 0; i < HITS; i++) {
            assertThat(received.get(2 * i)).containsExactly(
                (long) i, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, (long) -i);
            assertThat(received.get(2 * i + 1)).containsExactly((long) i, (long) -i);
        }
    }

    @Test
    void shouldReadTwelveArgumentsWhenTheTracerIsLibbpfItself(@TempDir final Path directory) throws Exception {
        final Path sources = Path.of(System.getProperty("sluice.root"), "bpf-programs", "src", "test", "c");
        final String architecture = System.getProperty("os.arch").replace("amd64", "x86_64");
        final Path object = directory.resolve("usdt_reader.bpf.o");
        final Path program = directory.resolve("usdt_reader");
        NativeTarget.run("clang", "-idirafter", "/usr/include/" + architecture + "-linux-gnu", "-O2", "-g", "-target",
            "bpf", "-D__TARGET_ARCH_" + architecture.replace("x86_64", "x86").replace("aarch64", "arm64"), "-c",
            sources.resolve("usdt_reader.bpf.c").toString(), "-o", object.toString());
        NativeTarget.run("gcc", "-Wall", "-Wextra", "-Werror", "-O2", "-o", program.toString(),
            sources.resolve("usdt_reader.c").toString(), "-lbpf");
        final List<ArgumentType> types = new ArrayList<>(List.of(ArgumentType.values()));
        types.addAll(List.of(ArgumentType.INT8, ArgumentType.UINT16, ArgumentType.INT32, ArgumentType.INT64));
        final LoadedStubs stubs = StubLoader.load("bpf_libbpf", List.of(new StubProbe("twelve", types)));
        final Process reader = new ProcessBuilder(program.toString(), object.toString(), Integer.toString(PID),
            stubs.path(), "bpf_libbpf", "twelve").redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (BufferedReader out = reader.inputReader()) {
            assertThat(out.readLine()).isEqualTo("attached");
            assertThat(UnsafeApi.getShort(stubs.word(0))).isEqualTo((short) 1);
            final long value = 0xFEDC_BA98_8765_8290L;
            StubCalls.trap12(stubs.stub(0), value, value, value, value, value, value, value, value, value, value,
                value, value);
            assertThat(out.readLine()).isEqualTo("12 " + types.stream()
                .map(type -> Long.toString(cut(value, type))).collect(Collectors.joining(" ")));
            reader.outputWriter().close();
            assertThat(reader.waitFor(180, TimeUnit.SECONDS)).isTrue();
            assertThat(UnsafeApi.getShort(stubs.word(0))).isZero();
        } finally {
            reader.destroyForcibly();
        }
    }

    @Test
    void shouldReachBothVersionsWhenAProviderIsLoadedTwice() {
        final LoadedStubs old = StubLoader.load("bpf_versions", List.of(probe("same", 1)));
        final LoadedStubs young = StubLoader.load("bpf_versions", List.of(probe("same", 2), probe("other", 0)));
        final List<UsdtSite> sites = ProcessProbes.of(PID).stream()
            .filter(p -> p.provider().equals("bpf_versions") && p.name().equals("same"))
            .map(p -> new UsdtSite(p.path(), p.siteOffset(), p.semaphoreOffset(), 0,
                ProbeArguments.parse(p.arguments()), 0, 0)).toList();
        assertThat(sites).extracting(UsdtSite::path).containsExactlyInAnyOrder(old.path(), young.path());
        try (UsdtProgram program =
            UsdtProgram.load(new TrapConfig(PID, RING_BUFFER_BYTES), UsdtProgram.Mode.COUNT, sites)) {
            program.attach();
            StubCalls.trap1(old.stub(0), 1);
            StubCalls.trap2(young.stub(0), 1, 2);
            StubCalls.trap0(young.stub(1));
            assertThat(program.count(0)).isEqualTo(2);
        }
        assertThat(UnsafeApi.getShort(old.word(0))).isZero();
        assertThat(UnsafeApi.getShort(young.word(0))).isZero();
    }

    private static long cut(final long value, final ArgumentType type) {
        final int shift = Long.SIZE - type.sizeBytes() * Byte.SIZE;
        return type.isSigned() ? value << shift >> shift : value << shift >>> shift;
    }
}
