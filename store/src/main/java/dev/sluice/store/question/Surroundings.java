// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.question;

import dev.sluice.store.pair.ThreadId;
import dev.sluice.store.query.TimeBound;
import dev.sluice.store.question.Surrounding.Role;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.report.TracePrinter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/**
 * Reads what happened around something slow. It reads twice: first to count the events, then to take those that are
 * nearest to the begin and the end. These are 10 events before the slow one, 10 at its begin, 10 at its end and 5 after
 * it, both of its own thread and of all other threads. For one thread.
 */
final class Surroundings {
    private static final int BEFORE = 0;
    private static final int INSIDE = 1;
    private static final int AFTER = 2;
    private static final int NEAR = 10;
    private static final int BEHIND = 5;

    private final TraceEvents events;
    private final long originNs;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final TracePrinter text = new TracePrinter(line, false);
    private final TracePrinter json = new TracePrinter(line, true);

    /** Reads from these events. Of their selection, only the names stay. */
    Surroundings(final TraceEvents selected) {
        events = selected.select(selected.selection().namesAlone());
        originNs = selected.beginNs();
    }

    /** Takes the slow one's own events and, if a time is given, the events around it. */
    void add(final SlowOne slow, final long aroundNs) {
        if (aroundNs == SlowestQuestion.NOTHING_AROUND) {
            new Window(slow, slow.beginNs(), slow.beginNs(), false).run();
            if (slow.endNs() != slow.beginNs()) {
                new Window(slow, slow.endNs(), slow.endNs(), false).run();
            }
        } else {
            new Window(slow, saturated(slow.beginNs(), -aroundNs), saturated(slow.endNs(), aroundNs), true).run();
        }
    }

    private static long saturated(final long ns, final long more) {
        return Math.max(Long.MIN_VALUE / 2, Math.min(Long.MAX_VALUE / 2, ns)) + more;
    }

    /** A range of time. Both ends belong to it. */
    private final class Window {
        private final SlowOne slow;
        private final long fromNs;
        private final long toNs;
        private final boolean isForAll;
        private final long[][] counts = new long[2][3];
        private final long[][] seen = new long[2][3];
        private long leftOutOfThread;
        private long leftOutOfOthers;
        private boolean hasBegin;
        private boolean hasEnd;

        Window(final SlowOne slow, final long fromNs, final long toNs, final boolean isForAll) {
            this.slow = slow;
            this.fromNs = fromNs;
            this.toNs = toNs;
            this.isForAll = isForAll;
        }

        private TraceEvents read() {
            return events.select(events.selection().from(TimeBound.afterBegin(fromNs - originNs))
                .to(TimeBound.afterBegin(toNs - originNs + 1)));
        }

        private int zone(final long ns) {
            return ns < slow.beginNs() ? BEFORE : ns > slow.endNs() ? AFTER : INSIDE;
        }

        void run() {
            if (isForAll) {
                read().forEach(event -> counts[whose(event)][zone(event.monotonicNs())]++);
            }
            read().forEach(this::take);
            slow.leaveOut(true, leftOutOfThread);
            slow.leaveOut(false, leftOutOfOthers);
        }

        private int whose(final EventView event) {
            return slow.isOfThread(ThreadId.of(event)) ? 0 : 1;
        }

        private Role role(final EventView event, final int whose) {
            final long ns = event.monotonicNs();
            if (!hasBegin && ns == slow.beginNs() && slow.part().isPart(event, true)) {
                hasBegin = true;
                return Role.BEGIN;
            }
            if (!hasEnd && ns == slow.endNs() && slow.part().isPart(event, false)) {
                hasEnd = true;
                return Role.END;
            }
            return whose == 0 ? Role.SAME_THREAD : Role.OTHER;
        }

        private void take(final EventView event) {
            final int whose = whose(event);
            final int zone = zone(event.monotonicNs());
            final long place = seen[whose][zone]++;
            final long left = counts[whose][zone] - place;
            final Role role = role(event, whose);
            final boolean isNear = zone == BEFORE ? left <= NEAR : zone == INSIDE ? place < NEAR || left <= NEAR
                : place < BEHIND;
            if (role == Role.BEGIN || role == Role.END || isForAll && isNear) {
                slow.add(new Surrounding(role, lineOf(text, event), lineOf(json, event), leftOutOfThread,
                    leftOutOfOthers));
                slow.leaveOut(true, leftOutOfThread);
                slow.leaveOut(false, leftOutOfOthers);
                leftOutOfThread = 0;
                leftOutOfOthers = 0;
            } else if (isForAll) {
                leftOutOfThread += whose == 0 ? 1 : 0;
                leftOutOfOthers += whose;
            }
        }
    }

    private String lineOf(final TracePrinter printer, final EventView event) {
        try {
            line.reset();
            printer.print(event);
            printer.flush();
        } catch (final IOException e) {
            // Writing to memory cannot fail.
            throw new UncheckedIOException(e);
        }
        return line.toString(StandardCharsets.UTF_8).stripTrailing();
    }
}
