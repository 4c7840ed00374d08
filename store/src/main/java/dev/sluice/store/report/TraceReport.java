// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.report;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.ring.event.EventSchema;
import dev.sluice.ring.event.IdTable;
import dev.sluice.store.clock.ClockBreak;
import dev.sluice.store.clock.ClockStep;
import dev.sluice.store.clock.TargetClock;
import dev.sluice.store.format.EndInfo;
import dev.sluice.store.format.PaceInfo;
import dev.sluice.store.format.RingAccount;
import dev.sluice.store.format.StallInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.PacketStream;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceAccount;
import dev.sluice.store.read.TraceEvents;
import dev.sluice.store.read.TraceReader;
import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;

/**
 * Sums up a trace after reading all of it: counts, rates, field statistics and the account of rule R7. Immutable after
 * it was made; any thread.
 */
public final class TraceReport {
    /** The name that reports use for the refusals that {@link StallInfo} counts. */
    public static final String CONSUMER_STALLED = "consumer_stalled";

    /**
     * Percentiles are approximate. This is the greatest distance from the exact percentile, divided by the exact one.
     */
    public static final double PERCENTILE_ERROR = LogHistogram.RELATIVE_ERROR;

    private static final double NS_PER_SECOND = 1e9;
    private static final int SMALL_SHARE = 100;

    private final TraceReader reader;
    private final TraceAccount account;
    private final List<TraceAccount> accounts;
    private final List<EventStatistics> events;
    private final List<TimeWidths> widths;
    private final long bytes;
    private final long durationNs;

    private TraceReport(final TraceReader reader, final TraceAccount account, final List<TraceAccount> accounts,
        final List<EventStatistics> events, final List<TimeWidths> widths) {
        this.widths = widths;
        this.reader = reader;
        this.account = account;
        this.accounts = accounts;
        this.events = events;
        durationNs = duration(events);
        bytes = reader.targets().stream().flatMap(target -> target.streams().stream())
            .mapToLong(PacketStream::bytes).sum();
    }

    /**
     * Whether a target's rings were too small or drained too late: events were refused, or threads had to wait for more
     * than a hundredth of the time.
     */
    static boolean wasShort(final TargetTrace target) {
        final List<RingAccount> rings = target.end().map(EndInfo::rings).orElse(List.of());
        final long blockedNs = rings.stream().mapToLong(RingAccount::blockedNs).max().orElse(0);
        return rings.stream().anyMatch(ring -> ring.discarded() > 0)
            || blockedNs > target.pace().map(PaceInfo::wallNs).orElse(0L) / SMALL_SHARE;
    }

    /**
     * Reads a whole trace.
     *
     * @throws TraceStoreException if reading fails. Damaged places are stepped over, and the account names them
     */
    public static TraceReport of(final TraceReader reader) {
        return of(reader.events());
    }

    /**
     * Reads the selected events. Counts, rates and statistics are of the selected events; the account is of the whole
     * trace.
     *
     * @throws TraceStoreException as {@link #of(TraceReader)}
     * @throws dev.sluice.store.query.SelectionException if the selection does not fit the trace
     */
    public static TraceReport of(final TraceEvents selected) {
        return of(selected, event -> { });
    }

    /**
     * As {@link #of(TraceEvents)}; each event is passed on as well, so that more can be found out in the same reading.
     *
     * @param also gets always the same flyweight, valid during the call
     */
    public static TraceReport of(final TraceEvents selected, final Consumer<? super EventView> also) {
        final TraceReader reader = selected.reader();
        final List<IdTable<EventStatistics>> byId = new ArrayList<>();
        final List<EventStatistics> all = new ArrayList<>();
        final List<TimeWidths> widths = new ArrayList<>();
        for (final TargetTrace target : reader.targets()) {
            final IdTable<EventStatistics> ofTarget = new IdTable<>();
            byId.add(ofTarget);
            widths.add(target.isSampled() ? new TimeWidths() : null);
            final TargetClock clock = target.clock();
            for (final EventSchema schema : target.schemas()) {
                final EventStatistics statistics = new EventStatistics(target, schema, clock);
                ofTarget.put(schema.id(), statistics);
                all.add(statistics);
            }
        }
        final EventCursor cursor = selected.cursor();
        while (cursor.next()) {
            final EventView event = cursor.event();
            final int target = event.target().index();
            byId.get(target).get(event.schema().id()).add(event);
            if (widths.get(target) != null) {
                widths.get(target).add(event);
            }
            also.accept(event);
        }
        final boolean isDamaged = reader.damageCount() > 0;
        final boolean hasUnknown = !reader.unknownDocuments().isEmpty();
        final List<TraceAccount> accounts = reader.targets().stream()
            .map(target -> new TraceAccount(List.of(target), cursor, isDamaged, hasUnknown)).toList();
        return new TraceReport(reader, new TraceAccount(reader.targets(), cursor, isDamaged, hasUnknown), accounts,
            all, widths);
    }

    /** The trace. */
    public TraceReader reader() {
        return reader;
    }

    /** The account of rule R7. */
    public TraceAccount account() {
        return account;
    }

    /** The account of one target by itself; those of all targets add up to {@link #account()}. */
    public TraceAccount account(final TargetTrace target) {
        return accounts.get(target.index());
    }

    /** The statistics of every declared event, by target and id; also of events that never fired. */
    public List<EventStatistics> events() {
        return Collections.unmodifiableList(events);
    }

    /** How well the times of a target's events are known, or null if its clock is not sampled. */
    TimeWidths widths(final TargetTrace target) {
        return widths.get(target.index());
    }

    /** Bytes of all packets, headers included. */
    public long bytes() {
        return bytes;
    }

    /** Time from the first event to the last event by CLOCK_MONOTONIC, ns; 0 if there is no event. */
    public long durationNs() {
        return durationNs;
    }

    private static long duration(final List<EventStatistics> events) {
        long first = Long.MAX_VALUE;
        long last = Long.MIN_VALUE;
        for (final EventStatistics event : events) {
            if (event.count() > 0) {
                first = Math.min(first, event.firstMonotonicNs());
                last = Math.max(last, event.lastMonotonicNs());
            }
        }
        return last > first ? last - first : 0;
    }

    /**
     * Events of one kind in a second. The time is {@link #durationNs} for all kinds; the rate is 0 if that time is 0.
     */
    public double rate(final EventStatistics event) {
        return rate(event.count());
    }

    /** So many events in a second of {@link #durationNs}; 0 if that is 0. */
    public double rate(final long count) {
        return durationNs > 0 ? count * NS_PER_SECOND / durationNs : 0;
    }

    /** The first lines of {@link #toText}: what trace it is, and how many events there are in it. */
    public String toHeading() {
        return TraceReportText.heading(this);
    }

    /** The places where CLOCK_REALTIME was set, as the targets' clock readings show it. */
    public List<ClockStep> clockSteps() {
        return reader.targets().stream().flatMap(target -> target.clock().steps(target.index()).stream()).toList();
    }

    /** The places where targets' own clocks left their lines. */
    public List<ClockBreak> clockBreaks() {
        return reader.targets().stream().flatMap(target -> target.clock().breaks(target.index()).stream()).toList();
    }

    /** The report as one JSON object with stable keys. */
    public ObjectNode toJson() {
        return new TraceReportJson(this, JsonNodeFactory.instance.objectNode()).toJson();
    }

    /**
     * Writes the object of {@link #toJson} on one line, without characters that control a terminal. Only a part of the
     * object is in memory at a time.
     */
    public void writeJson(final Writer out) throws IOException {
        writeJson(out, JsonNodeFactory.instance.objectNode());
    }

    /** As {@link #writeJson(Writer)}, with more keys at the end, of which the report itself has none. */
    public void writeJson(final Writer out, final ObjectNode more) throws IOException {
        new TraceReportJson(this, more).write(out);
        out.flush();
    }

    /** The report as aligned text. */
    public String toText() {
        return TraceReportText.whole(this);
    }
}
