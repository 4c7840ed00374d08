// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.record;

import dev.sluice.consumer.record.TargetProgress;
import dev.sluice.store.text.Counted;
import dev.sluice.store.text.PrintedText;
import dev.sluice.store.text.UnitText;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/**
 * The line that a terminal shows while a recording runs: for how long, events stored, of late a second, bytes, and what
 * is missing. For one thread.
 */
final class RecordingProgress {
    /** A longer line would go on in the terminal's next one, and could not be drawn over. */
    private static final int MOST_COLUMNS = 79;
    private static final String HINT = "; Ctrl-C ends it";
    /** Ends a line that is cut, because half of a number looks like another number. */
    private static final String CUT = "...";
    /** The rate is that of so long a time, or longer. */
    private static final long RATE_NS = TimeUnit.SECONDS.toNanos(1);

    private final long beginNs;
    private long ratedNs;
    private long ratedEvents;
    private long perSecond;

    /**
     * Nothing is stored yet.
     *
     * @param beginNs now, by System.nanoTime
     */
    RecordingProgress(final long beginNs) {
        this.beginNs = beginNs;
        ratedNs = beginNs;
    }

    /**
     * The line as it is now.
     *
     * @param subject what is recorded
     * @param nowNs   System.nanoTime
     * @param targets what was done of each so far
     * @param glance  what was found in the events so far, which is cut where the line is full; may be empty
     */
    String line(final String subject, final long nowNs, final List<TargetProgress> targets, final String glance) {
        final long events = sum(targets, TargetProgress::storedEvents);
        if (nowNs - ratedNs >= RATE_NS) {
            perSecond = Math.round((events - ratedEvents) * 1e9 / (nowNs - ratedNs));
            ratedNs = nowNs;
            ratedEvents = events;
        }
        // What is escaped on a terminal is longer, so that this comes before the cut.
        final String line = PrintedText.safe(String.format(Locale.ROOT, "%s: %,d s, %s, %,d/s, %s, %s%s", subject,
            TimeUnit.NANOSECONDS.toSeconds(nowNs - beginNs), Counted.of(events, "event"), perSecond,
            UnitText.of("B", sum(targets, TargetProgress::storedBytes)), missing(targets),
            glance.isEmpty() ? "" : "; " + glance));
        if (line.length() + HINT.length() <= MOST_COLUMNS) {
            return line + HINT;
        }
        return line.length() <= MOST_COLUMNS ? line : line.substring(0, MOST_COLUMNS - CUT.length()) + CUT;
    }

    private String missing(final List<TargetProgress> targets) {
        final StringJoiner missing = new StringJoiner(", ");
        add(missing, sum(targets, TargetProgress::discardedSince), " discarded");
        add(missing, sum(targets, TargetProgress::overwrittenSince), " overwritten");
        add(missing, sum(targets, target -> target.lost().values().stream().mapToLong(Long::longValue).sum()), " lost");
        return missing.length() == 0 ? "0 lost" : missing.toString();
    }

    private static void add(final StringJoiner missing, final long events, final String how) {
        if (events > 0) {
            missing.add(String.format(Locale.ROOT, "%,d", events) + how);
        }
    }

    private static long sum(final List<TargetProgress> targets, final ToLongFunction<TargetProgress> count) {
        return targets.stream().mapToLong(count).sum();
    }
}
