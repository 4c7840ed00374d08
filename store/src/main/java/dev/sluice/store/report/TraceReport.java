// Copyright the Sluice authors
// SPDX-License-Identifier: Apache-2.0
package dev.sluice.store.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.sluice.ring.EventSchema;
import dev.sluice.ring.IdTable;
import dev.sluice.store.format.StallInfo;
import dev.sluice.store.format.TraceStoreException;
import dev.sluice.store.read.ClockBreak;
import dev.sluice.store.read.ClockStep;
import dev.sluice.store.read.EventCursor;
import dev.sluice.store.read.EventView;
import dev.sluice.store.read.PacketStream;
import dev.sluice.store.read.TargetClock;
import dev.sluice.store.read.TargetTrace;
import dev.sluice.store.read.TraceAccount;
import dev.sluice.store.read.TraceReader;
import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * What a trace holds, found by reading all of it: counts, rates, field statistics and the account of R7. Immutable
 * once made; any thread.
 */
public final class TraceReport {
    /** Name in reports of the cause of refusals that {@link StallInfo} counts. */
    public static final String CONSUMER_STALLED = "consumer_stalled";

    /** Percentiles are approximate: how far one may be from the exact one, relative to that. */
    public static final double PERCENTILE_ERROR = LogHistogram.RELATIVE_ERROR;

    private static final double NS_PER_SECOND = 1e9;

    private final TraceReader reader;
    private final TraceAccount account;
    private final List<EventStatistics> events;
    private final long bytes;
    private final long durationNs;

    private TraceReport(final TraceReader reader, final TraceAccount account, final List<EventStatistics> events) {
        this.reader = reader;
        this.account = account;
        this.events = events;
        durationNs = duration(events);
        bytes = reader.targets().stream().flatMap(target -> target.streams().stream())
            .mapToLong(PacketStream::bytes).sum();
    }

    /**
     * Reads a whole trace.
     *
     * @throws TraceStoreException if reading fails; what is damaged is stepped over, and the account says so
     */
    public static TraceReport of(final TraceReader reader) {
        final List<IdTable<EventStatistics>> byId = new ArrayList<>();
        final List<EventStatistics> all = new ArrayList<>();
        for (final TargetTrace target : reader.targets()) {
            final IdTable<EventStatistics> ofTarget = new IdTable<>();
            byId.add(ofTarget);
            final TargetClock clock = target.clock();
            for (final EventSchema schema : target.schemas()) {
                final EventStatistics statistics = new EventStatistics(target, schema, clock);
                ofTarget.put(schema.id(), statistics);
                all.add(statistics);
            }
        }
        final EventCursor cursor = reader.events();
        while (cursor.next()) {
            final EventView event = cursor.event();
            byId.get(event.target().index()).get(event.schema().id()).add(event);
        }
        return new TraceReport(reader, new TraceAccount(reader.targets(), cursor,
            reader.damageCount() > 0, !reader.unknownDocuments().isEmpty()), all);
    }

    /** The trace. */
    public TraceReader reader() {
        return reader;
    }

    /** The account of R7. */
    public TraceAccount account() {
        return account;
    }

    /** Of every declared event, by target and id; also of those that never fired. */
    public List<EventStatistics> events() {
        return Collections.unmodifiableList(events);
    }

    /** Bytes of all packets, headers included. */
    public long bytes() {
        return bytes;
    }

    /** Time from the first event to the last by CLOCK_MONOTONIC, ns; 0 if there is none. */
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

    /** Events of one kind in a second of {@link #durationNs}, which is the same for all; 0 if that is 0. */
    public double rate(final EventStatistics event) {
        return durationNs > 0 ? event.count() * NS_PER_SECOND / durationNs : 0;
    }

    /** Where CLOCK_REALTIME was set, as the targets' clock readings show it. */
    public List<ClockStep> clockSteps() {
        return reader.targets().stream().flatMap(target -> target.clock().steps(target.index()).stream()).toList();
    }

    /** Where targets' own clocks left their lines. */
    public List<ClockBreak> clockBreaks() {
        return reader.targets().stream().flatMap(target -> target.clock().breaks(target.index()).stream()).toList();
    }

    /** The report as JSON with stable keys, one object. */
    public ObjectNode toJson() {
        return new TraceReportJson(this).toJson();
    }

    /** Writes {@link #toJson} on one line, in which nothing steers a terminal; not all of it is in memory at a time. */
    public void writeJson(final Writer out) throws IOException {
        new TraceReportJson(this).write(out);
        out.flush();
    }

    /** The report as aligned text. */
    public String toText() {
        return new TraceReportText(this).toString();
    }
}
