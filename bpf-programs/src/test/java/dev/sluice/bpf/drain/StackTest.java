// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf.drain;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.sluice.bpf.KernelTest;
import dev.sluice.bpf.NativeTarget;
import dev.sluice.bpf.NativeTarget.Header;
import dev.sluice.bpf.libbpf.BpfObject;
import dev.sluice.bpf.program.BpfObjects;
import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.agrona.UnsafeApi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No program has so large a stack that newer kernels give it one per processor, which tasks that wait or are preempted
 * share (issue 9, part 2).
 */
@OneJdk
@Timeout(300)
class StackTest {
    /** SLUICE_STACK_LIMIT in build.sh. */
    private static final int LIMIT = 48;
    /**
     * For a loop that the kernel inlines it saves three registers. It does so after it has decided which functions have
     * a stack per processor, so this does not count (docs/decisions/0155).
     */
    private static final int LOOP = 3 * Long.BYTES;
    private static final Path BPF = Path.of(System.getProperty("sluice.root"), "bpf-programs", "src", "main", "bpf");
    private static final Pattern DEPTHS = Pattern.compile("(?m)^stack depth ([0-9+]+)");
    private static final int LOG_LENGTH = 16 << 20;
    private static final int STATISTICS = 4;
    private static final String WITHHELD = "0x7e0000000000";

    @TempDir
    private Path directory;

    private static String checkStack(final Path object) throws IOException, InterruptedException {
        final Process check = new ProcessBuilder("sh", BPF.resolve("check-stack.sh").toString(),
            Integer.toString(LIMIT), object.toString()).redirectErrorStream(true).start();
        final String output = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(check.waitFor(180, TimeUnit.SECONDS)).isTrue();
        return check.exitValue() == 0 ? "" : output;
    }

    private Path compile(final String body) throws IOException {
        final Path source = directory.resolve("deep.bpf.c");
        Files.writeString(source, "#include <linux/bpf.h>\n#include <bpf/bpf_helpers.h>\n" + body);
        final Path object = directory.resolve("deep.bpf.o");
        final String architecture = System.getProperty("os.arch").replace("amd64", "x86_64");
        NativeTarget.run("clang", "-idirafter", "/usr/include/" + architecture + "-linux-gnu", "-O2", "-g",
            "-target", "bpf", "-c", source.toString(), "-o", object.toString());
        return object;
    }

    @Test
    void shouldRefuseAnObjectWhenAProgramOrASubprogramHasALargeStack() throws Exception {
        assertThat(checkStack(compile("SEC(\"uprobe\") int handle_deep(void *ctx) { volatile long c[7]; int i;"
            + " for (i = 0; i < 7; i++) c[i] = i; return c[3]; }")))
            .contains("handle_deep uses 56 bytes of stack, more than 48");
        assertThat(checkStack(compile("SEC(\"uprobe\") int handle_deep(void *ctx) { char c[56];"
            + " return bpf_get_current_comm(c, sizeof(c)); }"))).contains("handle_deep uses 56 bytes");
        assertThat(checkStack(compile("static __noinline int below(void *ctx) { char c[64];"
            + " return bpf_get_current_comm(c, sizeof(c)); }\n"
            + "SEC(\"uprobe\") int handle_flat(void *ctx) { return below(ctx); }")))
            .contains("below uses 64 bytes").doesNotContain("handle_flat");
        assertThat(checkStack(compile("SEC(\"uprobe\") int handle_flat(void *ctx) { char c[48];"
            + " return bpf_get_current_comm(c, sizeof(c)); }"))).isEmpty();
    }

    /** What the compiler wrote and what the kernel says of it are the same thing. */
    @KernelTest
    @ParameterizedTest
    @ValueSource(strings = {"drain", "drain_reduce", "trap", "usdt"})
    void shouldUseNoMoreStackThanTheLimitWhenTheVerifierHasMeasuredIt(final String name) {
        final TreeMap<String, String> depths = new TreeMap<>();
        final List<String> names;
        try (BpfObject object = BpfObject.open(name, BpfObjects.read(name))) {
            names = object.programNames();
        }
        for (final String only : names) {
            try (BpfObject object = BpfObject.open(name, BpfObjects.read(name)); Memory log = new Memory(LOG_LENGTH)) {
                object.programNames().forEach(program -> object.program(program).autoload(program.equals(only)));
                object.map(name.startsWith("drain") ? "sluice_batches" : "sluice_events").maxEntries(128 * 1024);
                final ByteBuffer target = ByteBuffer.allocate(object.map(".rodata.config").valueLength())
                    .order(ByteOrder.LITTLE_ENDIAN).putInt(16, 1).putInt(target(name), 1);
                object.map(".rodata.config").initialValue(target.array());
                object.program(only).logTo(Pointer.nativeValue(log), LOG_LENGTH, STATISTICS);
                object.load();
                final Matcher matcher = DEPTHS.matcher(log.getString(0));
                assertThat(matcher.find()).as(log.getString(0)).isTrue();
                depths.put(only, matcher.group(1));
            }
        }
        System.out.println("stack depths: " + depths);
        assertThat(depths).hasSameSizeAs(names);
        depths.forEach((program, of) -> assertThat(Arrays.stream(of.split("\\+")).mapToInt(Integer::parseInt).max()
            .orElseThrow()).as("%s: %s", program, of)
            .isLessThanOrEqualTo(LIMIT + (name.endsWith("reduce") ? LOOP : 0)));
    }

    /** Anything but zero where the drain has its slots, so that no code is dead. */
    private static int target(final String name) {
        return name.startsWith("drain") ? 36 : 20;
    }

    /** With a stack per processor the one that waits gets the other's record, and its own stays busy for ever. */
    @KernelTest
    @ParameterizedTest
    @ValueSource(strings = {"EXACT_SLEEPABLE", "CLASSES_SLEEPABLE"})
    void shouldKeepBatchesApartWhenOneWaitsForAPageAndAnotherComesOnTheSameProcessor(final DrainVariant variant)
        throws IOException {
        try (NativeTarget target = new NativeTarget(directory);
             DrainProgram program = DrainProgram.load(new DrainConfig(target.pid(), Header.EPOCH, Header.SLOTS,
                 256 * 1024).withVariant(variant))) {
            target.attach(program);
            assertThat(target.send("pin")).isEqualTo("done");
            assertThat(target.send("withhold " + WITHHELD)).isEqualTo("done");
            target.header(4096).putLong(56, 1);
            assertThat(target.send("sleep 0 @" + WITHHELD + " 4096")).isEqualTo("done");
            final byte[] content = target.content(Header.CONTENT, 24, 5);
            for (int sequence = 2; sequence <= 5; sequence++) {
                target.header(24).putLong(56, sequence);
                target.drain(Header.OFFSET, Header.CONTENT, 24);
            }
            assertThat(target.send("serve")).isEqualTo("done");
            final List<String> received = new ArrayList<>();
            program.ringBuffer().poll((address, length) -> {
                final int contentLength = UnsafeApi.getInt(null, address + 48) / 8 - 128;
                final byte[] bytes = new byte[contentLength];
                for (int i = 0; i < contentLength; i++) {
                    bytes[i] = UnsafeApi.getByte(null, address + 128 + i);
                }
                received.add(UnsafeApi.getLong(null, address + 56) + "/" + contentLength + "/"
                    + Arrays.equals(bytes, contentLength == 24 ? content : new byte[4096]));
            }, 100);
            assertThat(received).containsExactly("1/4096/true", "2/24/true", "3/24/true", "4/24/true", "5/24/true");
            assertThat(program.traps()).isEqualTo(5);
            assertThat(program.faultsResolved()).isEqualTo(1);
        }
    }
}
