// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.record;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.consumer.record.TargetProgress;
import dev.sluice.store.format.LossCause;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The line of a recording that runs, by what is known at a time. */
class RecordingProgressTest {
    private static final long BEGIN_NS = -5_000_000_000L;

    private static TargetProgress target(final long pid, final long events, final long bytes, final long discarded,
        final long overwritten, final Map<LossCause, Long> lost) {
        return new TargetProgress(pid, false, events, 1, bytes, lost, discarded, overwritten, 9, 9);
    }

    private static long at(final long ms) {
        return BEGIN_NS + TimeUnit.MILLISECONDS.toNanos(ms);
    }

    @Test
    void shouldSayEventsRateBytesAndThatNothingIsLost() {
        final RecordingProgress progress = new RecordingProgress(BEGIN_NS);
        assertThat(progress.line("process 7", at(500), List.of(target(7, 1, 24, 9, 9, Map.of())), ""))
            .isEqualTo("process 7: 0 s, 1 event, 0/s, 24 B, 0 lost; Ctrl-C ends it");
        assertThat(progress.line("process 7", at(2_000), List.of(target(7, 3_000, 72_000, 9, 9, Map.of())), ""))
            .isEqualTo("process 7: 2 s, 3,000 events, 1,500/s, 70.31 KiB, 0 lost; Ctrl-C ends it");
        // The rate is that of the last time that was long enough.
        assertThat(progress.line("process 7", at(2_300), List.of(target(7, 4_000, 96_000, 9, 9, Map.of())), ""))
            .contains("4,000 events, 1,500/s, ");
        assertThat(progress.line("process 7", at(4_000), List.of(target(7, 4_000, 96_000, 9, 9, Map.of())), ""))
            .contains("4,000 events, 500/s, ");
    }

    /** Also what was refused before the line is shown for the first time, and before one that joins is in it. */
    @Test
    void shouldCountWhatIsMissingSinceTheRecordingOfEachProcessBegan() {
        final RecordingProgress progress = new RecordingProgress(BEGIN_NS);
        final TargetProgress one = target(7, 10, 240, 21, 9, Map.of(LossCause.BUFFER_FULL, 3L));
        assertThat(progress.line("2 targets", at(0), List.of(one), "")).contains(", 12 discarded, 3 lost");
        assertThat(progress.line("2 targets", at(10), List.of(one, target(8, 10, 240, 14, 11, Map.of())), ""))
            .contains(", 17 discarded, 2 overwritten, 3 lost");
        // A program may write into its counts what it likes.
        assertThat(progress.line("2 targets", at(20), List.of(target(7, 10, 240, 0, 0, Map.of())), ""))
            .contains(", 0 lost");
    }

    /** With --sum and --hist. */
    @Test
    void shouldFitATerminalsLineWithWhatWasFoundInTheEvents() {
        final RecordingProgress progress = new RecordingProgress(BEGIN_NS);
        final List<TargetProgress> targets = List.of(target(7, 1, 0, 9, 9, Map.of()));
        assertThat(progress.line("process 7", at(500), targets, "price sum 3"))
            .isEqualTo("process 7: 0 s, 1 event, 0/s, 0 B, 0 lost; price sum 3; Ctrl-C ends it");
        assertThat(progress.line("process 7", at(600), targets, "price sum 123,456,789"))
            .isEqualTo("process 7: 0 s, 1 event, 0/s, 0 B, 0 lost; price sum 123,456,789");
        assertThat(progress.line("process 7", at(700), targets, "price sum 123,456,789; took count 123,456,789"))
            .isEqualTo("process 7: 0 s, 1 event, 0/s, 0 B, 0 lost; price sum 123,456,789; took count...").hasSize(79);
        assertThat(progress.line("\u001B\u001B\u001B", at(800), targets, "price sum 123,456,789,123,456,789"))
            .hasSizeLessThanOrEqualTo(79).startsWith("\\u001B\\u001B\\u001B: ").endsWith("...");
    }

    /** What goes on in a terminal's next line is drawn below itself again and again. */
    @Test
    void shouldFitATerminalsLineWhateverTheNumbersAre() {
        final RecordingProgress progress = new RecordingProgress(BEGIN_NS);
        progress.line("process 4194304", at(0), List.of(target(4_194_304, 0, 0, 0, 0, Map.of())), "");
        final long many = 1L << 60;
        assertThat(progress.line("process 4194304", at(3_600_000), List.of(target(4_194_304, many, many, many, many,
            Map.of(LossCause.BUFFER_FULL, many))), "")).hasSize(79).startsWith("process 4194304: 3,600 s, ");
        assertThat(progress.line("process 4194304", at(3_700_000), List.of(target(4_194_304, 12_345_678_901L, 1L << 40,
            0, 0, Map.of())), "")).hasSizeLessThanOrEqualTo(79).startsWith("process 4194304: 3,700 s, 12,345,678,901 ");
    }
}
