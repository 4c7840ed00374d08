// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.cli.output.CommandException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a recorder answers to whoever wants a snapshot. */
class SnapshotMarkTest {
    private static final SnapshotMark MARK = new SnapshotMark(123, true, new FlightBound(60_000_000_000L, 0), 4_096);

    @Test
    void shouldReadWhatItHasWritten() {
        assertThat(SnapshotMark.of(MARK.line())).isEqualTo(MARK);
    }

    @Test
    void shouldNeedNothingWhenAnOlderRecorderDoesNotSay() {
        final SnapshotMark older = SnapshotMark.of("at 123 complete 1 window 60000000000 bytes 0");
        assertThat(older).isEqualTo(new SnapshotMark(123, true, MARK.bound(), 0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "at 123", "at 123 complete 1 window 60000000000 bytes",
        "at x complete 1 window 1 bytes 0",
        "at 123 complete 1 window 60000000000 bytes 0 needed"})
    void shouldSayThatThereIsNoAnswerWhenItIsCutOff(final String line) {
        assertThatThrownBy(() -> SnapshotMark.of(line)).isInstanceOf(CommandException.class)
            .hasMessageContaining("gave no answer");
    }
}
