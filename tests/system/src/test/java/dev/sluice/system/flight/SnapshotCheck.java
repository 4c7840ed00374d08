// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.system.flight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.store.format.EndKind;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.TraceAccount;
import dev.sluice.store.read.TraceReader;
import dev.sluice.store.report.TraceReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Compares a snapshot with the window that it states, and with the program's own log. */
final class SnapshotCheck {
    private static final Pattern WINDOW = Pattern.compile("from (-?\\d+) to (-?\\d+) ns of CLOCK_MONOTONIC");
    /** Reading the clock and storing the log, and the clock's line behind its last reading. */
    private static final long NEAR_NS = 200_000;

    private final FlightLog log;
    private final Path snapshot;
    private final TraceReader reader;
    private final long fromNs;
    private final long toNs;
    private final List<Long> alarms = new ArrayList<>();
    private long events;
    private long least = Long.MAX_VALUE;

    private SnapshotCheck(final FlightLog log, final Path snapshot) {
        this.log = log;
        this.snapshot = snapshot;
        reader = TraceReader.open(snapshot);
        final Matcher window = WINDOW.matcher(reader.info().commandLine());
        assertThat(window.find()).as(reader.info().commandLine()).isTrue();
        fromNs = Long.parseLong(window.group(1));
        toNs = Long.parseLong(window.group(2));
    }

    /** Reads a snapshot: each event is in its window, each event of the window is in it, and each thread has some. */
    static SnapshotCheck of(final FlightLog log, final Path snapshot) {
        final SnapshotCheck check = ofStarved(log, snapshot);
        assertThat(check.least()).as("%s: events of each thread in the window", snapshot).isPositive();
        return check;
    }

    /** The same of a program that may have stood still for longer than the window before its end. */
    static SnapshotCheck ofStarved(final FlightLog log, final Path snapshot) {
        final SnapshotCheck check = new SnapshotCheck(log, snapshot);
        check.check();
        return check;
    }

    private void check() {
        assertThat(reader.damage()).isEmpty();
        assertThat(reader.targets().get(0).end().orElseThrow().kind()).isEqualTo(EndKind.SNAPSHOT);
        final TraceAccount account = TraceReport.of(reader).account();
        assertThat(account.isWhole()).as("%s: %s", snapshot, TraceReport.of(reader).toText()).isTrue();
        final long[] first = new long[FlightLog.THREADS];
        final long[] next = new long[FlightLog.THREADS];
        final EventCursor cursor = reader.events().cursor();
        while (cursor.next()) {
            assertThat(cursor.event().monotonicNs()).isBetween(fromNs, toNs);
            if (cursor.event().schema().tracepoint().equals("alarm")) {
                alarms.add(cursor.event().getLong(0));
                continue;
            }
            final int thread = (int) cursor.event().getLong(0);
            final long id = cursor.event().getLong(1);
            if (next[thread] == 0) {
                first[thread] = id;
            } else {
                assertThat(id).as("%s thread %d", snapshot, thread).isEqualTo(next[thread]);
            }
            next[thread] = id + 1;
            events++;
        }
        final long nearNs = NEAR_NS + reader.targets().get(0).clockErrorNs();
        for (int thread = 0; thread < FlightLog.THREADS; thread++) {
            check(thread, first[thread], next[thread], nearNs);
        }
    }

    /** Each event that was fired wholly inside the window is there, and none that was fired wholly outside. */
    private void check(final int thread, final long first, final long end, final long nearNs) {
        final long fired = log.count(thread);
        long inside = 0;
        for (long id = Math.max(0, fired - FlightLog.CAPACITY + 1); id < fired; id++) {
            final long before = log.beforeNs(thread, id);
            final long after = log.afterNs(thread, id);
            final boolean isThere = id >= first && id < end;
            if (before >= fromNs + nearNs && after <= toNs - nearNs) {
                inside++;
                assertThat(isThere).as("%s: thread %d event %d of %d, %d ns behind the begin and %d ns before the end,"
                    + " has %d to %d", snapshot, thread, id, fired, before - fromNs, toNs - after, first, end).isTrue();
            } else if (after < fromNs - nearNs || before > toNs + nearNs) {
                assertThat(isThere).as("%s: thread %d event %d is outside, %d ns behind the begin", snapshot, thread,
                    id, before - fromNs).isFalse();
            }
        }
        least = Math.min(least, inside);
    }

    /** Fewest events of a thread that were fired wholly inside the window. */
    long least() {
        return least;
    }

    /** Alarms in the snapshot. */
    List<Long> alarms() {
        return alarms;
    }

    long events() {
        return events;
    }

    long fromNs() {
        return fromNs;
    }

    long toNs() {
        return toNs;
    }
}
