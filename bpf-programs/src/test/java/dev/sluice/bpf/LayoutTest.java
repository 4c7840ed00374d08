// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LayoutTest {

    @Test
    void shouldMatchTheGoldenPacketHeaderWhenWrittenByC() throws IOException {
        final Path golden = Path.of(System.getProperty("sluice.root"),
            "bpf-programs/src/test/resources/golden/packet-header.bin");
        NativeTarget.run(NativeTarget.compile("packet_header_check").toString(), golden.toString());
    }

    @Test
    void shouldHaveTheLengthsThatCAssertsWhenLaidOut() {
        assertThat(TargetIdentity.LENGTH).isEqualTo(32);
        assertThat(DrainLayout.CONFIG_LENGTH).isEqualTo(40);
        assertThat(DrainLayout.FAILURES_OFFSET).isEqualTo(64);
        assertThat(DrainLayout.FAILURE_LENGTH).isEqualTo(32);
        assertThat(DrainLayout.STATS_LENGTH).isEqualTo(224);
        assertThat(TrapRecord.ARGUMENTS_OFFSET).isEqualTo(16);
    }

    @ParameterizedTest
    @CsvSource({"EXACT,0,136", "EXACT,24,160", "EXACT_SLEEPABLE,65536,65672", "CLASSES,0,392", "CLASSES,256,392",
        "CLASSES,264,1160", "CLASSES_SLEEPABLE,32776,65672", "CLASSES,65536,65672"})
    void shouldStateWhatARecordTakesWhenAskedForItsLength(final DrainVariant variant, final int content,
                                                          final int expected) {
        assertThat(variant.recordLength(content)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"0,0,handle_trap_integers_0", "6,0,handle_trap_integers_6", "6,32,handle_trap_string",
        "7,0,handle_trap_general_0", "7,64,handle_trap_general_1", "2,3,handle_trap_general_2",
        "12,7,handle_trap_general_4", "12,31,handle_trap_general_12"})
    void shouldChooseTheLeanestProgramWhenAttachingATrap(final int count, final int strings, final String expected) {
        assertThat(TrapProgram.programFor(count, strings)).isEqualTo(expected);
    }

    @Test
    void shouldRefuseArgumentsWhenOutOfRange() {
        assertThatThrownBy(() -> new DrainConfig(1, 65536, 1, 1 << 20)).hasMessageContaining("epoch=65536");
        assertThatThrownBy(() -> new DrainConfig(1, 1, 1, (1 << 20) + 4096)).hasMessageContaining("power of two");
        assertThatThrownBy(() -> new DrainConfig(1, 1, 1, 1 << 16)).hasMessageContaining("ringBufferBytes=65536");
        assertThatThrownBy(() -> DrainVariant.EXACT.recordLength(12)).hasMessageContaining("contentLength=12");
    }
}
