// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.testsupport.OneJdk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Objects for aarch64: read by other people's tools, then loaded and called by an emulated processor. */
@OneJdk
@Tag("kernel")
@Timeout(400)
class Aarch64Test {
    private static final Aarch64Architecture ARM = new Aarch64Architecture();
    private static final List<StubProbe> PROBES = List.of(new StubProbe("none", List.of()),
        new StubProbe("one", List.of(ArgumentType.INT32)),
        new StubProbe("twelve", Collections.nCopies(12, ArgumentType.INT64)));
    private static final String CALLER = """
        /* Copyright the Sluice authors */
        /* SPDX-License-Identifier: Apache-2.0 */
        #include <dlfcn.h>
        #include <stdio.h>
        #include <string.h>
        typedef void stub(long, long, long, long, long, long, long, long, long, long, long, long);
        typedef void call6(void *, long, long, long, long, long, long);
        typedef void method6(void *, void *, void *, long, long, long, long, long, long);
        typedef void method12(void *, void *, stub *, long, long, long, long, long, long, long, long, long, long, long,
                              long);
        typedef void call12(stub *, long, long, long, long, long, long, long, long, long, long, long, long);
        static void six(long a, long b, long c, long d, long e, long f)
        {
            printf("six %ld %ld %ld %ld %ld %ld\\n", a, b, c, d, e, f);
        }
        static void twelve(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j, long k,
                           long l)
        {
            printf("twelve %ld %ld %ld %ld %ld %ld %ld %ld %ld %ld %ld %ld\\n", a, b, c, d, e, f, g, h, i, j, k, l);
        }
        int main(int argc, char **argv)
        {
            void *object = dlopen(argv[1], RTLD_NOW);
            if (!object)
                return puts(dlerror()), 1;
            for (int i = 2; i < argc; i++) {
                void *symbol = dlsym(object, argv[i]);
                if (!symbol)
                    return puts(dlerror()), 1;
                if (!strcmp(argv[i], "call6"))
                    ((call6 *)symbol)(six, 1, 2, 3, 4, 5, 6);
                else if (!strcmp(argv[i], "call12"))
                    ((call12 *)symbol)(twelve, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
                else if (!strcmp(argv[i], "method6"))
                    ((method6 *)symbol)(0, 0, six, 1, 2, 3, 4, 5, 6);
                else if (!strcmp(argv[i], "method12"))
                    ((method12 *)symbol)(0, 0, twelve, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
                else if (!strncmp(argv[i], "counter", 7))
                    printf("counter %d\\n", ((long (*)(void))symbol)() <= ((long (*)(void))symbol)());
                else
                    ((stub *)symbol)(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
                printf("called %s\\n", argv[i]);
            }
            return 0;
        }
        """;

    @TempDir
    private Path directory;
    private Path probes;
    private Path functions;

    @BeforeEach
    void write() throws IOException {
        probes = Files.write(directory.resolve("probes.so"),
            StubObject.ofProbes(ARM, ProbeSite.NOP5, "shop", PROBES).bytes());
        functions = Files.write(directory.resolve("functions.so"), StubObject.ofFunctions(ARM, List.of(
            new StubObject.Function("call6", ARM.trampoline()),
            new StubObject.Function("call12", ARM.wideTrampoline()),
            new StubObject.Function("method6", ARM.nativeMethod()),
            new StubObject.Function("method12", ARM.wideNativeMethod()),
            new StubObject.Function("counter", ARM.readCounter()),
            new StubObject.Function("counterInOrder", ARM.readCounterInOrder()),
            new StubObject.Function("ownReturn", ARM.ownReturn()))).bytes());
    }

    @Test
    void shouldPassReadelfWhenWritten() {
        assumeTrue(Commands.has("readelf"), "readelf is missing: install binutils");
        for (final Path object : List.of(probes, functions)) {
            assertThat(Commands.run("readelf", "-aW", object.toString())).contains("AArch64")
                .doesNotContainIgnoringCase("warning").doesNotContainIgnoringCase("error:");
        }
        assertThat(Commands.run("readelf", "-nW", probes.toString())).contains("Arguments: -4@x0")
            .contains("-8@x6 -8@x7 -8@[sp] -8@[sp, 8] -8@[sp, 16] -8@[sp, 24]");
    }

    @Test
    void shouldHoldTheInstructionsThatAreMeantWhenDisassembled() {
        assumeTrue(Commands.has("llvm-objdump"), "llvm-objdump is missing: install llvm");
        final String stubs = disassemble(probes);
        for (final StubProbe probe : PROBES) {
            assertThat(stubs).contains("<shop:" + probe.name() + ">: nop ret");
        }
        assertThat(disassemble(functions)).contains("<call6>: mov x16, x0 mov x0, x1 mov x1, x2 mov x2, x3 mov x3, x4 "
            + "mov x4, x5 mov x5, x6 mov x6, x7 br x16", "ldr x7, [sp] sub sp, sp, #48 stp x29, x30, [sp, #32] "
            + "ldr x17, [sp, #56] str x17, [sp] ldr x17, [sp, #64] str x17, [sp, #8]",
            "blr x16 ldp x29, x30, [sp, #32] add sp, sp, #48 ret", "<counter>: mrs x0, CNTVCT_EL0 ret",
            "<ownReturn>: adr x0, #4 ret");
    }

    /** Instructions only, with one blank between words. */
    private static String disassemble(final Path object) {
        return Commands.run("llvm-objdump", "-d", "--no-show-raw-insn", "--no-leading-addr", object.toString())
            .replaceAll("\\s+", " ");
    }

    @Test
    void shouldRunWhenAnEmulatedProgramLoadsAndCallsIt() throws IOException {
        assumeTrue(Commands.has("qemu-aarch64") && Commands.has("aarch64-linux-gnu-gcc"), "the emulator or the compiler"
            + " is missing: install qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross");
        final Path source = Files.writeString(directory.resolve("caller.c"), CALLER);
        final String program = directory.resolve("caller").toString();
        Commands.run("aarch64-linux-gnu-gcc", "-O2", "-o", program, source.toString());
        final List<String> names = PROBES.stream().map(probe -> "shop:" + probe.name()).toList();
        assertThat(emulate(program, probes, names)).containsExactly("called shop:none", "called shop:one",
            "called shop:twelve");
        assertThat(emulate(program, functions,
            List.of("call6", "call12", "method6", "method12", "counter", "counterInOrder", "ownReturn")))
            .containsExactly(
            "six 1 2 3 4 5 6", "called call6", "twelve 1 2 3 4 5 6 7 8 9 10 11 12", "called call12",
            "six 1 2 3 4 5 6", "called method6", "twelve 1 2 3 4 5 6 7 8 9 10 11 12", "called method12",
            "counter 1", "called counter", "counter 1", "called counterInOrder",
            "called ownReturn");
    }

    private static List<String> emulate(final String program, final Path object, final List<String> symbols) {
        final List<String> command = new ArrayList<>(
            List.of("qemu-aarch64", "-L", "/usr/aarch64-linux-gnu", program, object.toString()));
        command.addAll(symbols);
        return Commands.run(command.toArray(new String[0])).lines().toList();
    }
}
