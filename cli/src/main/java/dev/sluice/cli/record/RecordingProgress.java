// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.cli.record;

import dev.sluice.consumer.record.TargetProgress;
import dev.sluice.store.text.Counted;
import dev.sluice.store.text.UnitText;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
    /** The rate is that of so long a time, or longer. */
    private static final long RATE_NS = TimeUnit.SECONDS.toNanos(1);

    private final long beginNs;
    /** What each process's rings had refused and overwritten when it was first seen: rings count for their lives. */
    private final Map<Long, Long> refusedBefore = new HashMap<>();
    private final Map<Long, Long> overwrittenBefore = new HashMap<>();
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
     */
    String line(final String subject, final long nowNs, final List<TargetProgress> targets) {
        final long events = sum(targets, TargetProgress::storedEvents);
        if (nowNs - ratedNs >= RATE_NS) {
            perSecond = Math.round((events - ratedEvents) * 1e9 / (nowNs - ratedNs));
            ratedNs = nowNs;
            ratedEvents = events;
        }
        final String line = String.format(Locale.ROOT, "%s: %,d s, %s, %,d/s, %s, %s", subject,
            TimeUnit.NANOSECONDS.toSeconds(nowNs - beginNs), Counted.of(events, "event"), perSecond,
            UnitText.of("B", sum(targets, TargetProgress::storedBytes)), missing(targets));
        return line.length() + HINT.length() <= MOST_COLUMNS ? line + HINT
            : line.substring(0, Math.min(MOST_COLUMNS, line.length()));
    }

    private String missing(final List<TargetProgress> targets) {
        final StringJoiner missing = new StringJoiner(", ");
        add(missing, since(refusedBefore, targets, TargetProgress::discarded), " discarded");
        add(missing, since(overwrittenBefore, targets, TargetProgress::overwritten), " overwritten");
        add(missing, sum(targets, target -> target.lost().values().stream().mapToLong(Long::longValue).sum()), " lost");
        return missing.length() == 0 ? "0 lost" : missing.toString();
    }

    private static void add(final StringJoiner missing, final long events, final String how) {
        if (events > 0) {
            missing.add(String.format(Locale.ROOT, "%,d", events) + how);
        }
    }

    /** A process may have several targets: its first reading is of all of them. */
    private static long since(final Map<Long, Long> before, final List<TargetProgress> targets,
        final ToLongFunction<TargetProgress> count) {
        final Map<Long, Long> now = new HashMap<>();
        targets.forEach(target -> now.merge(target.pid(), count.applyAsLong(target), Long::sum));
        now.forEach(before::putIfAbsent);
        return now.entrySet().stream().mapToLong(one -> Math.max(0, one.getValue() - before.get(one.getKey()))).sum();
    }

    private static long sum(final List<TargetProgress> targets, final ToLongFunction<TargetProgress> count) {
        return targets.stream().mapToLong(count).sum();
    }
}
