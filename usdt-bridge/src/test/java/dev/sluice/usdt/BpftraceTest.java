// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.os.NativeCalls;
import dev.sluice.testsupport.OneJdk;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A tracer that knows nothing of us sees our probes, attaches to them in this JVM, and reads their arguments. */
@OneJdk
@Tag("kernel")
class BpftraceTest {
    private static final long SELF = ProcessHandle.current().pid();
    private static final long LIMIT_NS = TimeUnit.MINUTES.toNanos(2);
    /** bpftrace wants tracefs; a mount namespace of its own leaves the machine as it is. */
    private static final String MOUNTED = "mountpoint -q /sys/kernel/tracing || mount -t tracefs none "
        + "/sys/kernel/tracing; [ -d /sys/kernel/debug/tracing ] || mount -t debugfs none /sys/kernel/debug; "
        + "exec bpftrace \"$@\"";

    @TempDir
    private Path directory;

    @BeforeEach
    void needTracer() {
        assumeTrue(NativeCalls.get().geteuid() == 0, "attaching needs root");
        assumeTrue(Files.exists(Path.of("/sys/kernel/btf/vmlinux")), "this kernel has no BTF");
        assumeTrue(Commands.has("bpftrace"), "bpftrace is missing: install bpftrace");
        System.setProperty(StubFiles.DIRECTORY_PROPERTY, directory.toString());
    }

    @AfterEach
    void clearProperties() {
        System.clearProperty(StubFiles.DIRECTORY_PROPERTY);
        System.clearProperty(StubBacking.PROPERTY);
        System.clearProperty(ProbeSite.PROPERTY);
    }

    @Test
    void shouldListOurProbesWhenAskedForThisProcess() throws Exception {
        final LoadedStubs stubs = StubLoader.load("listed",
            List.of(new StubProbe("one", List.of()), new StubProbe("two", List.of(ArgumentType.INT8))));
        try (Tracer tracer = new Tracer("-l", "usdt:*", "-p", Long.toString(SELF))) {
            tracer.awaitLine(stubs.path() + ":listed:one", () -> { });
            tracer.awaitLine(stubs.path() + ":listed:two", () -> { });
        }
    }

    @ParameterizedTest
    @CsvSource({"file,nop1", "file,nop5", "memfd,nop5"})
    void shouldDeliverWidthsAndTextWhenAttached(final String backing, final String site) throws Exception {
        System.setProperty(StubBacking.PROPERTY, backing);
        System.setProperty(ProbeSite.PROPERTY, site);
        final String provider = "attached_" + backing + site;
        final LoadedStubs stubs = StubLoader.load(provider, List.of(new StubProbe("placed", List.of(
            ArgumentType.UINT64, ArgumentType.INT8, ArgumentType.INT16, ArgumentType.INT32, ArgumentType.INT64))));
        assertThat(stubs.backing().text()).as(stubs.toString()).isEqualTo(backing);
        final ByteBuffer word = NativeCalls.get().bufferAt(stubs.word(0), 4);
        word.putShort(2, (short) 0x5A5A);
        final ByteBuffer text = ByteBuffer.allocateDirect(32).put("grüße\0".getBytes(StandardCharsets.UTF_8));
        assertThat(word.getShort(0)).isZero();
        try (Tracer tracer = Tracer.of("usdt:*:" + provider + ":placed { "
            + "printf(\"%s %d %d %d %ld\\n\", str(arg0), (int8)arg1, (int16)arg2, (int32)arg3, arg4); }")) {
            awaitSemaphore(word, 1);
            final long stub = stubs.stub(0);
            // The high bits of each argument are noise that the note's widths hide.
            final long at = NativeCalls.get().addressOf(text);
            tracer.awaitLine("grüße -2 -32767 -3 " + Long.MIN_VALUE, () ->
                StubCalls.trap5(stub, at, 0x7FFF_FFFEL, 0x7FFF_8001L, 0xFFFF_FFFDL, Long.MIN_VALUE));
            for (int i = 0; i < 3; i++) {
                final int value = i;
                tracer.awaitLine("grüße " + i + " 0 0 0", () -> StubCalls.trap6(stub, at, value, 0, 0, 0, 0));
            }
        }
        Reference.reachabilityFence(text);
        awaitSemaphore(word, 0);
        assertThat(word.getShort(2)).as("our half of the word").isEqualTo((short) 0x5A5A);
    }

    @ParameterizedTest
    @CsvSource({"nop1", "nop5"})
    void shouldLeaveStackArgumentsWhereTheNoteSaysWhenThereAreTwelve(final String site) throws Exception {
        System.setProperty(ProbeSite.PROPERTY, site);
        final String provider = "wide_" + site;
        final LoadedStubs stubs = StubLoader.load(provider,
            List.of(new StubProbe("wide", Collections.nCopies(12, ArgumentType.INT64))));
        final ByteBuffer word = NativeCalls.get().bufferAt(stubs.word(0), 4);
        // bpftrace names six arguments only: the others are read as their note describes them.
        try (Tracer tracer = Tracer.of("usdt:*:" + provider + ":wide { "
            + "printf(\"%d %d %d %d\\n\", arg0, arg5, *(uint64 *)(reg(\"sp\") + 8), "
            + "*(uint64 *)(reg(\"sp\") + 48)); }")) {
            awaitSemaphore(word, 1);
            for (int i = 0; i < 3; i++) {
                final int last = 111 + i;
                tracer.awaitLine("100 105 106 " + last, () -> StubCalls.trap12(stubs.stub(0), 100, 101, 102, 103, 104,
                    105, 106, 107, 108, 109, 110, last));
            }
        }
        awaitSemaphore(word, 0);
    }

    @Test
    void shouldReachEachProbeByPathPidAndWildcardsWhenAskedEachWay() throws Exception {
        final List<StubProbe> probes = List.of(
            new StubProbe("narrow", List.of(ArgumentType.INT8, ArgumentType.UINT8, ArgumentType.INT16,
                ArgumentType.UINT16, ArgumentType.INT32, ArgumentType.UINT32)),
            new StubProbe("show", List.of(ArgumentType.INT64)),
            new StubProbe("wide", List.of(ArgumentType.INT64, ArgumentType.UINT64)));
        final LoadedStubs alpha = StubLoader.load("reach_alpha", probes);
        final LoadedStubs beta = StubLoader.load("reach_beta", probes);
        final long v = 0xFEDC_BA98_8765_8290L;
        try (Tracer tracer = Tracer.of("usdt:" + alpha.path() + ":reach_alpha:show { printf(\"alpha %d\\n\", arg0); } "
            + "usdt:" + beta.path() + ":reach_beta:show { printf(\"beta %d\\n\", arg0); } "
            + "usdt:*:reach_alpha:wi* { printf(\"name %ld %lu\\n\", arg0, arg1); } "
            + "usdt:*:reach_*:narrow { printf(\"%s %d %d %d %d %d %u\\n\", probe, (int8)arg0, arg1, "
            + "(int16)arg2, arg3, (int32)arg4, arg5); }")) {
            for (final LoadedStubs stubs : List.of(alpha, beta)) {
                tracer.awaitLine(":" + stubs.provider() + ":narrow -112 144 -32112 33424 -2023390576 2271576720",
                    () -> StubCalls.trap6(stubs.stub(0), v, v, v, v, v, v));
            }
            tracer.awaitLine("name " + v + " " + Long.toUnsignedString(v), () -> StubCalls.trap2(alpha.stub(2), v, v));
            tracer.awaitLine("beta 2002", () -> StubCalls.trap1(beta.stub(1), 2002));
            tracer.awaitLine("alpha 1001", () -> StubCalls.trap1(alpha.stub(1), 1001));
            // What the last fire printed is out when the next one's line is.
            tracer.awaitLine("beta 2003", () -> StubCalls.trap1(beta.stub(1), 2003));
            assertThat(tracer.seen).contains("alpha 1001", "beta 2002")
                .doesNotContain("alpha 2002", "alpha 2003", "beta 1001");
        }
        awaitSemaphore(NativeCalls.get().bufferAt(alpha.word(1), 4), 0);
        awaitSemaphore(NativeCalls.get().bufferAt(beta.word(1), 4), 0);
    }

    private static void awaitSemaphore(final ByteBuffer word, final int value) throws InterruptedException {
        final long deadline = System.nanoTime() + LIMIT_NS;
        while (Short.toUnsignedInt(word.getShort(0)) != value) {
            assertThat(System.nanoTime() - deadline).as("semaphore=" + word.getShort(0)).isNegative();
            Thread.sleep(1);
        }
    }

    /** A bpftrace process; closing it makes it detach. */
    private static final class Tracer implements AutoCloseable {
        private final Process process;
        private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        private final List<String> seen = new ArrayList<>();

        Tracer(final String... arguments) throws IOException {
            final List<String> command = new ArrayList<>(
                List.of("unshare", "-m", "sh", "-c", MOUNTED, "bpftrace"));
            command.addAll(List.of(arguments));
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
            final Thread reader = new Thread(this::read, "bpftrace-output");
            reader.setDaemon(true);
            reader.start();
        }

        /** Runs a program on this JVM; each line of output comes at once. */
        static Tracer of(final String program) throws IOException {
            return new Tracer("-B", "line", "-p", Long.toString(SELF), "-e", program);
        }

        private void read() {
            try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    lines.add(line);
                }
            } catch (final IOException e) {
                lines.add("reading failed: " + e);
            }
        }

        /**
         * Acts until a line with this end comes: the semaphore rises before the tracer is ready, so that the first
         * fires may be missed. Only the end counts, because bpftrace may put /proc/PID/root before a path.
         */
        void awaitLine(final String wanted, final Runnable action) throws InterruptedException {
            final long deadline = System.nanoTime() + LIMIT_NS;
            while (System.nanoTime() - deadline < 0) {
                action.run();
                String line = lines.poll(50, TimeUnit.MILLISECONDS);
                while (line != null) {
                    seen.add(line);
                    if (line.endsWith(wanted)) {
                        return;
                    }
                    line = lines.poll();
                }
            }
            fail("waited for [%s], saw:%n%s", wanted, String.join("\n", seen));
        }

        @Override
        public void close() {
            process.destroy();
            try {
                // Now and then bpftrace misses the signal; the kernel detaches what a killed tracer leaves.
                if (!process.waitFor(5, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (final InterruptedException e) {
                process.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }
}
