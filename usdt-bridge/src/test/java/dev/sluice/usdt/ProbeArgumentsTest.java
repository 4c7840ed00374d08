// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.usdt;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.testsupport.Seed;
import dev.sluice.usdt.find.ProbeArgument;
import dev.sluice.usdt.find.ProbeArguments;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Specifications as gcc and clang write them, and as nobody does; real probes are read elsewhere. */
class ProbeArgumentsTest {
    private static final int NONE = ProbeArgument.NONE;

    private static String describe(final String specification, final String architecture) {
        final List<ProbeArgument> arguments = ProbeArguments.parse(specification, architecture);
        assertThat(arguments).hasSize(1);
        final ProbeArgument a = arguments.get(0);
        assertThat(a.text()).isEqualTo(specification);
        return a.kind() + " " + (a.isSigned() ? "-" : "") + a.lengthBytes() + (a.isFloat() ? "f " : " ") + a.value()
            + " " + a.base() + " " + a.index() + " " + a.shift();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "8@%rdi | REGISTER 8 0 112 -1 0", "-4@%eax | REGISTER -4 0 80 -1 0", "2@%cx | REGISTER 2 0 88 -1 0",
        "-1@%sil | REGISTER -1 0 104 -1 0", "1@%ah | REGISTER 1 0 80 -1 8", "-1@%bh | REGISTER -1 0 40 -1 8",
        "8@%r15 | REGISTER 8 0 0 -1 0", "-4@%r8d | REGISTER -4 0 72 -1 0", "2@%r12w | REGISTER 2 0 24 -1 0",
        "1@%r9b | REGISTER 1 0 64 -1 0", "8@%rsp | REGISTER 8 0 152 -1 0", "1@%bpl | REGISTER 1 0 32 -1 0",
        "4@%ax | REGISTER 2 0 80 -1 0", "%rdx | REGISTER 8 0 96 -1 0",
        "-4@$-7 | CONSTANT -4 -7 -1 -1 0", "8@$0x10 | CONSTANT 8 16 -1 -1 0",
        "8@$18446744073709551615 | CONSTANT 8 -1 -1 -1 0",
        "8@(%rdi) | MEMORY 8 0 112 -1 0", "-4@-20(%rbp) | MEMORY -4 -20 32 -1 0",
        "-2@2(%rdi,%rax) | MEMORY -2 2 112 80 0", "-4@(%rsi,%rcx,4) | MEMORY -4 0 104 88 2",
        "8@16(,%rax,8) | MEMORY 8 16 -1 80 3", "8@0x10(%r13) | MEMORY 8 16 16 -1 0",
        "8@global(%rip) | UNREADABLE 8 0 -1 -1 0", "8f@%xmm0 | UNREADABLE 8f 0 -1 -1 0",
        "8f@%rdi | REGISTER 8f 0 112 -1 0", "4f@%eax | REGISTER 4f 0 80 -1 0", "-8f@8(%rsp) | MEMORY -8f 8 152 -1 0",
        "8f@%eax | UNREADABLE 8f 0 -1 -1 0", "2f@%ax | UNREADABLE 2f 0 -1 -1 0", "8f@$3 | UNREADABLE 8f 0 -1 -1 0",
        "8@table(,%rax,8) | UNREADABLE 8 0 -1 -1 0", "8@%fs:0 | UNREADABLE 8 0 -1 -1 0",
        "8@8(%eax) | UNREADABLE 8 0 -1 -1 0", "8@() | UNREADABLE 8 0 -1 -1 0",
        "8@$99999999999999999999 | UNREADABLE 8 0 -1 -1 0"})
    void shouldSayWhereTheArgumentIsWhenItIsX86(final String specification, final String expected) {
        assertThat(describe(specification, "amd64")).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "8@x0 | REGISTER 8 0 0 -1 0", "-4@w30 | REGISTER -4 0 240 -1 0", "8@sp | REGISTER 8 0 248 -1 0",
        "-4@-1 | CONSTANT -4 -1 -1 -1 0", "8@#42 | CONSTANT 8 42 -1 -1 0",
        "8@[x1] | MEMORY 8 0 8 -1 0", "-4@[sp, 12] | MEMORY -4 12 248 -1 0", "1@[x29, #-8] | MEMORY 1 -8 232 -1 0",
        "8@[x0, x2] | MEMORY 8 0 0 16 0", "8@[x0, x2, lsl #3] | MEMORY 8 0 0 16 3",
        "8@[w1] | UNREADABLE 8 0 -1 -1 0", "8@d0 | UNREADABLE 8 0 -1 -1 0",
        "8f@d0 | UNREADABLE 8f 0 -1 -1 0", "8f@[sp, 8] | MEMORY 8f 8 248 -1 0",
        "4@[x0, w1, sxtw #2] | UNREADABLE 4 0 -1 -1 0"})
    void shouldSayWhereTheArgumentIsWhenItIsAarch64(final String specification, final String expected) {
        assertThat(describe(specification, "aarch64")).isEqualTo(expected);
    }

    @Test
    void shouldFindAllWhenThereAreSeveral() {
        assertThat(ProbeArguments.parse("")).isEmpty();
        assertThat(ProbeArguments.parse("8@x0  -4@[sp, 16] 8@[x1,x2, lsl 3]", "aarch64"))
            .extracting(ProbeArgument::kind).containsExactly(ProbeArgument.Kind.REGISTER, ProbeArgument.Kind.MEMORY,
                ProbeArgument.Kind.MEMORY);
        // What our own stubs say is read back as what it is.
        for (final Architecture architecture : List.of(new X86Architecture(), new Aarch64Architecture())) {
            final String name = architecture instanceof X86Architecture ? "amd64" : "aarch64";
            for (int i = 0; i < StubProbe.MAX_ARGUMENTS; i++) {
                for (final ArgumentType type : ArgumentType.values()) {
                    final ProbeArgument argument = ProbeArguments.parse(architecture.argument(i, type), name).get(0);
                    assertThat(argument.isReadable()).isTrue();
                    assertThat(argument.isSigned()).isEqualTo(type.isSigned());
                    assertThat(argument.index()).isEqualTo(NONE);
                }
            }
        }
    }

    @Test
    void shouldNeverFailWhenTheTextIsRandom() {
        final long seed = Seed.draw("ProbeArgumentsTest");
        final Random random = new Random(seed);
        final String alphabet = " -0123456789@%$(),[]xwrdiaspf#l\u00e9";
        for (int round = 0; round < 50_000; round++) {
            final StringBuilder text = new StringBuilder("-8@".substring(random.nextInt(4)));
            for (int i = random.nextInt(24); i > 0; i--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            for (final String architecture : List.of("amd64", "aarch64")) {
                assertThat(ProbeArguments.parse(text.toString(), architecture)).as("seed=" + seed)
                    .allSatisfy(a -> assertThat(a.base()).isBetween(NONE, 248));
            }
        }
    }
}
