// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.replay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cli.replay.pace.ReplayClock;
import dev.sluice.testsupport.OneJdk;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What the lines that somebody enters at a terminal do to the time of a replay. */
@OneJdk
class ReplayControlsTest {
    private static final long NOW = 1_000;

    private final ReplayClock clock = new ReplayClock(() -> NOW);

    @Test
    void shouldPauseStepAndEndWhenTheTerminalsLinesSaySo() {
        final ReplayControls controls = new ReplayControls(clock);
        read(controls, "\n");
        assertThat(clock.isStopped()).isTrue();
        read(controls, "\n");
        assertThat(clock.isStopped()).isFalse();
        read(controls, "what\n3\n");
        assertThat(clock.isStopped()).isTrue();
        assertThat(clock.isDue(NOW) && clock.isDue(NOW) && clock.isDue(NOW)).isTrue();
        assertThat(clock.isDue(NOW)).isFalse();
        assertThat(controls.isQuit()).isFalse();
        read(controls, "q\n");
        assertThat(controls.isQuit()).isTrue();
    }

    private static void read(final ReplayControls controls, final String lines) {
        controls.read(new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)));
    }
}
