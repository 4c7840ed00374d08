// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PaceInfoTest {
    @ParameterizedTest
    @CsvSource({"100, 80, 10, 5, BUFFER, 5", "100, 10, 70, 10, RECEIVER, 10", "100, 10, 30, 50, PROCESSORS, 10",
        "100, 10, 20, 10, DISK, 60", "122, 94, 10, 55, PROCESSORS, 0", "100, 0, 100, 50, RECEIVER, 0"})
    void shouldNameWhatItWaitedForLongest(final long wall, final long idle, final long processor, final long queued,
        final PaceInfo.Short expected, final long disk) {
        final PaceInfo pace = new PaceInfo(wall, idle, processor, queued);
        assertThat(pace.shortage()).isEqualTo(expected);
        assertThat(pace.diskNs()).isEqualTo(disk);
        assertThat(DocumentCodec.decodePace(DocumentCodec.encode(pace))).isEqualTo(pace);
    }

    @ParameterizedTest
    @CsvSource({"-1, 0, 0, 0", "0, -1, 0, 0", "0, 0, -1, 0", "0, 0, 0, -1"})
    void shouldRefuseTimesThatRunBack(final long wall, final long idle, final long processor, final long queued) {
        assertThatThrownBy(() -> new PaceInfo(wall, idle, processor, queued))
            .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("wallNs=" + wall);
    }
}
